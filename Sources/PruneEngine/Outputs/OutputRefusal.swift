/// Why imprune does not write an output to the path of a flag.
package enum OutputRefusal: Error, Equatable, Sendable {
  case system(SystemError)
  /// A descriptor that is not open, or only for reading.
  case notOpen(String)
  case link(String)
  case kind(String, FileKind)
  case executable(String)
  case inGit(String, folder: String)
  case partOfState(String, state: String)
  /// The command reads this file.
  case input(String)
  /// It may be a file that the command would have read, had it not failed before.
  case maybeInput(String)
  case twice(String, String)

  /// What imprune does not do.
  package var summary: String {
    switch self {
    case .system(let error): "imprune cannot write \(error.path)"
    case .input(let name), .maybeInput(let name), .executable(let name), .partOfState(let name, _):
      "imprune does not overwrite \(name)"
    case .notOpen(let name), .link(let name), .kind(let name, _), .inGit(let name, _),
      .twice(let name, _):
      "imprune does not write to \(name)"
    }
  }

  /// Why, and what to do.
  package var explanation: String {
    switch self {
    case .system(let error): "\(error)."
    case .notOpen: "The descriptor is not open for writing. Open it, or name a file."
    case .link:
      "The path is a link, and imprune never writes an output through a link, since it may point "
        + "anywhere. Name the target file."
    case .kind(_, let kind): "The path is \(kind.words). Name a file."
    case .executable:
      "The file is executable, and imprune does not overwrite executables. Name another file, or "
        + "delete this one first."
    case .inGit(_, let folder):
      "The path is inside \(folder), which belongs to git; git could use or run the file. Choose "
        + "another path."
    case .partOfState(_, let state):
      "The path belongs to the state \(state), or looks like it: only imprune writes a state, "
        + "its journal, lock, temporary files, backups and tags. Name another file."
    case .input: "imprune reads this file in the same command. Name another output file."
    case .maybeInput:
      "imprune could not read everything, so this file may be one of the lists that it would read. "
        + "Name a new file."
    case .twice(_, let other): "\(other) is the same file. Give each output its own file."
    }
  }

  /// Whether the file system, rather than a rule of imprune, is the cause.
  package var isSystem: Bool {
    if case .system = self { return true }
    return false
  }
}
