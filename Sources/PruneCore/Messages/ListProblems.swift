/// The problems of a list of ids or a column of a CSV file.
extension Problem {
  static func list(_ path: String, _ refusal: ListRefusal) -> Problem {
    let name = visible(path)
    return switch refusal {
    case .missing:
      Problem(
        .listNotFound,
        detail: "There is no file `\(name)` in the manifest's folder. Check the path, which is "
          + "relative to the manifest.")
    case .outside:
      Problem(
        .listOutsideFolder,
        detail: "`\(name)` is outside the manifest's folder, or links to a file outside it. "
          + "imprune reads lists only from that folder, so that a review sees them all. Move the "
          + "list there.")
    case .notRegular(let kind):
      Problem(
        .listNotAFile,
        detail: "`\(name)` is \(kind), but a list must be a "
          + "regular file. Name a regular file.")
    case .tooLarge(let bytes):
      Problem(
        .listTooLarge,
        detail: "`\(name)` is larger than \(bytes >> 20) MiB. Split it into several lists.")
    case .unreadable(let words):
      Problem(
        .listNotReadable,
        detail: "imprune cannot read `\(name)`: \(words). "
          + "Check the path and the permissions.")
    }
  }

  static func emptyList(_ path: String) -> Problem {
    Problem(
      .emptyList,
      detail: "`\(visible(path))` contains no id. imprune treats an empty list as an error: "
        + "remove the entry, or add ids to the list.")
  }

  static func listsTooLarge(_ bytes: Int) -> Problem {
    Problem(
      .listsTooLarge,
      detail:
        "All lists of a manifest together can have \(bytes >> 30) GiB, and this one exceeds "
        + "that. Split the manifest.")
  }

  static let pathHidden = Problem(
    .invalidPath, detail: "A path must not contain hidden characters. Remove them.")

  static let tooManyFiles = Problem(
    .tooManyLists,
    detail: "A manifest can name at most 10,000 lists. Combine lists, "
      + "or split the manifest.")

  // MARK: - Ids of a list

  /// A line or a field that contains more than an id.
  static func listed(_ mistake: IDMistake, _ origin: ListedIDs.Origin) -> Problem {
    let elsewhere =
      "If the character is part of the id, move the id to the manifest and quote "
      + "it."
    switch (mistake, origin) {
    case (.comment, .lines):
      return Problem(
        .commentNextToID,
        detail: "In a list, a comment must be on its own line, which begins with `#`. "
          + "\(elsewhere)")
    case (.blank, .lines):
      return Problem(
        .notABareID,
        detail:
          "The line contains a space, so it looks like several ids, or like an id with other "
          + "text. A list has one id per line. \(elsewhere)")
    case (_, .lines):
      return Problem(
        .notABareID,
        detail:
          "The line contains \(words(mistake)). A list has one id per line, without quotes. To read "
          + "one column of a CSV file, write `ids_from: {path: FILE, column: NAME}`. "
          + "\(elsewhere)")
    case (_, .column):
      return Problem(
        .notABareID,
        detail: "The field contains \(words(mistake)); it must contain one id and nothing else. "
          + "\(elsewhere)"
      )
    }
  }

  private static func words(_ mistake: IDMistake) -> String {
    switch mistake {
    case .blank: "a space"
    case .separator(let sign): "`\(sign)`"
    case .tab: "a tab"
    case .quotation(let mark): "the quotation mark \(mark) (\(mark.code))"
    case .comment: "`#` next to a space"
    }
  }

  static func numberLike(_ value: String) -> Problem {
    Problem(
      .numberLike,
      detail:
        "`\(visible(value))` looks like an id that a spreadsheet or script converted to a "
        + "number, which can lose digits. Export the ids as text. imprune uses this id "
        + "unchanged, byte for byte.")
  }

  static func placeholder(_ value: String) -> Problem {
    Problem(
      .placeholder,
      detail:
        "`\(visible(value))` is what databases and scripts write for a missing value, but "
        + "imprune treats it as a user id. If it is not an id, remove the line.")
  }

  static func headerLike(_ value: String, _ origin: ListedIDs.Origin) -> Problem {
    let name = visible(value)
    let advice =
      switch origin {
      case .lines: "If it is a column name, remove the line."
      case .column: "If it is a column name, use it instead of the number: `column: \(name)`."
      }
    return Problem(
      .headerLike,
      detail:
        "`\(name)` is on the first line and looks like a column name, but imprune treats it as a "
        + "user id. \(advice)")
  }

  // MARK: - CSV

  static func noColumn(_ column: CSVColumn, columns names: [String], count: Int) -> Problem {
    let found =
      names.prefix(10).map { "`\(visible($0))`" }.joined(separator: ", ")
      + (count > 10 ? " and \(count - 10) more" : "")
    let hint =
      count == 1 && (names.first ?? "").contains(where: { ";\t|".contains($0) })
      ? " Fields must be separated by commas." : ""
    switch column {
    case .name(let name):
      return Problem(
        .missingColumn,
        detail: "The first line has no column `\(visible(name))`; it has \(found).\(hint) "
          + "Correct `column`.")
    case .number(let number):
      return Problem(
        .missingColumn,
        detail:
          "There is no column \(number); the first line has \(counted(count, "field")).\(hint) "
          + "Correct `column`.")
    }
  }

  static func twoColumns(_ name: String) -> Problem {
    Problem(
      .duplicateColumn,
      detail: "The first line has the column `\(visible(name))` more than once. Rename one of "
        + "them, or give `column` as a number.")
  }

  static func raggedRow(_ fields: Int, wanted: Int) -> Problem {
    Problem(
      .wrongFieldCount,
      detail: "The row has \(counted(fields, "field")), but the first line has \(wanted). Quote "
        + "a field that contains a comma.")
  }

  static let openQuote = Problem(
    .openQuote,
    detail: "The quote that opens here is not closed before the end of the file. Close it. "
      + "Inside a quoted field, double each quote.")

  static let textAfterQuote = Problem(
    .textAfterQuote,
    detail:
      "The closing quote of a field must be followed by a comma or the end of the line. Inside a "
      + "quoted field, double each quote.")

  static let strayQuote = Problem(
    .quoteInField,
    detail: "Quote the whole field, and double the quote inside it.")

  static let carriageReturn = Problem(
    .invalidLineBreak,
    detail: "There is a CR without an LF here. End lines with LF or CRLF.")

  static func rowTooLong(_ bytes: Int) -> Problem {
    Problem(
      .rowTooLong,
      detail: "The line is longer than \(bytes >> 20) MiB. Check for a "
        + "missing closing quote.")
  }

  static func bidiControl(_ scalar: Unicode.Scalar) -> Problem {
    Problem(
      .hiddenCharacter,
      detail:
        "The row contains the invisible character \(scalar.code), which changes the reading "
        + "direction: a reviewer may see another id than imprune reads. Remove the "
        + "character.")
  }

  static let columnInvalid = Problem(
    .invalidColumn,
    detail:
      "`column` must be the name of a column in the first line, or its number, counted from 1. "
      + "Quote a name that YAML does not read as a string.")
}
