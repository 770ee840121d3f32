import Glibc

/// A temporary folder that only this user can read, removed with its files when this value goes.
final class PrivateFolder: Sendable {
  let path: String

  init() throws(SystemError) {
    let parent = Process.environment("TMPDIR") ?? "/tmp"
    try Self.requireSafe(parent)
    let pattern = parent + "/imprune-XXXXXX"
    var name = Array(pattern.utf8CString)
    let isMade = unsafe name.withUnsafeMutableBufferPointer { buffer in
      unsafe buffer.baseAddress.map { unsafe mkdtemp($0) != nil } ?? false
    }
    guard isMade else { throw SystemError(action: "make", path: pattern, code: errno) }
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Throws if another user could exchange folders in a folder, or the folder itself.
  private static func requireSafe(_ folder: String) throws(SystemError) {
    var path = try FileSystem.realPath(folder)
    while true {
      guard let status = try FileSystem.statusIfThere(of: path),
        status.owner == geteuid() || status.owner == 0,
        status.mode & 0o002 == 0 || status.mode & S_ISVTX != 0
      else {
        throw SystemError(action: "keep a private copy in", path: path, code: EPERM)
      }
      if path == "/" { return }
      path = FileSystem.folder(of: path)
    }
  }

  deinit {
    // What is left does no harm: only this user can read it.
    for file in (try? FileSystem.files(in: path)) ?? [] { _ = unsafe unlink(path + "/" + file) }
    _ = unsafe rmdir(path)
  }

  /// Writes a new file; returns its path.
  func write(_ bytes: [UInt8], as name: String) throws(SystemError) -> String {
    let file = path + "/" + name
    try File.open(file, for: .creating).write(bytes)
    return file
  }
}
