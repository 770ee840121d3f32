package import PruneCore
internal import Bytes

/// Reads a manifest and its lists at a commit of their git repository. It does not touch the work
/// tree and uses no network.
package enum GitFiles {
  /// Reads the manifest at `ref`, such as `origin/main`, or `origin/main...` for the merge base with
  /// HEAD; nil only if there was no manifest at that commit.
  package static func read(
    _ path: String, at ref: String
  ) throws(GitError) -> ManifestReading? {
    let repository = try GitRepository(holding: FileSystem.folder(of: path))
    let snapshot = try GitSnapshot(repository, at: try repository.commit(ref))
    let name = "\(ref):\(path)"
    guard let folder = try folder(of: path, repository, snapshot, name) else { return nil }
    let found: (object: String, path: [[UInt8]])
    switch try snapshot.resolve(FileSystem.name(of: path), from: folder) {
    case .file(let object, let path): found = (object, path)
    case .missing(isLinked: false): return nil
    case let other: throw refusal(of: other, name)
    }
    // As on disk, the path must be a file in that folder.
    guard found.path.starts(with: folder) else { throw .outside(name) }
    let bytes = try snapshot.content(of: found.object, at: found.path, named: name)
    let lists = lists(in: Array(found.path.dropLast()), snapshot, ref)
    return ManifestReader.read(
      ByteSource(bytes, chunkSize: 1 << 18), name: name, bytes: bytes.count, lists: lists)
  }

  /// Throws if git converts the state or one of a manifest's files in the work tree: after a merge of
  /// that, no later change could be compared.
  package static func requireUnconverted(
    _ manifest: Manifest, _ state: StateFiles
  ) throws(GitError) {
    guard let first = manifest.files.first else { return }
    let repository = try GitRepository(holding: FileSystem.folder(of: first))
    let filters = try GitFilters(repository.git, at: nil)
    for name in manifest.files + (FileSystem.exists(state.path) ? [state.path] : []) {
      let (real, beginning) = try attempt(
        (FileSystem.realPath(name), beginning(of: name)), orThrow: GitError.system)
      guard FileSystem.isBelow(repository.top, real) else { continue }
      let path = FileSystem.names(
        in: String(decoding: real.utf8.dropFirst(repository.top.utf8.count), as: UTF8.self))
      let filter = try filters.filter(of: path.map { Array($0.utf8) }, beginning: beginning) {
        () throws(GitError) in
        try attempt(holdsKeyword(name), orThrow: GitError.system)
      }
      if let filter { throw .newlyFiltered(name, filter) }
    }
  }

  private static func beginning(of name: String) throws(SystemError) -> [UInt8] {
    try File.open(name, for: .reading).requireRegular().bytes(atMost: 100)
  }

  private static func holdsKeyword(_ name: String) throws(SystemError) -> Bool {
    let file = try File.open(name, for: .reading).requireRegular()
    let keyword = Array(GitFilters.keyword.utf8)
    var (chunk, end): ([UInt8], [UInt8]) = ([], [])
    repeat {
      try file.read(into: &chunk, limit: 1 << 18)
      // It may lie across two chunks.
      if (end + chunk).firstRange(of: keyword) != nil { return true }
      end = Array((end + chunk).suffix(keyword.count - 1))
    } while !chunk.isEmpty
    return false
  }

  /// The path of the manifest's folder at the commit, without links; nil if it does not exist.
  ///
  /// It is looked up as the user names it, and must lead where it leads now: a change that makes a
  /// link of it would choose its own base.
  private static func folder(
    of manifest: String, _ repository: GitRepository, _ snapshot: GitSnapshot, _ name: String
  ) throws(GitError) -> [[UInt8]]? {
    let real = repository.prefix.map { String(decoding: $0, as: UTF8.self) }
      .joined(separator: "/")
    let named = repository.namedPath(manifest).map(FileSystem.folder(of:))
    var path = named.map { $0.utf8.count > repository.top.utf8.count ? $0 : "" } ?? real
    if case .missing(isLinked: false) = try snapshot.resolve(path, from: []) {
      let head = try GitSnapshot(repository, at: try repository.head())
      let now = try head.trace(path)
      if !now.links.isEmpty { throw .movedFolder(name) }
      // A link of the user's own, which is not in git.
      if case .missing = now.path { path = real }
    }
    switch try snapshot.resolve(path, from: []) {
    case .folder(let path):
      guard path == repository.prefix else { throw .movedFolder(name) }
      return path
    case .missing(isLinked: false), .file: return nil
    case let other: throw refusal(of: other, name)
    }
  }

  private static func refusal(of path: GitPath, _ name: String) -> GitError {
    switch path {
    case .outside: .outside(name)
    case .loop, .missing: .brokenLink(name)
    case .submodule: .beyondSubmodule(name)
    case .file, .folder: .notAFile(name)
    }
  }

  private static func lists(
    in folder: [[UInt8]], _ snapshot: GitSnapshot, _ ref: String
  ) -> ListOpener {
    ListOpener { (list) throws(ListRefusal) in
      let name = "\(ref):\(list)"
      do throws(GitError) {
        let (object, path) = try file(list, in: folder, snapshot, name)
        let bytes = try snapshot.content(of: object, at: path, named: name)
        return ListOpener.List(
          source: ByteSource(bytes, chunkSize: 1 << 18), name: name, bytes: bytes.count)
      } catch {
        throw error.listRefusal
      }
    }
  }

  private static func file(
    _ list: String, in folder: [[UInt8]], _ snapshot: GitSnapshot, _ name: String
  ) throws(GitError) -> (object: String, path: [[UInt8]]) {
    switch try snapshot.resolve(list, from: folder) {
    case .file(let object, let path):
      guard path.count > folder.count, path.starts(with: folder) else { throw .outside(name) }
      return (object, path)
    case .missing(isLinked: false): throw .missing(name)
    case let other: throw refusal(of: other, name)
    }
  }
}
