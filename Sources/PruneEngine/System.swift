import CLinux
import Dispatch
import Glibc
package import YAML

/// The only file that calls the operating system.

// MARK: - Errors

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

// MARK: - Files

/// What a path leads to.
package enum FileKind: Equatable, Sendable {
  case regular
  case folder
  /// Only where links are not followed.
  case link
  case fifo
  /// A terminal, `/dev/null`.
  case device
  /// A disk, or a part of one.
  case disk
  case socket

  /// The words for it in a sentence.
  package var words: String {
    switch self {
    case .regular: "a file"
    case .folder: "a folder"
    case .link: "a link"
    case .fifo: "a FIFO"
    case .device, .disk: "a device"
    case .socket: "a socket"
    }
  }
}

/// What is known of an open file.
package struct FileStatus: Equatable, Sendable {
  package let kind: FileKind
  package let bytes: Int
  /// Device and number: two paths with the same identity are the same file.
  package let identity: Identity
  /// How many names the file has; 0 once the last one is gone.
  package let links: Int
  /// When the content last changed, in nanoseconds since 1970.
  package let modified: Int64
  fileprivate let mode: mode_t
  fileprivate let owner: uid_t
  fileprivate let group: gid_t

  /// Whether every user of the machine may read the file.
  package var isReadableByAll: Bool { mode & 0o004 != 0 }

  package struct Identity: Equatable, Sendable {
    fileprivate let device: UInt64
    fileprivate let number: UInt64
  }
}

extension FileStatus {
  /// Whether anybody may run the file.
  package var isExecutable: Bool { mode & 0o111 != 0 }
}

/// A file about to be replaced: what is written to the draft takes its name as one step, or never.
package final class FileReplacement {
  package let draft: File
  private let target: String
  private var isCommitted = false

  /// Begins a draft beside the file; a link is not followed. Mode and owner of an old file stay, a new
  /// one is 0600.
  package init(of path: String) throws(SystemError) {
    target = path
    let old = try FileSystem.status(ofItself: path)
    if let old, old.kind != .regular {
      throw SystemError(
        action: "replace \(old.kind.words):", path: path,
        code: old.kind == .folder ? EISDIR : EINVAL)
    }
    draft = try Self.draft(of: path)
    if let old { draft.adopt(old) }
  }

  /// A new file beside another. Its name is its own: neither a draft of another run nor a link laid in
  /// its place is written to.
  fileprivate static func draft(of path: String) throws(SystemError) -> File {
    let number = String(UInt32.random(in: .min ... .max), radix: 16)
    return try File.open("\(path).\(number).tmp", for: .creating)
  }

  deinit {
    // Nothing hangs on a draft that is left behind.
    if !isCommitted { _ = try? FileSystem.remove(draft.path) }
  }

  /// Makes the draft durable and gives it the file's name.
  package func commit() throws(SystemError) {
    try draft.sync()
    try FileSystem.rename(draft.path, to: target)
    isCommitted = true
    try FileSystem.syncFolder(of: target)
  }
}

extension FileStatus {
  /// A regular file on a disk that is not this machine's.
  package init(simulated number: UInt64, bytes: Int, links: Int = 1, modified: Int64 = 0) {
    self.init(
      kind: .regular, bytes: bytes, identity: Identity(device: 0, number: number), links: links,
      modified: modified, mode: 0o600, owner: 0, group: 0)
  }

  fileprivate init(_ status: stat) {
    let kind: FileKind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .folder
      case S_IFLNK: .link
      case S_IFIFO: .fifo
      case S_IFSOCK: .socket
      case S_IFBLK: .disk
      default: .device
      }
    self.init(
      kind: kind, bytes: Int(status.st_size),
      identity: .init(device: UInt64(status.st_dev), number: UInt64(status.st_ino)),
      links: Int(status.st_nlink),
      modified: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec),
      mode: status.st_mode, owner: status.st_uid, group: status.st_gid)
  }

  /// Whether only the owner of a file in this folder, or of the folder, may replace the file.
  private var isSticky: Bool { mode & S_ISVTX != 0 }

  /// Whether this process may replace a file in the folder that this is the status of, as far as
  /// owners and the sticky bit decide it.
  func lets(replace file: FileStatus) -> Bool {
    let user = geteuid()
    return !isSticky || user == 0 || file.owner == user || owner == user
  }
}

/// An open file; closed when it is let go.
package final class File: DiskFile {
  package let path: String
  fileprivate let descriptor: Int32

  fileprivate init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// How a file is opened.
  package enum Purpose {
    case reading
    /// For appending; made if missing, with mode 0600.
    case appending
    /// As `appending`, but a link is refused.
    case locking
    /// As `reading`, but a link is refused.
    case readingItself
    /// For appending; must not be there yet.
    case creating
    /// For writing; must not be there yet, and other users may read it.
    case creatingShared
    /// For writing to a FIFO or a device that is there; a FIFO is waited for until somebody reads it.
    case streaming

    fileprivate var flags: Int32 {
      switch self {
      // A FIFO must not make the tool wait for its other end.
      case .reading: O_RDONLY | O_NONBLOCK | O_NOCTTY
      case .readingItself: O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW
      case .appending: O_RDWR | O_CREAT | O_APPEND | O_NOCTTY
      case .locking: O_RDWR | O_CREAT | O_APPEND | O_NOCTTY | O_NOFOLLOW
      case .creating, .creatingShared: O_RDWR | O_CREAT | O_EXCL | O_APPEND
      case .streaming: O_WRONLY | O_NOCTTY | O_NOFOLLOW
      }
    }

    /// Files with ids of people are for their owner alone.
    fileprivate var mode: mode_t {
      if case .creatingShared = self { return 0o644 }
      return 0o600
    }
  }

  package static func open(_ path: String, for purpose: Purpose) throws(SystemError) -> File {
    let descriptor = try retrying("open", path) {
      unsafe Glibc.open(path, purpose.flags | O_CLOEXEC, purpose.mode)
    }
    return File(path: path, descriptor: descriptor)
  }

  /// A descriptor that this process was started with, as a file of its own.
  package static func duplicate(of descriptor: Int32) throws(SystemError) -> File {
    let path = "/dev/fd/\(descriptor)"
    let copy = try retrying("use", path) { fcntl(descriptor, F_DUPFD_CLOEXEC, 3) }
    return File(path: path, descriptor: copy)
  }

  package func status() throws(SystemError) -> FileStatus {
    var status = stat()
    _ = try retrying("examine", path) { unsafe fstat(descriptor, &status) }
    return FileStatus(status)
  }

  /// Replaces the content of `chunk` with the next bytes, at most `limit`; empty at the end.
  package func read(into chunk: inout [UInt8], limit: Int) throws(SystemError) {
    try unsafe fill(&chunk, limit: limit) { buffer in
      unsafe Glibc.read(descriptor, buffer, limit)
    }
  }

  private func fill(
    _ chunk: inout [UInt8], limit: Int, _ read: (UnsafeMutableRawPointer?) -> Int
  ) throws(SystemError) {
    if chunk.count != limit { chunk = [UInt8](repeating: 0, count: limit) }
    let result: Result<Int, SystemError> = unsafe chunk.withUnsafeMutableBytes { buffer in
      Result { () throws(SystemError) in
        try retrying("read", path) { unsafe read(buffer.baseAddress) }
      }
    }
    let count = try result.get()
    if count < limit { chunk.removeLast(limit - count) }
  }

  /// The file's bytes from its beginning as a source; only the first `bytes` of them if given. Where
  /// a regular file has been read or written before does not matter; of a pipe it is what comes next.
  package func source(bytes: Int = .max) -> ByteSource {
    var position = 0
    let isRegular = (try? status().kind) == .regular
    return ByteSource { (chunk: inout [UInt8]) throws(ReadFailure) in
      guard position < bytes else {
        chunk.removeAll()
        return
      }
      let limit = min(bytes - position, 1 << 18)
      do throws(SystemError) {
        try unsafe self.fill(&chunk, limit: limit) { buffer in
          unsafe isRegular
            ? pread(self.descriptor, buffer, limit, position)
            : Glibc.read(self.descriptor, buffer, limit)
        }
      } catch {
        throw ReadFailure(message: error.reason)
      }
      position += chunk.count
    }
  }

  /// The last bytes of a regular file, at most so many.
  package func end(bytes: Int) throws(SystemError) -> [UInt8] {
    let start = max(0, try status().bytes - bytes)
    var chunk: [UInt8] = []
    try unsafe fill(&chunk, limit: bytes) { buffer in unsafe pread(descriptor, buffer, bytes, start)
    }
    return chunk
  }

  /// The file's bytes as a source that fails if there turn out to be more than `limit` of them.
  package func source(notBeyond limit: Int) -> ByteSource {
    var left = limit
    return ByteSource { (chunk: inout [UInt8]) throws(ReadFailure) in
      try self.readChunk(&chunk, limit: .max)
      left -= chunk.count
      if left < 0 { throw ReadFailure(message: "it has grown beyond \(limit) bytes") }
    }
  }

  private func readChunk(_ chunk: inout [UInt8], limit: Int) throws(ReadFailure) {
    do throws(SystemError) {
      try read(into: &chunk, limit: min(limit, 1 << 18))
    } catch {
      throw ReadFailure(message: error.reason)
    }
  }

  /// The last byte; nil if there is none, or if the file has no end.
  package func lastByte() throws(SystemError) -> UInt8? {
    let status = try status()
    guard status.kind == .regular, status.bytes > 0 else { return nil }
    var byte: UInt8 = 0
    let count = try retrying("read", path) {
      unsafe pread(descriptor, &byte, 1, off_t(status.bytes - 1))
    }
    return count == 1 ? byte : nil
  }

  /// Writes all bytes.
  package func write(_ bytes: [UInt8]) throws(SystemError) {
    var written = 0
    while written < bytes.count {
      let start = written
      let result: Result<Int, SystemError> = unsafe bytes.withUnsafeBytes { buffer in
        Result { () throws(SystemError) in
          try retrying("write", path) {
            unsafe Glibc.write(
              descriptor, buffer.baseAddress?.advanced(by: start), buffer.count - start)
          }
        }
      }
      written += try result.get()
    }
  }

  /// Makes the content durable.
  package func syncData() throws(SystemError) {
    _ = try retrying("sync", path) { fdatasync(descriptor) }
  }

  /// Makes content and description durable.
  package func sync() throws(SystemError) {
    _ = try retrying("sync", path) { fsync(descriptor) }
  }

  /// Cuts the file to its first `bytes`.
  package func truncate(to bytes: Int) throws(SystemError) {
    _ = try retrying("truncate", path) { ftruncate(descriptor, bytes) }
  }

  /// Takes over mode, owner and group of another file, as far as this user may and the file system
  /// can: a file that stays as it was made is for its owner alone.
  package func adopt(_ status: FileStatus) {
    // The owner first: giving a file away takes bits from its mode. Each may fail without harm: only
    // a privileged user can give a file away, and some file systems know neither owners nor modes.
    if fchown(descriptor, status.owner, status.group) != 0 {
      _ = fchown(descriptor, uid_t.max, status.group)
    }
    _ = fchmod(descriptor, status.mode & 0o7777)
  }

  /// The attributes of `chattr`; 0 on a file system that has none.
  package var attributes: Int32 {
    var attributes: Int32 = 0
    // FS_IOC_GETFLAGS of linux/fs.h, a macro that is not imported.
    return unsafe ioctl(descriptor, 0x8008_6601, &attributes) == 0 ? attributes : 0
  }

  /// Takes the kernel's lock on the file, which ends with the process; false if another holds it.
  package func lock() throws(SystemError) -> Bool {
    while true {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK: return false
      default: throw SystemError(action: "lock", path: path, code: errno)
      }
    }
  }
}

extension File {
  /// The file itself, if it is a FIFO or a device.
  func requireStream() throws(SystemError) -> File {
    let kind = try status().kind
    if kind == .fifo || kind == .device { return self }
    throw SystemError(action: "write to \(kind.words) as it is:", path: path, code: EINVAL)
  }
}

extension DiskFile {
  /// The file itself, if it is a regular one.
  package func requireRegular() throws(SystemError) -> Self {
    let kind = try status().kind
    if kind == .regular { return self }
    throw SystemError(
      action: "use \(kind.words) as a file:", path: path, code: kind == .folder ? EISDIR : EINVAL)
  }
}

/// Calls until the call was not interrupted by a signal; throws on -1.
private func retrying<Number: SignedInteger>(
  _ action: String, _ path: String, _ call: () -> Number
) throws(SystemError) -> Number {
  while true {
    let result = call()
    if result != -1 { return result }
    if errno != EINTR { throw SystemError(action: action, path: path, code: errno) }
  }
}

/// The file system, by path.
package enum FileSystem {
  /// The path with every link resolved; the file must exist.
  package static func realPath(_ path: String) throws(SystemError) -> String {
    guard let resolved = unsafe realpath(path, nil) else {
      throw SystemError(action: "resolve", path: path, code: errno)
    }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  /// What a path leads to, links followed; nil if there is nothing.
  static func statusIfThere(of path: String) throws(SystemError) -> FileStatus? {
    try status(path) { unsafe stat(path, &$0) }
  }

  /// What a path names, which may be a link; nil if there is nothing.
  static func status(ofItself path: String) throws(SystemError) -> FileStatus? {
    try status(path) { unsafe lstat(path, &$0) }
  }

  private static func status(
    _ path: String, _ look: (inout stat) -> Int32
  ) throws(SystemError) -> FileStatus? {
    var status = stat()
    do throws(SystemError) {
      _ = try retrying("examine", path) { look(&status) }
    } catch {
      if error.isMissing { return nil }
      throw error
    }
    return FileStatus(status)
  }

  /// Whether the file system that a path lies on keeps the modes that files are given. Some show every
  /// file as one that may be executed.
  static func keepsModes(inFolderOf path: String) throws(SystemError) -> Bool {
    let draft = try FileReplacement.draft(of: path)
    defer { _ = try? remove(draft.path) }
    return try !draft.status().isExecutable
  }

  /// Whether a path is itself a link.
  package static func isLink(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// Whether a path leads to anything.
  package static func exists(_ path: String) -> Bool {
    unsafe access(path, F_OK) == 0
  }

  /// What is known of the file that a path leads to, links followed.
  package static func status(of path: String) throws(SystemError) -> FileStatus {
    var status = stat()
    _ = try retrying("examine", path) { unsafe stat(path, &status) }
    return FileStatus(status)
  }

  package static func rename(_ path: String, to target: String) throws(SystemError) {
    _ = try retrying("rename", path) { unsafe Glibc.rename(path, target) }
  }

  package static func remove(_ path: String) throws(SystemError) {
    _ = try retrying("remove", path) { unsafe unlink(path) }
  }

  /// Makes what happened to a folder's names durable.
  package static func syncFolder(of path: String) throws(SystemError) {
    let folder = self.folder(of: path)
    let descriptor = try retrying("open", folder) {
      unsafe Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    defer { close(descriptor) }
    _ = try retrying("sync", folder) { fsync(descriptor) }
  }

  /// The folder that a path lies in.
  package static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The last part of a path.
  package static func name(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }
}

// MARK: - This process

/// Clock, name and environment of this process.
package enum Process {
  /// The wall clock, in whole seconds since 1970.
  package static func wallSeconds() -> UInt32 {
    UInt32(clamping: time(nil))
  }

  /// The clock that never goes back.
  package static func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  package static var identifier: Int32 { getpid() }

  package static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// A variable of the environment; nil if it is missing or empty.
  package static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
  }

  /// The variables of the environment whose name `isWanted`, as they stand there.
  fileprivate static func variables(
    _ isWanted: (String) -> Bool
  ) -> [UnsafeMutablePointer<CChar>?] {
    var wanted: [UnsafeMutablePointer<CChar>?] = unsafe []
    var index = 0
    while let variable = unsafe environ[index] {
      let name = unsafe String(cString: variable).prefix { $0 != "=" }
      if isWanted(String(name)) { unsafe wanted.append(variable) }
      index += 1
    }
    return unsafe wanted
  }

  /// Whether a variable of the environment is there and empty.
  package static func isSetEmpty(_ name: String) -> Bool {
    guard let value = unsafe getenv(name) else { return false }
    return unsafe value.pointee == 0
  }

  package static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Whether a descriptor is open for writing.
  static func isWritable(_ descriptor: Int32) -> Bool {
    let flags = fcntl(descriptor, F_GETFL)
    return flags != -1 && flags & O_ACCMODE != O_RDONLY
  }

  /// Whether so many more files can be opened.
  package static func canOpen(_ count: Int) -> Bool {
    var copies: [Int32] = []
    defer { for copy in copies { close(copy) } }
    for _ in 0..<count {
      let copy = fcntl(0, F_DUPFD_CLOEXEC, 3)
      if copy == -1 { return false }
      copies.append(copy)
    }
    return true
  }

  /// Whether a regular file is behind a descriptor.
  package static func isFile(_ descriptor: Int32) -> Bool {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Columns of the terminal behind a descriptor, or nil.
  package static func columns(_ descriptor: Int32) -> Int? {
    var size = winsize()
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return nil
    }
    return Int(size.ws_col)
  }

  /// Writes to standard output (1) or standard error (2); what went wrong, if something did.
  package static func write(_ bytes: [UInt8], to descriptor: Int32) -> SystemError? {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(
          descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        return SystemError(
          action: "write", path: descriptor == 1 ? "standard output" : "standard error",
          code: errno)
      }
      written += count
    }
    return nil
  }

  /// Whether whoever read from the pipe behind a descriptor has gone away; nothing is written.
  package static func hasLostReader(_ descriptor: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: 0, revents: 0)
    return unsafe poll(&entry, 1, 0) == 1 && entry.revents & Int16(POLLERR) != 0
  }

  /// Leaves at once, as safe as a crash.
  package static func leave(_ code: Int32) -> Never {
    _exit(code)
  }

  /// Opens /dev/null in place of standard descriptors that whoever started us has closed: the next
  /// file opened would take their numbers, and what is printed would land in it.
  package static func fillStandardDescriptors() {
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest free number is taken, which is this one.
      _ = unsafe Glibc.open("/dev/null", O_RDWR)
    }
  }

  /// Keeps the memory of this process, keys included, out of core dumps and from other processes of
  /// the same user.
  package static func forbidDumps() {
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    // Neither can fail: a limit may always be lowered. A core dump that goes to a program heeds only
    // the second.
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    _ = clinux_set_dumpable(0)
  }

  /// A write to a closed pipe, or beyond the limit of a file's size, becomes an error of that write.
  package static func makeWritesFail() {
    _ = signal(SIGPIPE, SIG_IGN)
    _ = signal(SIGXFSZ, SIG_IGN)
  }

  /// A signal that means a crash, or Ctrl-\, ends the process at once: the language's runtime prints
  /// "crashed" for it and may let the process go on.
  package static func makeCrashesEnd() {
    for number in [SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] {
      _ = signal(number, SIG_DFL)
    }
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard unsafe sigaction(number, nil, &action) == 0 else { return false }
    let handler = unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
    let ignoring = unsafe unsafeBitCast(SIG_IGN, to: Int.self)
    return handler == ignoring
  }

  /// Calls `take` on a thread of its own with each of these signals that arrives, in place of what
  /// they do by themselves, until the returned value is let go.
  package static func watchSignals(
    _ numbers: [Int32], _ take: @escaping @Sendable (Int32) -> Void
  ) -> SignalWatch {
    let queue = DispatchQueue(label: "imprune.signals")
    // What is ignored from the start, as under nohup, stays ignored.
    let numbers = numbers.filter { !isIgnored($0) }
    let sources = numbers.map { number in
      _ = signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { take(number) }
      source.resume()
      return source
    }
    return SignalWatch(sources: sources, numbers: numbers)
  }
}

/// Signals that are being watched; they do their usual again when this is let go.
package final class SignalWatch {
  private let sources: [any DispatchSourceSignal]
  private let numbers: [Int32]

  fileprivate init(sources: [any DispatchSourceSignal], numbers: [Int32]) {
    self.sources = sources
    self.numbers = numbers
  }

  deinit {
    for source in sources { source.cancel() }
    for number in numbers { _ = signal(number, SIG_DFL) }
  }
}

// MARK: - Other processes

/// A command that was started: its standard output to be read, its standard input written to if it
/// takes any, and what it says on standard error kept.
package final class Subprocess {
  private let output: File
  private let errors: File
  private var input: File?
  private let identifier: pid_t
  private var hasEnded = false
  private var hasMoreWords = true
  private var heard: [UInt8] = []

  /// The most bytes of standard error that are kept.
  private static let mostHeard = 4096

  /// Starts a command that is found on the path; no shell takes part. Of the environment it gets the
  /// variables whose names `keeps` lets through, and `additions`, each as `NAME=value`.
  package init(
    _ words: [String], takesInput: Bool = false, keeps: (_ variable: String) -> Bool,
    additions: [String] = []
  ) throws(SystemError) {
    let name = words.first ?? ""
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
    let code = unsafe posix_spawnp(&identifier, name, &actions, nil, &arguments, &environment)
    self.identifier = identifier
    // Its ends are open here no longer, so that each side learns of the other's end.
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

  /// Replaces the content of `chunk` with the next bytes of its output, at most `limit`; empty at the
  /// end. What it says on standard error meanwhile is taken up, so that it never waits for that.
  package func read(into chunk: inout [UInt8], limit: Int) throws(SystemError) {
    while true {
      var entries = [pollfd(fd: output.descriptor, events: Int16(POLLIN), revents: 0)]
      if hasMoreWords {
        entries.append(pollfd(fd: errors.descriptor, events: Int16(POLLIN), revents: 0))
      }
      let count = nfds_t(entries.count)
      _ = try retrying("wait for", output.path) { unsafe poll(&entries, count, -1) }
      if hasMoreWords, entries[1].revents != 0 { hear() }
      if entries[0].revents != 0 { return try output.read(into: &chunk, limit: limit) }
    }
  }

  /// Writes to its input.
  package func write(_ bytes: [UInt8]) throws(SystemError) {
    try input?.write(bytes)
  }

  private func hear() {
    var chunk: [UInt8] = []
    // Nothing to be read now is an error here; so is anything else, and then there is no more.
    guard (try? errors.read(into: &chunk, limit: Self.mostHeard)) != nil, !chunk.isEmpty else {
      return hasMoreWords = false
    }
    heard += chunk.prefix(Self.mostHeard - heard.count)
  }

  /// Waits for the end; the exit code, or nil if a signal ended it, and what it has said on standard
  /// error.
  package func end() -> (code: Int32?, words: String) {
    input = nil
    if hasEnded { return (nil, "") }
    hasEnded = true
    var chunk: [UInt8] = []
    // What nobody reads any more would keep it from ending.
    while (try? read(into: &chunk, limit: 1 << 16)) != nil, !chunk.isEmpty {}
    var status: Int32 = 0
    while unsafe waitpid(identifier, &status, 0) == -1 {
      if errno != EINTR { return (nil, "") }
    }
    while hasMoreWords { hear() }
    return (
      status & 0x7F == 0 ? (status >> 8) & 0xFF : nil, String(decoding: heard, as: UTF8.self)
    )
  }

  deinit {
    guard !hasEnded else { return }
    kill(identifier, SIGKILL)
    _ = end()
  }
}
