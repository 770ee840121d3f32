internal import YAML

/// What can be wrong with a manifest: the words, one problem each.
///
/// A summary is fixed words; a detail says what is wrong with which thing and what to do.
extension Problem {
  // MARK: - The text

  static func yaml(_ kind: YAMLError.Kind) -> Problem {
    switch kind {
    case .syntax(let words):
      Problem(
        summary: "Invalid YAML",
        detail: "The YAML parser says: \(words). "
          + "Nothing after this place was read; mend it and run again. "
          + "A value that begins with one of @ ` % * & ! must be quoted.")
    case .encoding(let words):
      Problem(
        summary: "Invalid text",
        detail: "The file is not valid UTF-8 text here: \(words). Save it as UTF-8.")
    case .lineBreak(let value):
      Problem(
        summary: "Invalid line break",
        detail:
          "The character \(Unicode.Scalar(value)?.code ?? "") ends a line to YAML, but not in "
          + "editors and reviews. End lines with LF or CRLF.")
    case .tooDeep(let levels):
      Problem(
        summary: "Nested too deep",
        detail: "Lists and mappings lie more than \(levels) levels deep; a manifest needs four.")
    case .valueTooLong(let bytes):
      Problem(
        summary: "Value too long",
        detail: "One value or comment here is longer than \(bytes >> 20) MiB.")
    case .tooLong(let bytes):
      Problem(
        summary: "File too large",
        detail: "A manifest may have at most \(bytes >> 30) GiB. "
          + "Move the ids into lists and name them with `ids_from`.")
    case .unreadable(let words):
      Problem(summary: "Read error", detail: "The file could not be read to its end: \(words).")
    case .outOfMemory:
      Problem(summary: "Out of memory", detail: "The YAML parser could not get memory.")
    }
  }

  static let emptyManifest = Problem(
    summary: "Empty manifest",
    detail: "The file holds no document. An empty manifest is never taken as \"nothing wanted\". "
      + "`imprune init` writes one to start from.")

  static let secondDocument = Problem(
    summary: "More than one document",
    detail: "A manifest is one YAML document; remove the `---` and what follows.")

  static func encoding(_ encoding: TextEncoding) -> Problem {
    Problem(
      summary: "Invalid text",
      detail:
        "The file is \(encoding.rawValue), as some editors and spreadsheets save it; imprune reads "
        + "UTF-8. Save it as UTF-8.")
  }

  static let unresolvedMerge = Problem(
    summary: "Unresolved merge",
    detail: "The line begins with seven or more of `<`, `|`, `=` or `>`, as git marks a conflict. "
      + "Resolve the merge: keep what is right of both sides and remove the marks.")

  static let alias = Problem(
    summary: "Alias not supported",
    detail: "Write the value out, or quote it if it is meant to begin with `*`. "
      + "Aliases are refused so that what is reviewed is what is read.")

  static let tag = Problem(
    summary: "Tag not supported",
    detail: "Remove the `!...`, or quote the value if it is meant to begin with `!`.")

  // MARK: - Keys and types

  static func unknownKey(_ key: String, in place: String, known: [String]) -> Problem {
    let near = known.min { editDistance($0, key) < editDistance($1, key) }
    let hint =
      if let near, editDistance(near, key) <= max(2, near.count / 3) {
        "Did you mean `\(near)`?"
      } else {
        "Known keys are \(list(known))."
      }
    return Problem(
      summary: "Unknown key", detail: "`\(visible(key))` is not a key of \(place). \(hint)")
  }

  static func duplicateKey(_ key: String) -> Problem {
    Problem(
      summary: "Duplicate key",
      detail: "`\(visible(key))` is already set in this mapping; keep one of the two.")
  }

  static let keyNotScalar = Problem(
    summary: "Invalid key", detail: "A key must be a plain word, not a list or a mapping.")

  static func missingKey(_ key: String, in place: String, hint: String = "") -> Problem {
    Problem(
      summary: "Missing key",
      detail: "\(place) needs `\(key)`." + (hint.isEmpty ? "" : " " + hint))
  }

  static func wrongType(_ what: String, wanted: String) -> Problem {
    Problem(summary: "Wrong type", detail: "\(what) must be \(wanted).")
  }

  static func wrongValue(_ what: String, _ value: String, wanted: String) -> Problem {
    Problem(
      summary: "Invalid value", detail: "\(what) is `\(visible(value))`; it must be \(wanted).")
  }

  static func notOneOf(_ what: String, _ value: String, known: [String]) -> Problem {
    let near = known.min { editDistance($0, value) < editDistance($1, value) }
    let hint =
      if let near, editDistance(near, value) <= 2 { " Did you mean `\(near)`?" } else { "" }
    return Problem(
      summary: "Invalid value",
      detail: "\(what) is `\(visible(value))`; it must be one of \(list(known)).\(hint)")
  }

  static func unsupportedVersion(_ value: String) -> Problem {
    Problem(
      summary: "Unsupported version",
      detail: "This manifest says version `\(visible(value))`; this imprune reads version 1. "
        + "A newer manifest needs a newer imprune.")
  }

  // MARK: - The app

  static let regionAndEndpoint = Problem(
    summary: "Two locations",
    detail: "Give `region` or `endpoint`, not both: the app lives in one place.")

  static func invalidEndpoint(_ value: String) -> Problem {
    Problem(
      summary: "Invalid endpoint",
      detail: "`\(visible(value))` must be `https://host[:port]` without path, query or user; "
        + "plain `http://` is for loopback addresses only.")
  }

  // MARK: - Entries

  /// `users` without a value, which is not the same as an empty list.
  static let usersMissing = Problem(
    summary: "Wrong type",
    detail: "`users` must be a list, and has no value here. To ask for no one, write `users: []`.")

  static let entryWithoutIDs = Problem(
    summary: "Entry without a user",
    detail: "An entry needs one of `id`, `ids` or `ids_from`.")

  static let entryWithTwoIDs = Problem(
    summary: "Entry with two sources of ids",
    detail: "Give one of `id`, `ids` or `ids_from`; split the entry to use more.")

  static let entryWithoutWish = Problem(
    summary: "Entry without a wish",
    detail: "An entry needs `tags: []` (clear all tags) or `account: absent` (remove the account).")

  static let entryWithTwoWishes = Problem(
    summary: "Contradictory entry",
    detail: "`tags: []` and `account: absent` in one entry: an account that is removed keeps no "
      + "tags, so say only `account: absent`.")

  static let tagsNotEmpty = Problem(
    summary: "Invalid value",
    detail: "`tags` must be `[]`: imprune clears all tags of a user and sets none.")

  static let tooManyUsers = Problem(
    summary: "Too many users",
    detail: "A manifest may ask for at most \(Self.userLimit) users; split it.")

  static let userLimit = 50_000_000

  static func duplicateEntry(_ id: UserID, first: String, sameReason: Bool) -> Problem {
    Problem(
      summary: sameReason ? "Duplicate entry" : "Two reasons for one user",
      detail: "`\(visible(id.description))` already stands at \(first)"
        + (sameReason ? "; one of the two can go." : " with another reason; keep one of the two."),
      code: sameReason ? "duplicate-entry" : "two-reasons")
  }

  static func caseTwins(_ id: UserID, _ twin: UserID, first: String) -> Problem {
    Problem(
      summary: "Ids that differ only by case",
      detail: "`\(visible(id.description))` and `\(visible(twin.description))` (\(first)) are two "
        + "users to the service. If one is a slip, remove its entry.",
      code: "case-twins")
  }

  static func contradiction(_ id: UserID, first: String) -> Problem {
    Problem(
      summary: "Contradictory entries",
      detail: "`\(visible(id.description))` is to have no tags in one place and no account in the "
        + "other (\(first)); keep one of the two.")
  }

  static func twoRevisions(_ id: UserID, first: String) -> Problem {
    Problem(
      summary: "Contradictory entries",
      detail: "`\(visible(id.description))` has another revision at \(first); keep one of the two.")
  }

  // MARK: - Words

  private static func list(_ words: [String]) -> String {
    words.map { "`\($0)`" }.joined(separator: ", ")
  }

  /// Untrusted text with every hidden character spelt out, cut to a length that fits a line.
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

/// How many letters must be put in, taken out or changed to turn one word into the other.
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
