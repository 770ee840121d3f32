/// The origin of a plan: for people, never compared.
package struct Provenance: Equatable, Sendable {
  package var created: Timestamp
  package var toolVersion: String
  /// The files read and the SHA-256 of each.
  package var files: [SourceFile]
  /// The git commit of the manifest's folder, if it is in a work tree.
  package var gitCommit: String?

  package struct SourceFile: Equatable, Sendable {
    package var path: String
    package var sha256: String

    package init(path: String, sha256: String) {
      self.path = path
      self.sha256 = sha256
    }
  }

  package init(
    created: Timestamp, toolVersion: String, files: [SourceFile], gitCommit: String?
  ) {
    self.created = created
    self.toolVersion = toolVersion
    self.files = files
    self.gitCommit = gitCommit
  }
}
