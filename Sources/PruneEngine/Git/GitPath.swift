/// Where a path of a commit leads with all links resolved, as the file system would resolve it
/// after a checkout of the commit.
enum GitPath: Equatable {
  /// A file: its content's id, and its path from the top, name by name, without links.
  case file(object: String, path: [[UInt8]])
  case folder(path: [[UInt8]])
  /// Nothing; `isLinked` if a link on the way leads there.
  case missing(isLinked: Bool)
  /// A link, or `..`, leads out of the work tree.
  case outside
  /// More links than the kernel would follow.
  case loop
  /// A commit of another repository.
  case submodule

  /// As many as Linux follows.
  private static let mostLinks = 40

  /// The commit's folders and links.
  struct Reading<Failure: Error> {
    /// The id of the tree at the top.
    let root: String
    /// The path of the work tree on disk, for absolute links.
    let top: String
    private let readTree: (_ id: String) throws(Failure) -> GitTree
    private let readTarget: (_ id: String) throws(Failure) -> [UInt8]

    init(
      root: String, top: String, tree: @escaping (_ id: String) throws(Failure) -> GitTree,
      target: @escaping (_ id: String) throws(Failure) -> [UInt8]
    ) {
      self.root = root
      self.top = top
      readTree = tree
      readTarget = target
    }

    func tree(_ id: String) throws(Failure) -> GitTree { try readTree(id) }

    /// The target of a link.
    func target(_ id: String) throws(Failure) -> [UInt8] { try readTarget(id) }
  }

  /// Resolves a path from a folder, given by its path from the top without links.
  static func resolve<Failure: Error>(
    _ path: [UInt8], from folder: [[UInt8]], _ reading: Reading<Failure>
  ) throws(Failure) -> GitPath {
    guard let (start, rest) = beginning(of: path, from: folder, reading.top) else {
      return .outside
    }
    var names: [[UInt8]] = []
    var trees = [reading.root]
    var pending = (start + rest)[...]
    var links = 0
    while let name = pending.popFirst() {
      if name.isEmpty || name == Array(".".utf8) { continue }
      if name == Array("..".utf8) {
        if names.popLast() == nil { return .outside }
        trees.removeLast()
        continue
      }
      guard let entry = try reading.tree(trees[trees.count - 1])[name] else {
        return .missing(isLinked: links > 0)
      }
      switch entry.kind {
      case .submodule: return .submodule
      case .folder:
        names.append(name)
        trees.append(entry.object)
      case .file:
        if !pending.isEmpty { return .missing(isLinked: links > 0) }
        return .file(object: entry.object, path: names + [name])
      case .link:
        links += 1
        if links > mostLinks { return .loop }
        let target = try reading.target(entry.object)
        if target.isEmpty { return .missing(isLinked: true) }
        guard let (start, rest) = beginning(of: target, from: names, reading.top) else {
          return .outside
        }
        if start != names { (names, trees) = ([], [reading.root]) }
        pending = rest + pending
      }
    }
    return .folder(path: names)
  }

  /// Where a path begins, and the names to resolve from there; nil if that is outside the work
  /// tree. An absolute path begins at the top.
  private static func beginning(
    of path: [UInt8], from folder: [[UInt8]], _ top: String
  ) -> (start: [[UInt8]], rest: [[UInt8]])? {
    var (start, rest) = (folder, path[...])
    if path.first == UInt8(ascii: "/") {
      let top = Array(top.utf8) + [UInt8(ascii: "/")]
      guard path.starts(with: top) else { return nil }
      (start, rest) = ([], path.dropFirst(top.count))
    }
    let names = rest.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return (start, names.map(Array.init))
  }
}
