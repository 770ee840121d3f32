import Glibc
import HTTP

/// A running command: its standard output to read, its standard input to write to if it takes any,
/// and its standard error kept.
package final class Subprocess {
  private let output: File
  private let errors: File
  private var input: File?
  private let identifier: pid_t
  /// How long it may say nothing, in milliseconds; -1 for any time.
  private let patience: Int32
  private var hasEnded = false
  private var hasMoreWords = true
  private var heard: [UInt8] = []

  /// The maximum of standard error to keep, in bytes.
  private static let maxOutputBytes = 4096

  /// Where a command is on the PATH. Folders that are not absolute do not count: a repository must not
  /// bring its own git or ssh-keygen.
  private static func program(_ name: String) throws(SystemError) -> String {
    if FileSystem.isAbsolute(name) { return name }
    let folders = (Process.environment("PATH") ?? "/usr/bin:/bin").split(separator: ":")
    for folder in folders where FileSystem.isAbsolute(String(folder)) {
      let path = "\(folder)/\(name)"
      if unsafe access(path, X_OK) == 0 { return path }
    }
    throw SystemError(action: "run", path: name, code: ENOENT)
  }

  /// Starts a command found on the PATH, without a shell. It gets the environment variables whose
  /// names `keeps` accepts, and `additions`, each as `NAME=value`. If it says nothing for `patience`,
  /// it is ended; nil waits for any time.
  package init(
    _ words: [String], takesInput: Bool = false, keeps: (_ variable: String) -> Bool,
    additions: [String] = [], patience: Duration? = nil
  ) throws(SystemError) {
    let name = words.first ?? ""
    self.patience = patience.map { Int32($0.clampedMilliseconds) } ?? -1
    let program = try Self.program(name)
    let outputs = try Self.pipe(for: name)
    let errorEnds = try Self.pipe(for: name)
    let inputs = try Self.pipe(for: name)
    output = outputs.reading
    errors = errorEnds.reading
    _ = fcntl(errors.descriptor, F_SETFL, O_NONBLOCK)
    input = takesInput ? inputs.writing : nil
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    if takesInput {
      unsafe posix_spawn_file_actions_adddup2(&actions, inputs.reading.descriptor, 0)
    } else {
      unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    unsafe posix_spawn_file_actions_adddup2(&actions, outputs.writing.descriptor, 1)
    unsafe posix_spawn_file_actions_adddup2(&actions, errorEnds.writing.descriptor, 2)
    var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
    let added = unsafe additions.map { unsafe strdup($0) }
    defer { unsafe (arguments + added).forEach { unsafe free($0) } }
    var environment = unsafe Process.variables(keeps) + added + [nil]
    var identifier: pid_t = 0
    let code = unsafe posix_spawn(&identifier, program, &actions, nil, &arguments, &environment)
    self.identifier = identifier
    // Close the child's ends here, so that each side notices when the other side ends.
    withExtendedLifetime((outputs.writing, errorEnds.writing, inputs)) {}
    if code != 0 {
      hasEnded = true
      throw SystemError(action: "run", path: name, code: code)
    }
  }

  private static func pipe(
    for name: String
  ) throws(SystemError) -> (reading: File, writing: File) {
    var ends: [Int32] = [-1, -1]
    _ = try retrying("make a pipe for", name) { unsafe Glibc.pipe(&ends) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (File(path: name, descriptor: ends[0]), File(path: name, descriptor: ends[1]))
  }

  /// Replaces the content of `chunk` with the next bytes of its output, at most `limit`; empty at
  /// the end. It reads standard error in the meantime, so that the command never waits for that. Throws
  /// if the command is too slow.
  package func read(into chunk: inout [UInt8], limit: Int) throws(SystemError) {
    while true {
      var entries = [pollfd(fd: output.descriptor, events: Int16(POLLIN), revents: 0)]
      if hasMoreWords {
        entries.append(pollfd(fd: errors.descriptor, events: Int16(POLLIN), revents: 0))
      }
      let count = nfds_t(entries.count)
      let ready = try retrying("wait for", output.path) {
        unsafe poll(&entries, count, patience)
      }
      guard ready > 0 else {
        throw SystemError(action: "wait for", path: output.path, code: ETIMEDOUT)
      }
      if hasMoreWords, entries[1].revents != 0 { hear() }
      if entries[0].revents != 0 { return try output.read(into: &chunk, limit: limit) }
    }
  }

  /// Writes to its input.
  package func write(_ bytes: [UInt8]) throws(SystemError) {
    try input?.write(bytes)
  }

  /// Ends its input.
  package func closeInput() {
    input = nil
  }

  private func hear() {
    var chunk: [UInt8] = []
    // "Nothing to read now" is an error here; on any other error there is no more.
    guard (try? errors.read(into: &chunk, limit: Self.maxOutputBytes)) != nil, !chunk.isEmpty else {
      return hasMoreWords = false
    }
    heard += chunk.prefix(Self.maxOutputBytes - heard.count)
  }

  /// Waits for the end; returns the exit code, or nil if a signal ended it, and its standard error.
  package func end() -> (code: Int32?, words: String) {
    input = nil
    if hasEnded { return (nil, "") }
    hasEnded = true
    var chunk: [UInt8] = []
    // Unread output would keep it from ending.
    while (try? read(into: &chunk, limit: 1 << 16)) != nil, !chunk.isEmpty {}
    guard let status = wait() else { return (nil, "") }
    while hasMoreWords { hear() }
    return (
      status & 0x7F == 0 ? (status >> 8) & 0xFF : nil, String(decoding: heard, as: UTF8.self)
    )
  }

  /// Waits for the end, and ends it if it has closed its output but stays; nil if it is not ours.
  private func wait() -> Int32? {
    var status: Int32 = 0
    var left = patience
    while true {
      switch unsafe waitpid(identifier, &status, left < 0 ? 0 : WNOHANG) {
      case 0 where left == 0:
        kill(identifier, SIGKILL)
        left = -1
      case 0:
        let pause = min(left, 10)
        _ = poll(nil, 0, pause)
        left -= pause
      case -1: if errno != EINTR { return nil }
      default: return status
      }
    }
  }

  deinit {
    guard !hasEnded else { return }
    kill(identifier, SIGKILL)
    _ = end()
  }
}
