/// The objects of a repository, read one after another by one `git cat-file --batch`.
///
/// It requests them by id, so that no file name is ever an option or a pattern for git.
final class GitObjects {
  private let process: Subprocess
  /// Output that was read and not taken yet.
  private var buffer: [UInt8] = []

  struct Object {
    var id: String
    /// `blob`, `tree`, `commit`.
    var kind: String
    var bytes: [UInt8]
  }

  /// Why an object cannot be read.
  enum Failure: Error {
    case system(SystemError)
    /// It is not in this clone.
    case missing
    /// It is larger than this many bytes.
    case tooLarge(Int)
    /// Git failed; its message.
    case ended(String)
  }

  init(_ git: Git) throws(GitError) {
    do throws(SystemError) {
      process = try git.start(["cat-file", "--batch"])
    } catch {
      throw .system(error)
    }
  }

  /// Reads the object named `name`: an id, or `ID^{tree}`.
  func read(_ name: String, atMost limit: Int) throws(Failure) -> Object {
    do throws(SystemError) {
      try process.write(Array("\(name)\n".utf8))
    } catch {
      // It has exited: its last message says why.
      if !error.isBrokenPipe { throw .system(error) }
    }
    // `ID KIND SIZE`, or `NAME missing`.
    let words = try line().split(separator: " ").map(String.init)
    guard words.count == 3, let size = Int(words[2]), size >= 0 else { throw .missing }
    guard size <= limit else { throw .tooLarge(limit) }
    let bytes = try take(size)
    _ = try take(1)
    return Object(id: words[0], kind: words[1], bytes: bytes)
  }

  private func line() throws(Failure) -> String {
    var searched = 0
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: buffer[..<end], as: UTF8.self)
        buffer.removeFirst(end + 1)
        return line
      }
      searched = buffer.count
      try fill()
    }
  }

  private func take(_ count: Int) throws(Failure) -> [UInt8] {
    buffer.reserveCapacity(count)
    while buffer.count < count { try fill() }
    if buffer.count == count {
      defer { buffer = [] }
      return buffer
    }
    let bytes = Array(buffer[..<count])
    buffer.removeFirst(count)
    return bytes
  }

  private func fill() throws(Failure) {
    var chunk: [UInt8] = []
    do throws(SystemError) {
      try process.read(into: &chunk, limit: 1 << 18)
    } catch {
      throw .system(error)
    }
    if chunk.isEmpty { throw .ended(process.end().words) }
    buffer += chunk
  }
}
