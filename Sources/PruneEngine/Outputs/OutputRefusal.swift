/// Why something is not written where a flag says.
package enum OutputRefusal: Error, Equatable, Sendable {
  case system(SystemError)
  /// A descriptor that is not open, or only for reading.
  case notOpen(String)
  case link(String)
  case kind(String, FileKind)
  case executable(String)
  case inGit(String, folder: String)
  case partOfState(String, state: String)
  /// It is one of the files that are read.
  case input(String)
  /// It may be a list of a manifest that has errors.
  case maybeInput(String)
  case twice(String, String)

  /// What does not happen.
  package var summary: String {
    switch self {
    case .system(let error): "\(error.path) cannot be written"
    case .input(let name), .maybeInput(let name), .executable(let name), .partOfState(let name, _):
      "\(name) is not overwritten"
    case .notOpen(let name), .link(let name), .kind(let name, _), .inGit(let name, _),
      .twice(let name, _):
      "\(name) is not written to"
    }
  }

  /// Why, and what to do.
  package var explanation: String {
    switch self {
    case .system(let error): "\(error)."
    case .notOpen: "No such descriptor is open for writing."
    case .link:
      "It is a link, and an output is never written through one: it might lead anywhere. Name the "
        + "file that is meant."
    case .kind(_, let kind): "It is \(kind.words). Name a file."
    case .executable:
      "It may be executed, and would be run in place of what it was. Name another file, or remove it "
        + "first."
    case .inGit(_, let folder):
      "It lies in \(folder), which is git's: what is written there may be taken for git's own, or run. "
        + "Name a file elsewhere."
    case .partOfState(_, let state):
      "It is a part of the state \(state), or would be taken for one: a state, its journal, lock, "
        + "draft, backups and tags are written by imprune alone. Name another file."
    case .input: "It is read for this; name another file."
    case .maybeInput:
      "The manifest has errors, and this file, which it names, may be one of its lists. Name a new "
        + "file."
    case .twice(_, let other): "\(other) is the same file; each output needs one of its own."
    }
  }

  /// Whether the file system, rather than a rule of ours, is in the way.
  package var isSystem: Bool {
    if case .system = self { return true }
    return false
  }
}
