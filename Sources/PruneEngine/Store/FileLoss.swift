internal import PruneCore

/// A file held by a run that its path does not lead to any more, or that another process has
/// changed.
package struct FileLoss: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Kind: Equatable, Sendable {
    /// Nothing is at the path.
    case missing
    /// Another file is at the path.
    case replaced
    /// The file exists, and another process has written to it or truncated it.
    case changed
    /// Another run has taken over the shared state; which one.
    case takenOver(by: String)
    /// The file at the path cannot be examined; the operating system's message.
    case hidden(String)
  }

  package let path: String
  package let kind: Kind

  /// What happened, as the beginning of a sentence.
  package var description: String {
    switch kind {
    case .missing: "\(path) was removed or renamed"
    case .replaced: "\(path) was replaced by another file"
    case .changed: "another program changed \(path)"
    case .takenOver(let other): "\(other) has taken over \(path)"
    case .hidden(let reason): "imprune cannot see \(path) any more (\(reason))"
    }
  }

  /// The reason for which a run stops.
  var stop: StopReason {
    if case .takenOver(let other) = kind { .deposed(other) } else { .filesLost(description) }
  }

  var event: ApplyEvent {
    if case .takenOver(let other) = kind { .deposed(other) } else { .filesLost(description) }
  }

  /// Compares a path with the file held by a run; nil if the path leads to that file and `isAsLeft`
  /// accepts its status.
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
