package import PruneCore

/// Finds the state before a change in git.
extension GitFiles {
  /// The state of a manifest at the merge base of `ref` and HEAD; nil if git does not have it, so
  /// that no change can edit it. `hadManifest` is whether the manifest exists there.
  ///
  /// The merge base, and not the ref itself: the main branch moves on with every apply.
  package static func stateBefore(
    _ files: StateFiles, of manifest: String, at ref: String, hadManifest: Bool
  ) throws(GitError) -> StateBefore? {
    let repository = try GitRepository(holding: FileSystem.folder(of: manifest))
    guard let path = try path(of: files, in: repository) else { return nil }
    let tip = try repository.commit(ref)
    let head = try GitSnapshot(repository, at: try repository.commit("HEAD"))
    let now = try entry(of: path, head)
    if now.isMissing, try entry(of: path, try GitSnapshot(repository, at: tip)).isMissing {
      return nil
    }
    let snapshot = try GitSnapshot(
      repository, at: try repository.mergeBase(of: tip, named: ref))
    let before = try entry(of: path, snapshot)
    switch (before.path, now.path) {
    case (.file, .outside), (.file, .loop), (.file, .submodule), (.file, .folder): return .relinked
    case (.file(let object, let path), _):
      return .file(try snapshot.content(of: object, at: path, named: "\(ref):\(files.name)"))
    case (.missing, .missing): return nil
    case (.missing, .file): return hadManifest ? .added : StateBefore.none
    case (.missing, _): return hadManifest ? .relinked : nil
    default: return before == now ? nil : .relinked
    }
  }

  /// Where a path leads at a commit, and by which links.
  private struct Entry: Equatable {
    let path: GitPath
    let links: [String]

    var isMissing: Bool {
      if case .missing = path { true } else { false }
    }
  }

  private static func entry(
    of path: String, _ snapshot: GitSnapshot
  ) throws(GitError) -> Entry {
    let (path, links) = try snapshot.trace(path)
    return Entry(path: path, links: links)
  }

  /// The path of a state as its user names it, before links; nil if it is not in the work tree.
  ///
  /// Not the path after links: a change may replace a folder by a link to a place outside.
  private static func path(
    of files: StateFiles, in repository: GitRepository
  ) throws(GitError) -> String? {
    let (here, folder) = try attempt(
      (FileSystem.realPath("."), FileSystem.realPath(FileSystem.folder(of: files.name))),
      orThrow: GitError.system)
    let named = files.name.hasPrefix("/") ? files.name : here + "/" + files.name
    let real = folder + "/" + FileSystem.name(of: files.name)
    return [named, real].first { FileSystem.isBelow(repository.top, $0) }
  }
}
