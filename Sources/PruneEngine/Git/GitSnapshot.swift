/// The files of a repository at one commit.
final class GitSnapshot {
  private let objects: GitObjects
  private let filters: GitFilters
  private let root: String
  private let top: String
  private var trees: [String: GitTree] = [:]

  /// The maximum length of a path on Linux.
  private static let longestLink = 4096
  /// More than any real folder: a million names.
  private static let mostTree = 1 << 28
  static let mostAttributes = 1 << 20

  init(_ repository: GitRepository, at commit: String) throws(GitError) {
    let objects = try GitObjects(repository.git)
    self.objects = objects
    filters = try GitFilters(repository.git, at: commit)
    top = repository.top
    // The commit itself exists, since its name was resolved.
    root = try objects.read(
      "\(commit)^{tree}", atMost: Self.mostTree, as: "the files of \(commit)"
    ).id
  }

  /// Where a path leads, from a folder given by its path from the top.
  func resolve(_ path: String, from folder: [[UInt8]]) throws(GitError) -> GitPath {
    try trace(path, from: folder).path
  }

  /// Where a path leads, and the ids of the links on the way.
  func trace(
    _ path: String, from folder: [[UInt8]] = []
  ) throws(GitError) -> (path: GitPath, links: [String]) {
    var links: [String] = []
    let end = try GitPath.resolve(
      Array(path.utf8), from: folder,
      GitPath.Reading<GitError>(
        root: root, top: top,
        tree: { (id) throws(GitError) in try self.tree(id) },
        target: { (id) throws(GitError) in
          links.append(id)
          return try self.objects.read(
            id, atMost: Self.longestLink, as: "a link on the way to \(path)"
          ).bytes
        }))
    return (end, links)
  }

  /// The content of a file, which must equal the file's content after a checkout.
  func content(
    of object: String, at path: [[UInt8]], named name: String
  ) throws(GitError) -> [UInt8] {
    let content = try objects.read(object, atMost: ManifestFiles.maxListBytes, as: name).bytes
    let filter = try filters.filter(of: path, content: content) { (folder) throws(GitError) in
      try self.attributes(of: folder)
    }
    if let filter { throw .filtered(name, filter) }
    return content
  }

  private func attributes(of folder: [[UInt8]]) throws(GitError) -> [UInt8]? {
    guard case .file(let object, _) = try resolve(".gitattributes", from: folder) else {
      return nil
    }
    return try objects.read(object, atMost: Self.mostAttributes, as: ".gitattributes").bytes
  }

  private func tree(_ id: String) throws(GitError) -> GitTree {
    if let known = trees[id] { return known }
    let object = try objects.read(id, atMost: Self.mostTree, as: "a folder")
    guard let tree = GitTree(object.bytes, idBytes: root.utf8.count / 2) else {
      throw .unreadable("a folder", "")
    }
    trees[id] = tree
    return tree
  }
}
