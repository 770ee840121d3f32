import Glibc

/// The file system, by path.
package enum FileSystem {
  /// The path with all links resolved; the file must exist.
  package static func realPath(_ path: String) throws(SystemError) -> String {
    guard let resolved = unsafe realpath(path, nil) else {
      throw SystemError(action: "resolve", path: path, code: errno)
    }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  /// The kind of file at a path, following links; nil if there is none.
  static func statusIfThere(of path: String) throws(SystemError) -> FileStatus? {
    try status(path) { unsafe stat(path, &$0) }
  }

  /// The kind of file at a path, which may be a link; nil if there is none.
  static func status(ofItself path: String) throws(SystemError) -> FileStatus? {
    try status(path) { unsafe lstat(path, &$0) }
  }

  private static func status(
    _ path: String, _ look: (inout stat) -> Int32
  ) throws(SystemError) -> FileStatus? {
    var status = stat()
    let found = try nilIfMissing(retrying("examine", path) { look(&status) })
    return found.map { _ in FileStatus(status) }
  }

  /// Whether the file system of a path keeps file modes. Some show every file as executable.
  static func keepsModes(inFolderOf path: String) throws(SystemError) -> Bool {
    let draft = try FileReplacement.draft(of: path)
    defer { try? RealDisk().remove(draft.path) }
    return try !draft.status().isExecutable
  }

  /// Whether a path is itself a link.
  package static func isLink(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// Whether a file exists at a path.
  package static func exists(_ path: String) -> Bool {
    unsafe access(path, F_OK) == 0
  }

  /// The folder of a path.
  package static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Whether a path is below a folder, both with links resolved. Compares bytes: two spellings of a
  /// name are equal strings, but different files.
  static func isBelow(_ folder: String, _ path: String) -> Bool {
    path.utf8.starts(with: (folder == "/" ? "/" : folder + "/").utf8)
  }

  /// The last part of a path.
  package static func name(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }
}
