package import PruneCore
internal import YAML

/// Reads a manifest and its lists as they are at a commit of the git repository that they lie in.
/// The work tree is not touched and no network is used.
package enum GitFiles {
  /// Reads the manifest at `ref`, such as `origin/main`; nil if it is not there.
  package static func read(
    _ path: String, at ref: String
  ) throws(GitError) -> ManifestReading? {
    let folder = FileSystem.folder(of: path)
    guard let object = try find(FileSystem.name(of: path), at: ref, in: folder) else { return nil }
    let opener = ListOpener { (list) throws(ListRefusal) in
      // Git follows no links; a way out of the folder would lead elsewhere than it does on disk.
      guard !list.hasPrefix("/"), !list.split(separator: "/").contains("..") else { throw .outside }
      let found: ListOpener.List?
      do throws(GitError) {
        found = try find(list, at: ref, in: folder).map { (object) throws(GitError) in
          ListOpener.List(
            source: try content(of: object, in: folder), name: "\(ref):\(list)",
            bytes: object.bytes)
        }
      } catch {
        throw .unreadable(error.explanation)
      }
      guard let found else { throw .missing }
      return found
    }
    return ManifestReader.read(
      try content(of: object, in: folder), name: "\(ref):\(path)", lists: opener)
  }

  private struct Object {
    var name: String
    var bytes: Int
  }

  /// The file at a path relative to `folder`; nil if there is none at the commit.
  private static func find(
    _ path: String, at ref: String, in folder: String
  ) throws(GitError) -> Object? {
    let words = ["ls-tree", "-z", "-l", "--end-of-options", ref, "--", path]
    let line = try output(of: words, in: folder, atMost: 1 << 16)
    guard !line.isEmpty else { return nil }
    // MODE, kind, object, size; then a tab and the path.
    let columns = line.prefix { $0 != UInt8(ascii: "\t") }.split(separator: UInt8(ascii: " "))
      .map { String(decoding: $0, as: UTF8.self) }
    guard columns.count == 4, columns[1] == "blob", columns[0].hasPrefix("100"),
      let bytes = Int(columns[3])
    else { throw .notAFile("\(ref):\(path)") }
    guard bytes <= ManifestFiles.maxListBytes else { throw .notAFile("\(ref):\(path)") }
    return Object(name: columns[2], bytes: bytes)
  }

  private static func content(
    of object: Object, in folder: String
  ) throws(GitError) -> ByteSource {
    ByteSource(
      try output(of: ["cat-file", "blob", object.name], in: folder, atMost: object.bytes),
      chunkSize: 1 << 18)
  }

  private static func output(
    of words: [String], in folder: String, atMost limit: Int
  ) throws(GitError) -> [UInt8] {
    let subprocess: Subprocess
    var bytes: [UInt8] = []
    do throws(SystemError) {
      subprocess = try Subprocess(["git", "-C", folder] + words)
      var chunk: [UInt8] = []
      repeat {
        try subprocess.output.read(into: &chunk, limit: 1 << 18)
        bytes.append(contentsOf: chunk)
      } while !chunk.isEmpty && bytes.count <= limit
    } catch {
      throw .system(error)
    }
    guard subprocess.end() == 0 else { throw .failed(words.first ?? "") }
    return bytes
  }
}

/// Why nothing could be read from git.
package enum GitError: Error, Equatable, Sendable {
  case system(SystemError)
  /// Git ended with an error, having told it on standard error.
  case failed(String)
  case notAFile(String)

  /// What is wrong and what to do.
  package var explanation: String {
    switch self {
    case .system(let error): "git cannot be run: \(error)."
    case .failed(let command):
      "`git \(command)` failed; see above. Is the ref known here? A shallow clone may need "
        + "`git fetch` first."
    case .notAFile(let path): "\(path) is not a file of a usable size."
    }
  }
}
