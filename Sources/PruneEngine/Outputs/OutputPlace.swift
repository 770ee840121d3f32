import PruneCore

/// Where an output goes. It decides from the name alone, before anything is read or written, with
/// the same rules for every flag of every command: it follows no link, writes to no file of git or
/// of a state, and replaces no executable file.
package struct OutputPlace: Equatable, Sendable {
  package enum Target: Equatable, Sendable {
    /// A descriptor inherited by imprune: `-`, `/dev/stdout`, `/dev/fd/3`.
    case descriptor(Int32)
    /// A FIFO or a device, written to in place.
    case stream(path: String)
    /// A new or existing file, in a folder without links; replaced in one step.
    case file(path: String)
  }

  /// As the user named it.
  package let name: String
  package let target: Target
  /// The existing file, if any.
  let existing: FileStatus?

  /// Decides where a name leads.
  package init(_ name: String) throws(OutputRefusal) {
    self.name = name
    if let descriptor = Self.descriptor(name) {
      guard Process.isWritable(descriptor) else { throw .notOpen(name) }
      target = .descriptor(descriptor)
      existing = try attempt(
        File.duplicate(of: descriptor).status(), orThrow: OutputRefusal.system)
    } else {
      (target, existing) = try Self.look(name)
    }
  }

  private static func look(_ name: String) throws(OutputRefusal) -> (Target, FileStatus?) {
    let path = try attempt(Self.path(of: name), orThrow: OutputRefusal.system)
    let last = FileSystem.name(of: path)
    if let git = GitFolder.holding(path) { throw .inGit(name, folder: git) }
    if let state = StateFiles.state(ofPartNamed: last) { throw .partOfState(name, state: state) }
    let status = try attempt(FileSystem.status(ofItself: path), orThrow: OutputRefusal.system)
    guard let status else { return (.file(path: path), nil) }
    switch status.kind {
    case .link: throw .link(name)
    case .folder: throw .system(.isFolder(name))
    case .socket, .disk: throw .kind(name, status.kind)
    case .fifo, .device: return (.stream(path: path), status)
    case .regular: break
    }
    if try attempt(StateFiles.isPart(contentOf: path), orThrow: OutputRefusal.system) {
      throw .partOfState(name, state: name)
    }
    if status.isExecutable,
      try attempt(FileSystem.keepsModes(inFolderOf: path), orThrow: OutputRefusal.system)
    {
      throw .executable(name)
    }
    return (.file(path: path), status)
  }

  /// The path of a name, with the links of its folder resolved.
  private static func path(of name: String) throws(SystemError) -> String {
    let last = FileSystem.name(of: name)
    if last.isEmpty || last == "." || last == ".." { throw .isFolder(name) }
    let folder = try FileSystem.realPath(FileSystem.folder(of: name))
    return (folder == "/" ? "" : folder) + "/" + last
  }

  /// Whether it is a file, which exists afterwards under its name.
  package var isFile: Bool {
    if case .file = target { return true }
    return false
  }

  /// The descriptor of a name.
  private static func descriptor(_ name: String) -> Int32? {
    switch name {
    case "-", "/dev/stdout": return 1
    case "/dev/stderr": return 2
    default: break
    }
    for folder in ["/dev/fd/", "/proc/self/fd/"] where name.hasPrefix(folder) {
      let digits = name.dropFirst(folder.count)
      // Only in the kernel's own spelling.
      if let number = Int32(digits), number >= 0, "\(number)" == digits { return number }
    }
    return nil
  }

  /// Whether both are the same file, or will be.
  func isSame(as other: OutputPlace) -> Bool {
    switch (target, other.target) {
    case (.file(let path), .file(let otherPath)) where path.utf8.elementsEqual(otherPath.utf8):
      return true
    case (.descriptor(let number), .descriptor(let otherNumber)) where number == otherNumber:
      return true
    default: break
    }
    guard let existing, let known = other.existing, existing.identity == known.identity else {
      return false
    }
    // A terminal or /dev/null accepts several outputs.
    return existing.kind != .device
  }
}
