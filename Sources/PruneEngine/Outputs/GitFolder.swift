/// Folders that git keeps what is its own in.
enum GitFolder {
  /// The one of git's folders that a path, with links resolved, is or lies in; nil if there is none.
  ///
  /// It goes by the name, as `.git` may be a file too, and by what is inside: the repository of a work
  /// tree may lie elsewhere, under any name.
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

  /// What git itself goes by, and the folder that it keeps of a further work tree.
  private static func isRepository(_ folder: String) -> Bool {
    guard FileSystem.exists(folder + "/HEAD") else { return false }
    return FileSystem.exists(folder + "/commondir")
      || FileSystem.exists(folder + "/objects") && FileSystem.exists(folder + "/refs")
  }
}
