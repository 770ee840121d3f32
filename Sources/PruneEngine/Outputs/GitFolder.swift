/// Folders that belong to git.
enum GitFolder {
  /// The git folder that a path, with links resolved, is or is inside of; nil if there is none.
  ///
  /// It checks the name, as `.git` may be a file too, and the content: the repository of a work
  /// tree may be elsewhere, under any name.
  static func holding(_ path: String) -> String? {
    var folder = path
    while folder != "/", folder != "." {
      if FileSystem.name(of: folder).lowercased() == ".git" || isRepository(folder) {
        return folder
      }
      folder = FileSystem.folder(of: folder)
    }
    return nil
  }

  /// Git's own criteria, and the folder that it keeps for an additional work tree.
  private static func isRepository(_ folder: String) -> Bool {
    guard FileSystem.exists(folder + "/HEAD") else { return false }
    return FileSystem.exists(folder + "/commondir")
      || FileSystem.exists(folder + "/objects") && FileSystem.exists(folder + "/refs")
  }
}
