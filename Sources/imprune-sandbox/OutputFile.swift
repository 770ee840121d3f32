private import Glibc

/// A file that lines are appended to at once, without a buffer: a reader sees them as they are
/// written, and none is lost when the process ends.
///
/// The only place of the sandbox that calls C for files, since FoundationEssentials cannot append.
struct OutputFile: Sendable {
  static let standardOutput = OutputFile(descriptor: 1)
  static let standardError = OutputFile(descriptor: 2)

  private let descriptor: Int32

  private init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// Opens `path` for appending and makes it if need be; nil if that cannot be done.
  ///
  /// It stays open until the process ends.
  init?(appendingTo path: String) {
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return nil }
  }

  /// Appends `bytes`; false when they could not all be written.
  @discardableResult
  func write(_ bytes: [UInt8]) -> Bool {
    var left = bytes[...]
    while !left.isEmpty {
      let count = unsafe left.withUnsafeBytes { buffer in
        unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      left = left.dropFirst(count)
    }
    return true
  }

  /// Appends `line` and a line end.
  @discardableResult
  func write(line: String) -> Bool {
    write(Array((line + "\n").utf8))
  }
}
