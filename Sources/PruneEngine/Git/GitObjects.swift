import PruneCore

/// The objects of a repository, read one after another by one `git cat-file --batch`.
///
/// It requests them by id, so that no file name is ever an option or a pattern for git.
final class GitObjects {
  private let process: Subprocess
  /// Output that was read and not taken yet.
  private var buffer: [UInt8] = []

  struct Object {
    var id: String
    var bytes: [UInt8]
  }

  init(_ git: Git) throws(GitError) {
    process = try git.start(["cat-file", "--batch"])
  }

  /// Reads the object named `name`: an id, or `ID^{tree}`. Errors say that it is `words`.
  func read(_ name: String, atMost limit: Int, as words: String) throws(GitError) -> Object {
    do throws(SystemError) {
      try process.write(Array("\(name)\n".utf8))
    } catch {
      // It has exited: its last message says why.
      if !error.isBrokenPipe { throw .system(error) }
    }
    // `ID KIND SIZE`, or `NAME missing`.
    let answer = try line(words).split(separator: " ").map(String.init)
    guard answer.count == 3, let size = Int(answer[2]), size >= 0 else {
      throw .unreadable(words, "")
    }
    guard size <= limit else { throw .tooLarge(words, limit) }
    let bytes = try take(size, words)
    _ = try take(1, words)
    return Object(id: answer[0], bytes: bytes)
  }

  private func line(_ words: String) throws(GitError) -> String {
    var searched = 0
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: buffer[..<end], as: UTF8.self)
        buffer.removeFirst(end + 1)
        return line
      }
      searched = buffer.count
      try fill(words)
    }
  }

  private func take(_ count: Int, _ words: String) throws(GitError) -> [UInt8] {
    buffer.reserveCapacity(count)
    while buffer.count < count { try fill(words) }
    if buffer.count == count {
      defer { buffer = [] }
      return buffer
    }
    let bytes = Array(buffer[..<count])
    buffer.removeFirst(count)
    return bytes
  }

  private func fill(_ words: String) throws(GitError) {
    var chunk: [UInt8] = []
    try attempt(process.read(into: &chunk, limit: 1 << 18), orThrow: GitError.system)
    if chunk.isEmpty { throw .unreadable(words, process.end().words) }
    buffer += chunk
  }
}
