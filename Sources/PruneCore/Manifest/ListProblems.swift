/// What can be wrong with a list of ids or a column of a CSV file.
extension Problem {
  static func list(_ path: String, _ refusal: ListRefusal) -> Problem {
    let name = visible(path)
    return switch refusal {
    case .missing:
      Problem(
        summary: "List not found",
        detail: "There is no file `\(name)` beside the manifest.")
    case .outside:
      Problem(
        summary: "List outside the manifest's folder",
        detail: "`\(name)` lies, or leads through a link, outside the folder of the manifest. "
          + "Lists are read only from there, so that a review sees them all.")
    case .notRegular(let kind):
      Problem(
        summary: "List is not a file", detail: "`\(name)` is \(kind); a list is a regular file.")
    case .tooLarge(let bytes):
      Problem(
        summary: "List too large",
        detail: "`\(name)` is larger than \(bytes >> 20) MiB; split it into several lists.")
    case .unreadable(let words):
      Problem(summary: "List not readable", detail: "`\(name)` could not be read: \(words).")
    }
  }

  static func emptyList(_ path: String) -> Problem {
    Problem(
      summary: "Empty list",
      detail: "`\(visible(path))` names no user. An empty list is never taken as a wish; "
        + "remove the entry, or fill the list.")
  }

  static func listsTooLarge(_ bytes: Int) -> Problem {
    Problem(
      summary: "Lists too large",
      detail:
        "The lists of a manifest may have \(bytes >> 30) GiB in all, and this one goes beyond "
        + "that. Split the manifest.")
  }

  static let pathHidden = Problem(
    summary: "Invalid path", detail: "A path must not hold hidden characters.")

  static let tooManyFiles = Problem(
    summary: "Too many lists", detail: "A manifest may name at most 10,000 lists.")

  // MARK: - Ids of a list

  /// A line or a field that is no bare id.
  static func listed(_ slip: IDSlip, _ origin: ListedIDs.Origin) -> Problem {
    let elsewhere = "An id that really holds it goes into the manifest, quoted."
    switch (slip, origin) {
    case (.comment, .lines):
      return Problem(
        summary: "Comment beside an id",
        detail: "A comment in a list has a line of its own, which begins with `#`. \(elsewhere)")
    case (.blank, .lines):
      return Problem(
        summary: "Not a bare id",
        detail:
          "The line holds a blank, so it looks like several ids, or like an id with text around "
          + "it. A list has one bare id per line. \(elsewhere)")
    case (_, .lines):
      return Problem(
        summary: "Not a bare id",
        detail:
          "The line holds \(words(slip)), so it looks like CSV or a quoted word; a list has one "
          + "bare id per line. To read one column of a CSV file, write `ids_from: {path: FILE, column: "
          + "NAME}`. \(elsewhere)")
    case (_, .column):
      return Problem(
        summary: "Not a bare id",
        detail: "The field holds \(words(slip)); it must hold one id and nothing else. \(elsewhere)"
      )
    }
  }

  private static func words(_ slip: IDSlip) -> String {
    switch slip {
    case .blank: "a blank"
    case .separator(let sign): "`\(sign)`"
    case .tab: "a tab"
    case .quotation(let mark): "the quotation mark \(mark) (\(mark.code))"
    case .comment: "`#` beside a blank"
    }
  }

  static func numberLike(_ value: String) -> Problem {
    Problem(
      summary: "Id like a spoilt number",
      detail:
        "`\(visible(value))` is what spreadsheets and scripts make of an id that they take for a "
        + "number; its digits may be lost. Export the ids as text. It is used byte for byte as it "
        + "stands.", code: "number-like")
  }

  static func placeholder(_ value: String) -> Problem {
    Problem(
      summary: "Id like a placeholder",
      detail:
        "`\(visible(value))` is what databases and scripts write where there is no value. If it is not "
        + "an id, remove the line. imprune uses it as the id of a user.", code: "placeholder")
  }

  static func headerLike(_ value: String, _ origin: ListedIDs.Origin) -> Problem {
    let name = visible(value)
    let advice =
      switch origin {
      case .lines: "If it is one, remove the line."
      case .column: "If it is one, give it in place of the number: `column: \(name)`."
      }
    return Problem(
      summary: "Id like a header",
      detail:
        "`\(name)` comes first and reads like the name of a column. \(advice) It is taken as the "
        + "id of a user.", code: "header-like")
  }

  // MARK: - CSV

  static func noColumn(_ column: CSVColumn, columns names: [String], count: Int) -> Problem {
    var found = names.prefix(10).map { "`\(visible($0))`" }.joined(separator: ", ")
    if count > 10 { found += " and \(count - 10) more" }
    let hint =
      count == 1 && (names.first ?? "").contains(where: { ";\t|".contains($0) })
      ? " Fields must be separated by commas." : ""
    switch column {
    case .name(let name):
      return Problem(
        summary: "Missing column",
        detail: "The first line names no column `\(visible(name))`; it has \(found).\(hint)")
    case .number(let number):
      return Problem(
        summary: "Missing column",
        detail:
          "There is no column \(number); the first line has \(counted(count, "field")).\(hint)")
    }
  }

  static func twoColumns(_ name: String) -> Problem {
    Problem(
      summary: "Duplicate column",
      detail: "The first line names `\(visible(name))` more than once; rename one of the columns.")
  }

  static func raggedRow(_ fields: Int, wanted: Int) -> Problem {
    Problem(
      summary: "Ragged row",
      detail: "The row has \(counted(fields, "field")), and the first line has \(wanted). A field "
        + "that holds a comma must be quoted.")
  }

  static let openQuote = Problem(
    summary: "Open quote",
    detail: "The quote that opens here is not closed before the file ends. A quote inside a quoted "
      + "field is doubled.")

  static let textAfterQuote = Problem(
    summary: "Text after a closing quote",
    detail:
      "After the closing quote of a field comes a comma or the end of the line. A quote inside a "
      + "quoted field is doubled.")

  static let strayQuote = Problem(
    summary: "Quote inside a field",
    detail: "A field that holds a quote must be quoted as a whole, and the quote doubled.")

  static let carriageReturn = Problem(
    summary: "Invalid line break",
    detail: "A CR stands here without an LF. End lines with LF or CRLF.")

  static func rowTooLong(_ bytes: Int) -> Problem {
    Problem(
      summary: "Row too long", detail: "The line is longer than \(bytes >> 20) MiB.")
  }

  static func bidiControl(_ scalar: Unicode.Scalar) -> Problem {
    Problem(
      summary: "Hidden character",
      detail:
        "The row holds the character \(scalar.code), which changes the direction of reading: a "
        + "reviewer may see another id than the one that stands here.")
  }

  static let columnInvalid = Problem(
    summary: "Invalid column",
    detail:
      "`column` is the name that the first line gives the column, or its number, counted from "
      + "1. A name that YAML takes for something else than a string must be quoted.")
}
