import PruneCore

/// The repository of a folder, found from the folder upward as git finds it.
struct GitRepository {
  let git: Git
  /// The top of its work tree, with all links resolved.
  let top: String
  /// The path from the top to the folder, name by name.
  let prefix: [[UInt8]]

  /// A path in the work tree as its user wrote it, absolute and without `.` and `..`; nil if it is
  /// not below the top. Links on the way stay: a change may make a link of a folder.
  func namedPath(_ name: String) -> String? {
    let path = FileSystem.isAbsolute(name) ? name : Self.workingFolder + "/" + name
    var names: [String] = []
    for name in FileSystem.names(in: path) where name != "." {
      if name == ".." { _ = names.popLast() } else { names.append(name) }
    }
    let named = names.map { "/" + $0 }.joined()
    return named.isIn(top) ? named : nil
  }

  /// The working folder as the shell calls it, if that is so, since the kernel resolves links.
  private static var workingFolder: String {
    let real = try? FileSystem.realPath(".")
    guard let named = Process.environment("PWD"), FileSystem.isAbsolute(named), let real,
      let target = try? FileSystem.realPath(named), target.utf8.elementsEqual(real.utf8)
    else { return real ?? "." }
    return named
  }

  /// Finds the repository of a folder.
  ///
  /// What decides about a pull request must not come from it: neither files that replace the real
  /// repository, nor a submodule.
  init(holding folder: String) throws(GitError) {
    let git = Git(folder: folder)
    let top = try git.line(of: ["rev-parse", "--show-toplevel"])
    let gitFolder = try git.line(of: ["rev-parse", "--absolute-git-dir"])
    let (real, realGit, here) = try attempt(
      (FileSystem.realPath(folder), FileSystem.realPath(gitFolder), FileSystem.realPath(".")),
      orThrow: GitError.system)
    guard !real.isIn(realGit), real.isIn(top) else { throw .notOfARepository(real) }
    guard !realGit.utf8.contains("/.git/modules/".utf8) || here.isIn(top) else {
      throw .inSubmodule(folder: real)
    }
    self.git = Git(folder: top)
    self.top = top
    prefix = real.utf8.dropFirst(top.utf8.count).split(separator: UInt8(ascii: "/")).map(Array.init)
  }
}

extension String {
  /// Whether a path is a folder, or inside it; both with links resolved.
  fileprivate func isIn(_ folder: String) -> Bool {
    utf8.elementsEqual(folder.utf8) || FileSystem.isBelow(folder, self)
  }
}
