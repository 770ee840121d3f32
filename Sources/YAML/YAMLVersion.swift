internal import CYAML

/// The version of libyaml in this process, such as `0.2.5`.
package var yamlVersion: String {
  unsafe String(cString: yaml_get_version_string())
}
