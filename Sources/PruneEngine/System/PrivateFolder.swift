import Glibc
import Synchronization

/// A temporary folder that only this user can read, removed with its files when this value goes or the
/// process exits. What a process that was killed has left is removed by the next one.
final class PrivateFolder: Sendable {
  let path: String
  /// Locked as long as the folder is in use.
  private let lock: File

  /// The folders of this process. At its exit, another thread may still use one.
  private static let all = Mutex<Set<String>>([])
  private static let removesAllAtExit: Void = {
    _ = atexit { for path in PrivateFolder.all.withLock({ $0 }) { PrivateFolder.remove(path) } }
  }()

  private static let prefix = "imprune-"
  private static let lockName = ".in-use-by-imprune"

  init() throws(SystemError) {
    let parent = Process.environment("TMPDIR") ?? "/tmp"
    do throws(SystemError) {
      try Self.requireSafe(parent)
    } catch {
      throw error.isMissing
        ? SystemError(
          action: "find", path: parent, code: error.code,
          rule: "there is no folder \(parent) for temporary files; correct TMPDIR") : error
    }
    Self.removeUnused(in: parent)
    for _ in 0..<10 {
      let path = try Self.make(in: parent)
      let lock = try File.open("\(path)/\(Self.lockName)", for: .creating)
      // Otherwise another process has just found the folder unused.
      if try lock.lock() {
        (self.path, self.lock) = (path, lock)
        _ = Self.removesAllAtExit
        _ = Self.all.withLock { $0.insert(path) }
        return
      }
    }
    throw SystemError(action: "keep a private copy in", path: parent, code: EAGAIN)
  }

  private static func make(in parent: String) throws(SystemError) -> String {
    let pattern = "\(parent)/\(prefix)XXXXXX"
    var name = Array(pattern.utf8CString)
    let isMade = unsafe name.withUnsafeMutableBufferPointer { buffer in
      unsafe buffer.baseAddress.map { unsafe mkdtemp($0) != nil } ?? false
    }
    guard isMade else { throw SystemError(action: "make", path: pattern, code: errno) }
    return String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Removes the folders of this user's processes that were killed. Failing to is no error.
  private static func removeUnused(in parent: String) {
    for name in (try? FileSystem.files(in: parent)) ?? []
    where name.hasPrefix(prefix) && name.utf8.count == prefix.utf8.count + 6 {
      let path = "\(parent)/\(name)"
      guard let folder = try? FileSystem.status(ofItself: path), folder.kind == .folder,
        folder.owner == geteuid(),
        let lock = try? File.open("\(path)/\(lockName)", for: .readingItself),
        (try? lock.lock()) == true
      else { continue }
      remove(path)
    }
  }

  /// Removes a folder and its files, the lock last. What is left does no harm: only this user can read
  /// it.
  private static func remove(_ path: String) {
    for file in (try? FileSystem.files(in: path)) ?? [] where file != lockName {
      _ = unsafe unlink("\(path)/\(file)")
    }
    _ = unsafe unlink("\(path)/\(lockName)")
    _ = unsafe rmdir(path)
  }

  /// Throws if another user could exchange folders in a folder, or the folder itself.
  private static func requireSafe(_ folder: String) throws(SystemError) {
    var path = try FileSystem.realPath(folder)
    while true {
      guard let status = try FileSystem.statusIfThere(of: path),
        status.owner == geteuid() || status.owner == 0,
        status.mode & 0o002 == 0 || status.mode & S_ISVTX != 0
      else {
        throw SystemError(
          action: "keep a private copy in", path: path, code: EPERM,
          rule:
            "cannot keep a private copy in \(folder): other users may rename files in \(path); set TMPDIR "
            + "to a folder of your own")
      }
      if path == "/" { return }
      path = FileSystem.folder(of: path)
    }
  }

  /// Removes the folder before this value goes.
  func remove() { Self.remove(path) }

  deinit {
    remove()
    _ = Self.all.withLock { $0.remove(path) }
  }

  /// Writes a new file; returns its path.
  func write(_ bytes: [UInt8], as name: String) throws(SystemError) -> String {
    let file = path + "/" + name
    try File.open(file, for: .creating).write(bytes)
    return file
  }
}
