internal import PruneCore

/// Why imprune could not read from git. It never treats unreadable content as empty.
package enum GitError: Error, Equatable, Sendable {
  case system(SystemError)
  /// Git exited with an error: the command, and git's message.
  case failed(command: String, words: String)
  /// The folder is not part of a work tree, or its apparent repository is among its files.
  case notOfARepository(String)
  /// The folder is part of a submodule, and imprune runs outside it.
  case inSubmodule(folder: String)

  // The value of `--base`.
  case notARef(String)
  case unknownRef(String)
  case ambiguousRef(String, [GitCandidate])
  case noAncestor(String)
  case noMergeBase(String, isShallow: Bool)
  case severalMergeBases(String, [String])

  // The content at the commit; each case has the name to show.
  case missing(String)
  case notAFile(String)
  case outside(String)
  case brokenLink(String)
  /// Its folder leads to another place than at the commit.
  case movedFolder(String)
  case beyondSubmodule(String)
  /// The content is not in this clone, or damaged; git's message, if any.
  case unreadable(String, String)
  case tooLarge(String, Int)
  /// The content in git differs from the real file; the reason.
  case filtered(String, String)
  /// The work tree gives the file a filter; the reason.
  case newlyFiltered(String, String)

  /// What is wrong and what to do.
  package var explanation: String {
    switch self {
    case .system(let error):
      "\(error). \(error.action == "run" ? "Install git. " : "")\(Self.otherWay)"
    case .failed(let command, let words):
      "`git \(command)` failed" + (words.isEmpty ? "." : ":\n\(Self.trimmed(words))")
    case .notOfARepository(let folder):
      "\(folder) is not in the work tree of a git repository. \(Self.otherWay)"
    case .inSubmodule(let folder):
      "\(folder) is in a submodule, which has its own branches. To compare with those, run "
        + "imprune inside the submodule. \(Self.otherWay)"
    case .notARef(let text):
      "`\(text)` does not name one commit. Give a branch, a tag, a commit id or HEAD, optionally "
        + "with ~N or ^N. Add `...` to compare with the merge base of the ref and HEAD."
    case .unknownRef(let name):
      "This clone has no branch, tag or commit `\(name)`. If the remote has it, run `git fetch` "
        + "first."
    case .ambiguousRef(let name, let candidates):
      "`\(name)` is ambiguous: "
        + candidates.map { "\($0.name) (\($0.commit))" }.joined(separator: ", ")
        + ". Give the full name of one of them."
    case .noAncestor(let text):
      "This clone has no commit `\(text)`. Check the number after ~ or ^. If the clone is shallow, run `git "
        + "fetch --unshallow` first."
    case .noMergeBase(let text, let isShallow):
      "HEAD and `\(text)` have no common ancestor"
        + (isShallow
          ? " in this clone, which is shallow. Run `git fetch --unshallow` first."
          : ". \(Self.otherWay)")
    case .severalMergeBases(let text, let commits):
      "HEAD and `\(text)` have several merge bases: "
        + commits.joined(separator: ", ") + ". Give one of them."
    case .missing(let name): "There is no file \(name). \(Self.otherWay)"
    case .notAFile(let name): "\(name) is not a file. \(Self.otherWay)"
    case .outside(let name):
      "\(name) is, or is behind, a link to a place outside the manifest's "
        + "folder. \(Self.otherWay)"
    case .brokenLink(let name):
      "\(name) is, or is behind, a link to a missing file. \(Self.otherWay)"
    case .movedFolder(let name):
      "The path to the folder of \(name) contains a link that pointed elsewhere at the base commit, "
        + "so imprune would compare with another manifest. Name the manifest by a path without that "
        + "link, or merge the link change first, in a pull request that changes no users. "
        + Self.otherWay
    case .beyondSubmodule(let name):
      "\(name) is in a submodule, so its content is not part of the commit. \(Self.otherWay)"
    case .unreadable(let name, let words):
      "imprune cannot read the content of \(name) from this clone, and it does not fetch"
        + (words.isEmpty ? "." : ":\n\(Self.trimmed(words))\n")
        + "If this is a partial clone, fetch the file first, for example with `git show "
        + "COMMIT:PATH`."
    case .tooLarge(let name, let bytes):
      "\(name) is larger than \(bytes >> 20) MiB. \(Self.otherWay)"
    case .filtered(let name, let why):
      "The content of \(name) in git may differ from the real file: \(why). \(Self.otherWay)"
    case .newlyFiltered(let name, let why):
      "The content of \(name) in git may differ from the file in the work tree: \(why). Remove the "
        + "attribute from .gitattributes; once it is merged, imprune cannot compare later changes to "
        + "the file. \(Self.otherWay)"
    }
  }

  /// Why a list cannot be read.
  var listRefusal: ListRefusal {
    switch self {
    case .missing: .missing
    case .outside: .outside
    case .notAFile: .notRegular("a folder")
    case .tooLarge(_, let bytes): .tooLarge(bytes)
    case .brokenLink: .unreadable("it is, or is behind, a link to a missing file")
    case .filtered(_, let why):
      .unreadable(
        "its content in git may differ from the real file: \(why). \(Self.otherWay.dropLast())")
    default:
      // The surrounding sentence adds the period.
      .unreadable(String(explanation.dropLast()))
    }
  }

  /// What to do if a base cannot be read from git.
  private static let otherWay = "Compare with a file instead: `--base-manifest FILE`."

  private static func trimmed(_ words: String) -> String {
    var words = words[...]
    while words.last?.isNewline == true { words.removeLast() }
    return String(words)
  }
}

/// A commit that an ambiguous name may mean.
package struct GitCandidate: Equatable, Sendable {
  /// The ref in full, or the id.
  package let name: String
  package let commit: String
}
