import Glibc
package import Bytes

/// An open file, closed on deinit.
package final class File: DiskFile {
  package let path: String
  let descriptor: Int32

  init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// How a file is opened.
  package enum Purpose {
    case reading
    /// For appending; created if missing, with mode 0600.
    case appending
    /// Like `appending`, but refuses a link.
    case locking
    /// Like `reading`, but refuses a link.
    case readingItself
    /// For appending; must not exist yet.
    case creating
    /// For writing; must not exist yet, and other users may read it.
    case creatingShared
    /// For writing to an existing FIFO or device; waits until a FIFO has a reader.
    case streaming

    var flags: Int32 {
      switch self {
      // A FIFO must not make imprune wait for its other end.
      case .reading: O_RDONLY | O_NONBLOCK | O_NOCTTY
      case .readingItself: O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW
      case .appending: O_RDWR | O_CREAT | O_APPEND | O_NOCTTY
      case .locking: O_RDWR | O_CREAT | O_APPEND | O_NOCTTY | O_NOFOLLOW
      case .creating, .creatingShared: O_RDWR | O_CREAT | O_EXCL | O_APPEND
      case .streaming: O_WRONLY | O_NOCTTY | O_NOFOLLOW
      }
    }

    /// Files with ids of people are private to their owner.
    var mode: mode_t {
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

  /// An inherited descriptor, as a file with its own descriptor.
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

  /// The file's bytes from its beginning as a source; only the first `bytes` of them if given.
  /// Earlier reads and writes of a regular file do not matter; a pipe continues with its next
  /// bytes.
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

  /// The last bytes of a regular file, at most this many.
  package func end(bytes: Int) throws(SystemError) -> [UInt8] {
    let start = max(0, try status().bytes - bytes)
    var chunk: [UInt8] = []
    try unsafe fill(&chunk, limit: bytes) { buffer in unsafe pread(descriptor, buffer, bytes, start)
    }
    return chunk
  }

  /// The file's bytes as a source that fails if there are more than `limit`.
  package func source(notBeyond limit: Int) -> ByteSource {
    let whole = source()
    var left = limit
    return ByteSource { (chunk: inout [UInt8]) throws(ReadFailure) in
      try whole.read(into: &chunk)
      left -= chunk.count
      if left < 0 { throw ReadFailure(message: "it has grown beyond \(limit) bytes") }
    }
  }

  /// The bytes to the end; not many more than `limit`.
  func content(upTo limit: Int) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk: [UInt8] = []
    repeat {
      try read(into: &chunk, limit: 1 << 16)
      bytes += chunk
    } while !chunk.isEmpty && bytes.count <= limit
    return bytes
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

  /// Makes content and metadata durable.
  package func sync() throws(SystemError) {
    _ = try retrying("sync", path) { fsync(descriptor) }
  }

  /// Truncates the file to its first `bytes`.
  package func truncate(to bytes: Int) throws(SystemError) {
    _ = try retrying("truncate", path) { ftruncate(descriptor, bytes) }
  }

  /// Copies mode, owner and group of another file, as far as this user may and the file system can:
  /// otherwise a new file stays private to its owner.
  package func adopt(_ status: FileStatus) {
    // The owner first: changing it clears mode bits. Each may fail without harm: only a privileged
    // user can change an owner, and some file systems have neither owners nor modes.
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

  /// Takes the kernel's lock on the file, which ends with the process; false if another process
  /// holds it.
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
    throw SystemError(
      action: "write to", path: path, code: EINVAL,
      rule: "cannot write to \(path): it is \(kind.words); name a regular file")
  }
}

extension DiskFile {
  /// The file itself, if it is a regular one.
  package func requireRegular() throws(SystemError) -> Self {
    let kind = try status().kind
    if kind == .regular { return self }
    throw SystemError(
      action: "read", path: path, code: kind == .folder ? EISDIR : EINVAL,
      rule: "\(path) is \(kind.words), not a regular file")
  }
}

extension File {
  /// The file's bytes from its beginning, at most `limit`.
  func bytes(atMost limit: Int) throws(SystemError) -> [UInt8] {
    var (bytes, chunk): ([UInt8], [UInt8]) = ([], [])
    repeat {
      try read(into: &chunk, limit: min(1 << 16, limit - bytes.count))
      bytes += chunk
    } while !chunk.isEmpty && bytes.count < limit
    return bytes
  }
}
