internal import PruneCore

/// Why nothing could be read from git. What cannot be read is never taken for empty.
package enum GitError: Error, Equatable, Sendable {
  case system(SystemError)
  /// Git ended with an error: the command, and git's own words.
  case failed(command: String, words: String)
  /// The folder is not part of a work tree, or what passes for its repository lies among its files.
  case notOfARepository(String)
  /// The folder is part of a submodule, and the tool runs outside of it.
  case inSubmodule(folder: String)

  // What `--base` names.
  case notARef(String)
  case unknownRef(String)
  case ambiguousRef(String, [GitCandidate])
  case noAncestor(String)
  case noMergeBase(String, isShallow: Bool)
  case severalMergeBases(String, [String])

  // What lies at the commit; each with the name that people are shown.
  case missing(String)
  case notAFile(String)
  case outside(String)
  case brokenLink(String)
  case beyondSubmodule(String)
  /// The content is not in this clone, or damaged; git's own words, if any.
  case unreadable(String, String)
  case tooLarge(String, Int)
  /// What git keeps is not what the file says; why.
  case filtered(String, String)

  /// What is wrong and what to do.
  package var explanation: String {
    switch self {
    case .system(let error): "git cannot be run: \(error)."
    case .failed(let command, let words):
      "`git \(command)` failed" + (words.isEmpty ? "." : ":\n\(Self.trimmed(words))")
    case .notOfARepository(let folder):
      "\(folder) is not in the work tree of a git repository."
    case .inSubmodule(let folder):
      "\(folder) is in a submodule, whose branches are those of another repository. If that is the "
        + "one to compare with, run imprune inside the submodule."
    case .notARef(let text):
      "`\(text)` does not name one commit. Give a branch, a tag, a commit's id or HEAD, with ~N or ^N "
        + "behind it if need be; with `...` at the end, the last commit in common with HEAD is meant."
    case .unknownRef(let name):
      "Git knows no branch, tag or commit `\(name)` in this clone. If the remote has it, fetch it "
        + "first."
    case .ambiguousRef(let name, let candidates):
      "`\(name)` stands for several commits: "
        + candidates.map { "\($0.name) (\($0.commit))" }.joined(separator: ", ")
        + ". Give one of them in full."
    case .noAncestor(let text):
      "There is no commit `\(text)` in this clone. Does the history go back so far?"
    case .noMergeBase(let text, let isShallow):
      "`\(text)`: HEAD has no commit in common with it"
        + (isShallow
          ? " in this clone, which is shallow. Fetch the rest first: `git fetch --unshallow`."
          : ".")
    case .severalMergeBases(let text, let commits):
      "`\(text)`: HEAD has several last commits in common with it: "
        + commits.joined(separator: ", ") + ". Give one of them."
    case .missing(let name): "There is no file \(name)."
    case .notAFile(let name): "\(name) is not a file."
    case .outside(let name): "\(name) leads through a link out of the folder of the manifest."
    case .brokenLink(let name): "\(name) is a link, or lies behind one, that leads to nothing."
    case .beyondSubmodule(let name):
      "\(name) lies in a submodule, whose files are not part of the commit."
    case .unreadable(let name, let words):
      "The content of \(name) cannot be read from this clone, and imprune uses no network"
        + (words.isEmpty ? "." : ":\n\(Self.trimmed(words))\n")
        + "If the clone is a partial one, fetch it first, for example by `git show` of the commit and "
        + "path."
    case .tooLarge(let name, let bytes): "\(name) is larger than \(bytes >> 20) MiB."
    case .filtered(let name, let why):
      "What git keeps of \(name) may not be what the file says: \(why). Compare with a file instead: "
        + "`--base-manifest`."
    }
  }

  /// Why a list is not read.
  var listRefusal: ListRefusal {
    switch self {
    case .missing: .missing
    case .outside: .outside
    case .notAFile: .notRegular("a folder")
    case .tooLarge(_, let bytes): .tooLarge(bytes)
    case .brokenLink: .unreadable("it is a link, or lies behind one, that leads to nothing")
    case .filtered(_, let why): .unreadable("what git keeps of it may not be what it says: \(why)")
    default:
      // The sentence goes on, and ends, around it.
      .unreadable(String(explanation.dropLast()))
    }
  }

  private static func trimmed(_ words: String) -> String {
    var words = words[...]
    while words.last?.isNewline == true { words.removeLast() }
    return String(words)
  }
}

/// What the name of a commit may stand for.
package struct GitCandidate: Equatable, Sendable {
  /// The ref in full, or the id.
  package let name: String
  package let commit: String
}
