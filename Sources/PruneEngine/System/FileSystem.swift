import Glibc

/// The file system, by path.
package enum FileSystem {
  /// The path with all links resolved; the file must exist, and all names must be UTF-8: a repaired
  /// name is that of another file.
  package static func realPath(_ path: String) throws(SystemError) -> String {
    guard let resolved = unsafe realpath(path, nil) else {
      throw SystemError(action: "resolve", path: path, code: errno)
    }
    defer { unsafe free(resolved) }
    guard let text = unsafe String(validatingCString: resolved) else {
      throw SystemError(action: "resolve", path: path, code: EILSEQ)
    }
    return text
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

  /// The names of the files in a folder.
  static func files(in folder: String) throws(SystemError) -> [String] {
    guard let stream = unsafe opendir(folder) else {
      throw SystemError(action: "list", path: folder, code: errno)
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  // MARK: - Names

  // A path is bytes: a combining mark makes another Character of the slash before it, and two
  // spellings of a name are equal strings, but different files.

  private static let slash = UInt8(ascii: "/")

  /// Whether a path begins at the root.
  package static func isAbsolute(_ path: String) -> Bool { path.utf8.first == slash }

  /// The names between the slashes of a path.
  package static func names(in path: String) -> [String] {
    path.utf8.split(separator: slash).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The folder of a path.
  package static func folder(of path: String) -> String {
    guard let end = path.utf8.lastIndex(of: slash) else { return "." }
    return end == path.startIndex ? "/" : String(decoding: path.utf8[..<end], as: UTF8.self)
  }

  /// Whether a path is below a folder, both with links resolved.
  package static func isBelow(_ folder: String, _ path: String) -> Bool {
    path.utf8.starts(with: (folder == "/" ? "/" : folder + "/").utf8)
  }

  /// The last part of a path.
  package static func name(of path: String) -> String {
    path.utf8.lastIndex(of: slash).map {
      String(decoding: path.utf8[path.utf8.index(after: $0)...], as: UTF8.self)
    } ?? path
  }
}
