/// A file that a run holds and that its path does not lead to any more, or not as the run left it.
package struct FileLoss: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Kind: Equatable, Sendable {
    /// Nothing is at the path.
    case missing
    /// Another file is at the path.
    case replaced
    /// The file is there, and something else has written to it or cut it short.
    case changed
    /// What is at the path cannot be found out; the operating system's words.
    case hidden(String)
  }

  package let path: String
  package let kind: Kind

  /// What has happened, as the beginning of a sentence.
  package var description: String {
    switch kind {
    case .missing: "\(path) was removed or renamed"
    case .replaced: "\(path) was replaced by another file"
    case .changed: "another program changed \(path)"
    case .hidden(let reason): "imprune cannot see \(path) any more (\(reason))"
    }
  }

  /// Compares what a path leads to with the file that a run holds; nil if it is that file, as long as
  /// `isAsLeft` says so of what is known of it.
  static func find(
    _ path: String, _ identity: FileStatus.Identity, on disk: any Disk,
    isAsLeft: (FileStatus) -> Bool = { _ in true }
  ) -> FileLoss? {
    do throws(SystemError) {
      let status = try disk.status(of: path)
      guard status.identity == identity else { return FileLoss(path: path, kind: .replaced) }
      return isAsLeft(status) ? nil : FileLoss(path: path, kind: .changed)
    } catch {
      return FileLoss(path: path, kind: error.isMissing ? .missing : .hidden(error.reason))
    }
  }
}
