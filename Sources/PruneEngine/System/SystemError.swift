import Glibc

/// A failed call to the operating system: the action, the file, and the reason.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The action, such as "open".
  package let action: String
  package let path: String
  /// The error number, such as `ENOENT`.
  package let code: Int32
  /// The whole description if a rule of imprune, rather than the operating system, is the cause.
  private let rule: String?

  package init(action: String, path: String, code: Int32, rule: String? = nil) {
    self.action = action
    self.path = path
    self.code = code
    self.rule = rule
  }

  package var isMissing: Bool { code == ENOENT || code == ENOTDIR }

  /// This user lacks the permission.
  package var isDenied: Bool { code == EACCES || code == EPERM }

  /// A folder at the path of a file to write.
  static func isFolder(_ path: String) -> SystemError {
    SystemError(action: "write", path: path, code: EISDIR)
  }

  /// A link to a file outside the folder of the link.
  package static func leadsOut(_ path: String) -> SystemError {
    SystemError(
      action: "follow", path: path, code: EXDEV,
      rule: "\(path) is a link to a file outside its folder; name the target file")
  }

  /// Another program has changed the content of a file.
  static func altered(_ path: String) -> SystemError {
    SystemError(
      action: "read", path: path, code: EIO, rule: "another program changed what \(path) contains")
  }

  /// The reader of standard output has closed it; noticed before anything was written.
  package static var readerGone: SystemError {
    SystemError(action: "write", path: "standard output", code: EPIPE)
  }

  /// The reader at the other end has closed the pipe.
  package var isBrokenPipe: Bool { code == EPIPE }

  /// A wait took too long.
  package var isTimeout: Bool { code == ETIMEDOUT }

  /// What was to be replaced has changed in the meantime.
  var isStale: Bool { code == ESTALE }

  /// The operating system's message.
  package var reason: String { unsafe String(cString: strerror(code)) }

  package var description: String { rule ?? "cannot \(action) \(path): \(reason)" }
}

/// The value of an expression; nil if it throws because a file is missing.
@discardableResult
func nilIfMissing<Value>(
  _ body: @autoclosure () throws(SystemError) -> Value
) throws(SystemError) -> Value? {
  do throws(SystemError) {
    return try body()
  } catch {
    if error.isMissing { return nil }
    throw error
  }
}
