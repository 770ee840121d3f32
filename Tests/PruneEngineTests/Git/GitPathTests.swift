import Testing

@testable import PruneEngine

/// Paths at a commit, resolved through links as the file system would.
@Suite struct GitPathTests {
  /// A commit in memory: folders by path, each with its entries; links by their targets.
  private struct Files {
    var trees: [String: GitTree] = [:]
    var links: [String: String] = [:]

    /// `["app/x": .file, ...]`; the id of each is its path.
    init(_ paths: [String: GitTree.Entry.Kind], links: [String: String] = [:]) {
      var entries: [String: [[UInt8]: GitTree.Entry]] = ["": [:]]
      for (path, kind) in paths.merging(links.mapValues { _ in .link }, uniquingKeysWith: { $1 }) {
        var folder = ""
        let names = path.split(separator: "/").map(String.init)
        for (index, name) in names.enumerated() {
          let below = folder.isEmpty ? name : folder + "/" + name
          let isLast = index == names.count - 1
          entries[folder, default: [:]][Array(name.utf8)] = GitTree.Entry(
            kind: isLast ? kind : .folder, object: below)
          if !isLast || kind == .folder { entries[below, default: [:]].merge([:]) { $1 } }
          folder = below
        }
      }
      trees = entries.mapValues { GitTree($0) }
      self.links = links
    }

    func resolve(_ path: String, from folder: String = "app") -> GitPath {
      GitPath.resolve(
        Array(path.utf8), from: folder.split(separator: "/").map { Array($0.utf8) },
        GitPath.Reading<Never>(
          root: "", top: "/home/me/repository", tree: { trees[$0] ?? GitTree([:]) },
          target: { Array((links[$0] ?? "").utf8) }))
    }
  }

  private func file(_ path: String) -> GitPath {
    .file(object: path, path: path.split(separator: "/").map { Array($0.utf8) })
  }

  private let files = Files(
    [
      "app/list": .file, "app/deep/er/list": .file, "other/list": .file, "app/:(top)list": .file,
      "app/module": .submodule,
    ],
    links: [
      "app/link": "list", "app/up": "../other/list", "app/away": "../../etc/passwd",
      "app/folder": "deep/er/", "app/one": "two", "app/two": "one", "app/nothing": "nowhere",
      "app/absolute": "/home/me/repository/app/list", "app/etc": "/etc/passwd", "app/empty": "",
      "app/beside": "/home/me/repository-2/app/list", "app/chain": "folder/../../link",
    ])

  @Test(arguments: [
    ("list", "app/list"), ("./list", "app/list"), ("deep/../list", "app/list"),
    ("deep//er/./list", "app/deep/er/list"), ("link", "app/list"),
    ("folder/list", "app/deep/er/list"),
    ("folder/../../list", "app/list"), ("chain", "app/list"), ("up", "other/list"),
    ("../other/list", "other/list"), ("absolute", "app/list"), (":(top)list", "app/:(top)list"),
    ("/home/me/repository/app/link", "app/list"),
  ])
  func `a path resolves to its target`(path: String, target: String) {
    #expect(files.resolve(path) == file(target))
  }

  @Test(arguments: ["away", "etc", "beside", "../../x", "/etc/passwd", "/home/me/repository-2/x"])
  func `a path out of the work tree is detected`(path: String) {
    #expect(files.resolve(path) == .outside)
  }

  @Test func `a cycle of links ends`() {
    #expect(files.resolve("one") == .loop)
    #expect(files.resolve("one/x") == .loop)
  }

  @Test func `a dangling link equals a missing file`() {
    for path in ["none", "none/../list", "list/x", "list/", "list/.", "list/../list"] {
      #expect(files.resolve(path) == .missing(isLinked: false), "\(path)")
    }
    for path in ["nothing", "link/x", "folder/none", "empty"] {
      #expect(files.resolve(path) == .missing(isLinked: true), "\(path)")
    }
  }

  @Test func `folders and submodules are not files`() {
    #expect(files.resolve("") == .folder(path: [Array("app".utf8)]))
    #expect(files.resolve("folder") == files.resolve("deep/er"))
    #expect(files.resolve("module") == .submodule)
    #expect(files.resolve("module/list") == .submodule)
  }

  @Test func `at most forty links are followed`() {
    func chain(_ length: Int) -> GitPath {
      var links: [String: String] = [:]
      for index in 1...length { links["app/l\(index)"] = index == 1 ? "list" : "l\(index - 1)" }
      return Files(["app/list": .file], links: links).resolve("l\(length)")
    }
    #expect(chain(40) == file("app/list"))
    #expect(chain(41) == .loop)
  }

  // MARK: - Trees

  @Test func `a git tree object is parsed`() throws {
    let id = Array(1...20 as ClosedRange<UInt8>)
    var bytes: [UInt8] = []
    for (mode, name) in [("100644", "a b"), ("40000", "d"), ("120000", "l\n"), ("160000", "m")] {
      bytes += Array("\(mode) \(name)\0".utf8) + id
    }
    let tree = try #require(GitTree(bytes, idBytes: 20))
    let object = "0102030405060708090a0b0c0d0e0f1011121314"
    #expect(tree[Array("a b".utf8)] == GitTree.Entry(kind: .file, object: object))
    #expect(tree[Array("d".utf8)]?.kind == .folder)
    #expect(tree[Array("l\n".utf8)]?.kind == .link)
    #expect(tree[Array("m".utf8)]?.kind == .submodule)
    #expect(tree[Array("A B".utf8)] == nil)
    #expect(GitTree(Array(bytes.dropLast()), idBytes: 20) == nil)
    #expect(GitTree(bytes + Array("100644 x".utf8), idBytes: 20) == nil)
    #expect(GitTree([], idBytes: 20) != nil)
    #expect(GitTree(Array("170000 x\0".utf8) + id, idBytes: 20) == nil)
  }
}
