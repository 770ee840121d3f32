internal import YAML

/// The problems of a manifest and their messages.
///
/// A summary is fixed text; a detail says what is wrong where, why, and what to do.
extension Problem {
  // MARK: - The text

  static func yaml(_ kind: YAMLError.Kind) -> Problem {
    switch kind {
    case .syntax(let words):
      Problem(
        .invalidYAML,
        detail: "The YAML parser reports: \(words). imprune did not read the rest of the file. "
          + "Fix this line and run again. Quote a value that begins with one of @ ` % * & !.")
    case .encoding(let words):
      Problem(
        .invalidText,
        detail: "The file is not valid UTF-8 text here: \(words). Save it as UTF-8.")
    case .lineBreak(let value):
      Problem(
        .invalidLineBreak,
        detail:
          "The character \(Unicode.Scalar(value)?.code ?? "") ends a line in YAML, but not in "
          + "editors and reviews. End lines with LF or CRLF.")
    case .tooDeep(let levels):
      Problem(
        .nestedTooDeep,
        detail: "Lists and mappings are nested more than \(levels) levels deep; a manifest needs "
          + "four. Check the indentation.")
    case .valueTooLong(let bytes):
      Problem(
        .valueTooLong,
        detail: "A value or comment here is longer than \(bytes >> 20) MiB. Check for a missing "
          + "closing quote.")
    case .tooLong(let bytes):
      Problem(
        .fileTooLarge,
        detail: "A manifest can have at most \(bytes >> 30) GiB. Move the ids into lists and "
          + "name them with `ids_from`.")
    case .unreadable(let words):
      Problem(
        .readError,
        detail: "imprune could not read the file to its end: "
          + "\(words). Check the disk, then run the command again.")
    case .outOfMemory:
      Problem(
        .outOfMemory,
        detail: "The YAML parser ran out of memory. Move the ids "
          + "into lists and name them with `ids_from`.")
    }
  }

  static let emptyManifest = Problem(
    .emptyManifest,
    detail: "The file contains no YAML document. `imprune init` writes a new manifest; to list "
      + "no users, write `users: []` in it.")

  static let secondDocument = Problem(
    .severalDocuments,
    detail: "The file must be one YAML document; remove the `---` and what follows.")

  static func encoding(_ encoding: TextEncoding) -> Problem {
    Problem(
      .invalidText,
      detail:
        "The file is \(encoding.rawValue), as some editors and spreadsheets save it, but imprune "
        + "reads UTF-8. Save the file as UTF-8.")
  }

  static let unresolvedMerge = Problem(
    .unresolvedMerge,
    detail: "The line begins with seven or more of `<`, `|`, `=` or `>`, as git marks a "
      + "conflict. Resolve the merge: keep the right lines and remove the markers.")

  static let alias = Problem(
    .aliasNotSupported,
    detail: "imprune refuses aliases, so that reviewers see what imprune reads. Write out the "
      + "value, or quote it if it really begins with `*`.")

  static let tag = Problem(
    .tagNotSupported,
    detail: "Remove the `!...`, or quote the value if it really begins with `!`.")

  // MARK: - Keys and types

  /// A file may have one in every entry, so the known keys are compared only for those that are kept.
  static func unknownKey(
    _ key: String, in place: String, known: @autoclosure @escaping @Sendable () -> [String],
    isAsWritten: Bool
  ) -> Problem {
    Problem(
      .unknownKey,
      detail: "`\(visible(key))` is not a key of \(place). \(hint(for: key, known: known()))",
      fix: isAsWritten ? .misspelled(key, known: known()) : nil)
  }

  private static func hint(for key: String, known: [String]) -> String {
    let near = known.min { editDistance($0, key) < editDistance($1, key) }
    if let near, editDistance(near, key) <= max(2, near.count / 3) {
      return "Did you mean `\(near)`?"
    }
    return "Known keys are \(list(known))."
  }

  static func duplicateKey(_ key: String) -> Problem {
    Problem(
      .duplicateKey,
      detail: "`\(visible(key))` is already set in this mapping; keep one of the two.")
  }

  static let keyNotScalar = Problem(
    .invalidKey, detail: "A key must be a plain word, not a list or a mapping.")

  static func missingKey(_ key: String, in place: String, hint: String = "") -> Problem {
    Problem(
      .missingKey,
      detail: "\(place) needs `\(key)`." + (hint.isEmpty ? "" : " " + hint))
  }

  static func wrongType(_ what: String, wanted: String) -> Problem {
    Problem(.wrongType, detail: "\(what) must be \(wanted).")
  }

  static func wrongValue(
    _ what: String, _ value: String, wanted: String, fix: Fix? = nil
  ) -> Problem {
    Problem(
      .invalidValue, detail: "\(what) is `\(visible(value))`; it must be \(wanted).", fix: fix)
  }

  static func notOneOf(
    _ what: String, _ value: String, known: [String], fix: Fix?
  ) -> Problem {
    let near = known.min { editDistance($0, value) < editDistance($1, value) }
    let hint =
      if let near, editDistance(near, value) <= 2 { " Did you mean `\(near)`?" } else { "" }
    return Problem(
      .invalidValue,
      detail: "\(what) is `\(visible(value))`; it must be one of \(list(known)).\(hint)",
      fix: fix)
  }

  static func unsupportedVersion(_ value: String) -> Problem {
    Problem(
      .unsupportedVersion,
      detail: "The file has version `\(visible(value))`, but this imprune reads version 1. A newer "
        + "version needs a newer imprune.")
  }

  // MARK: - The app

  static let regionAndEndpoint = Problem(
    .twoLocations,
    detail: "Give `region` or `endpoint`, not both.")

  static func invalidEndpoint(_ value: String) -> Problem {
    Problem(
      .invalidEndpoint,
      detail: "`\(visible(value))` must be `https://host[:port]` without path, query or user; "
        + "plain `http://` is for loopback addresses only.")
  }

  // MARK: - Entries

  /// `users` without a value, which is not the same as an empty list.
  static let usersMissing = Problem(
    .wrongType,
    detail: "`users` must be a list, but it has no value here. To list no users, write `users: "
      + "[]`.")

  static let entryWithoutIDs = Problem(
    .entryWithoutUser,
    detail: "An entry needs one of `id`, `ids` or `ids_from`.")

  static let entryWithTwoIDs = Problem(
    .entryWithTwoSources,
    detail: "Give one of `id`, `ids` or `ids_from`; split the entry to use more.")

  static let entryWithoutGoal = Problem(
    .entryWithoutOperation,
    detail: "An entry needs `tags: []` (clear all tags) or `account: absent` (remove the account).")

  static let entryWithTwoGoals = Problem(
    .contradictoryEntry,
    detail: "The entry has `tags: []` and `account: absent`. Removing an account also removes "
      + "its tags, so write only `account: absent`.")

  static let tagsNotEmpty = Problem(
    .invalidValue,
    detail: "`tags` must be `[]`: imprune clears all tags of a user and sets no tags.")

  static let tooManyUsers = Problem(
    .tooManyUsers,
    detail: "A manifest can list at most \(Self.userLimit) users. Split the manifest.")

  static let userLimit = 50_000_000

  static func duplicateEntry(_ id: UserID, first: String, sameReason: Bool) -> Problem {
    Problem(
      sameReason ? .duplicateEntry : .twoReasons,
      detail: "`\(visible(id.description))` is already listed at \(first)"
        + (sameReason ? "; " : " with another reason; ") + "remove one of the two entries.")
  }

  static func caseTwins(_ id: UserID, _ twin: UserID, first: String) -> Problem {
    Problem(
      .caseTwins,
      detail: "`\(visible(id.description))` and `\(visible(twin.description))` (\(first)) are "
        + "two different users for the service. If one is a typo, remove its entry.")
  }

  static func contradiction(_ id: UserID, first: String) -> Problem {
    Problem(
      .contradictoryEntries,
      detail: "This entry and the entry at \(first) list different operations for "
        + "`\(visible(id.description))`: one clears the tags, the other removes the account. "
        + "Keep one of the two.")
  }

  static func twoRevisions(_ id: UserID, first: String) -> Problem {
    Problem(
      .contradictoryEntries,
      detail: "`\(visible(id.description))` has another revision at \(first). Keep one of the "
        + "two entries.")
  }

  // MARK: - Words

  private static func list(_ words: [String]) -> String {
    words.map { "`\($0)`" }.joined(separator: ", ")
  }

  /// Untrusted text with every invisible character spelled out, cut to a length that fits a line.
  static func visible(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars.prefix(80) {
      if scalar.isHidden {
        shown += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return text.unicodeScalars.count > 80 ? shown + "..." : shown
  }
}

/// How many letters must be inserted, deleted or changed to turn one word into the other.
func editDistance(_ left: String, _ right: String) -> Int {
  let (left, right) = (Array(left.utf8.prefix(64)), Array(right.utf8.prefix(64)))
  var row = Array(0...right.count)
  for (i, a) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, b) in right.enumerated() {
      let changed = diagonal + (a == b ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(changed, row[j] + 1, diagonal + 1)
    }
  }
  return row[right.count]
}
