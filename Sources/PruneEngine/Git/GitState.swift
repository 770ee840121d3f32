package import PruneCore

/// Finds the state before a change in git.
extension GitFiles {
  /// The state of a manifest at the merge base of `ref` and HEAD, and the id of that commit; nil if
  /// git does not have the state, so that no change can edit it. `hadManifest` is whether the manifest
  /// exists there.
  ///
  /// The merge base, and not the ref itself: the main branch moves on with every apply.
  package static func stateBefore(
    _ files: StateFiles, of manifest: String, at ref: String, hadManifest: Bool
  ) throws(GitError) -> (state: StateBefore, commit: String)? {
    let repository = try GitRepository(holding: FileSystem.folder(of: manifest))
    let paths = try paths(of: files, in: repository)
    if paths.isEmpty { return nil }
    let tip = try repository.commit(ref)
    let head = try GitSnapshot(repository, at: try repository.head())
    let now = try entries(of: paths, head)
    if now.allSatisfy(\.isMissing) {
      let latest = try entries(of: paths, try GitSnapshot(repository, at: tip))
      if latest.allSatisfy(\.isMissing) { return nil }
    }
    let commit = try repository.mergeBase(of: tip, named: ref)
    let base = try GitSnapshot(repository, at: commit)
    let name = "\(ref):\(files.name)"
    var found: [StateBefore] = []
    for (before, now) in zip(try entries(of: paths, base), now) {
      switch (before.path, now.path) {
      case (.submodule, _), (_, .submodule): throw .beyondSubmodule(name)
      case (.file, .file) where before.links != now.links: found.append(.relinked)
      case (.file(let object, let path), .file), (.file(let object, let path), .missing):
        found.append(.file(try base.content(of: object, at: path, named: name)))
      case (.missing, .missing): break
      case (.missing, .file): found.append(hadManifest ? .added : .absent)
      case (.missing, _): if hadManifest { found.append(.relinked) }
      default: if before != now { found.append(.relinked) }
      }
    }
    // Two paths of one file say the same, unless the change makes them differ.
    guard let first = found.first else { return nil }
    return (found.allSatisfy { $0 == first } ? first : .relinked, commit)
  }

  /// Where a path leads at a commit, and by which links.
  private struct Entry: Equatable {
    let path: GitPath
    let links: [String]

    var isMissing: Bool {
      if case .missing = path { true } else { false }
    }
  }

  private static func entries(
    of paths: [String], _ snapshot: GitSnapshot
  ) throws(GitError) -> [Entry] {
    var entries: [Entry] = []
    for path in paths {
      let (end, links) = try snapshot.trace(path)
      entries.append(Entry(path: end, links: links))
    }
    return entries
  }

  /// The paths of a state in the work tree: as its user names it, and with the links of its folder
  /// resolved; none if both are outside.
  ///
  /// A change may replace a folder by a link to a place outside; then only the first path shows it.
  /// The user may name a folder by a link of his own; then only the second is in git.
  private static func paths(
    of files: StateFiles, in repository: GitRepository
  ) throws(GitError) -> [String] {
    let folder = try attempt(
      FileSystem.realPath(FileSystem.folder(of: files.name)), orThrow: GitError.system)
    let real = folder + "/" + FileSystem.name(of: files.name)
    guard FileSystem.isBelow(repository.top, real) else {
      return [repository.namedPath(files.name)].compactMap(\.self)
    }
    guard let named = repository.namedPath(files.name), !named.utf8.elementsEqual(real.utf8) else {
      return [real]
    }
    return [named, real]
  }
}
