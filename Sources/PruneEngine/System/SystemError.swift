import Glibc

/// A call to the operating system failed: what was tried, on which file, and its words.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was tried, such as "open".
  package let action: String
  package let path: String
  /// The number behind the words, such as `ENOENT`.
  package let code: Int32

  package init(action: String, path: String, code: Int32) {
    self.action = action
    self.path = path
    self.code = code
  }

  package var isMissing: Bool { code == ENOENT || code == ENOTDIR }

  /// This user may not do it.
  package var isDenied: Bool { code == EACCES || code == EPERM }

  /// A folder where a file is to be written.
  static func isFolder(_ path: String) -> SystemError {
    SystemError(action: "write", path: path, code: EISDIR)
  }

  /// A file that is larger than what is read.
  package static func tooLarge(_ path: String) -> SystemError {
    SystemError(action: "read", path: path, code: EFBIG)
  }

  /// A link that leads out of the folder that it lies in.
  package static func leadsOut(_ path: String) -> SystemError {
    SystemError(action: "follow the link out of its folder:", path: path, code: EXDEV)
  }

  /// Whoever read standard output has gone away, before anything was written in vain.
  package static var readerGone: SystemError {
    SystemError(action: "write", path: "standard output", code: EPIPE)
  }

  /// Whoever read from the other end has gone away.
  package var isBrokenPipe: Bool { code == EPIPE }

  /// The operating system's words.
  package var reason: String { unsafe String(cString: strerror(code)) }

  package var description: String { "cannot \(action) \(path): \(reason)" }
}
