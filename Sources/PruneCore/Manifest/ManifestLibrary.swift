internal import YAML

/// The version of the library that reads manifests, libyaml.
package var manifestLibraryVersion: String { yamlVersion }
