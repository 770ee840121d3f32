/// What can be wrong with an id of a manifest or a list.
extension Problem {
  static func idNeedsQuotes(_ value: String) -> Problem {
    Problem(
      summary: "Ambiguous id",
      detail: "YAML readers take `\(visible(value))` for something else than a string; "
        + "quote it: \"\(visible(value))\".")
  }

  static let idMissing = Problem(
    summary: "Missing id",
    detail: "There is no value here. A `#` after a blank begins a comment; if the id begins with "
      + "`#`, quote it: \"#1234\".")

  static let idAnchored = Problem(
    summary: "Ambiguous id",
    detail: "An id that begins with `&` must be quoted; anchors are not supported on ids.")

  static func idOnSeveralLines(_ value: String, _ lines: ClosedRange<UInt32>) -> Problem {
    Problem(
      summary: "Id on several lines",
      detail: "YAML makes one value of lines \(lines.lowerBound) to \(lines.upperBound): "
        + "`\(visible(value))`. Is a comma or a dash missing? Each id stands on one line.")
  }

  /// What an id that is not quoted must not hold.
  static func idNotQuoted(_ value: String, _ slip: IDSlip) -> Problem {
    let shown = visible(value)
    let (what, question) =
      switch slip {
      case .blank: ("a blank", "Is a comma or a dash missing?")
      case .separator(let sign): ("`\(sign)`", "Are these several ids? Write `ids: [...]`.")
      case .tab: ("a tab", "Are these several ids?")
      case .quotation(let mark):
        (
          "the quotation mark \(visible(mark)) (\(mark.code))",
          "To quote in YAML, use \" or ' at both ends."
        )
      case .comment: ("`#` beside a blank", "A comment begins with a blank and `#`.")
      }
    return Problem(
      summary: "Ambiguous id",
      detail: "`\(shown)` holds \(what). \(question) If all of it is one id, quote it.")
  }

  static let idEmpty = Problem(summary: "Invalid id", detail: "The id is empty.")

  static func idTooLong(_ bytes: Int) -> Problem { idTooLong("\(bytes) bytes") }

  /// For a line that was not read to its end.
  static func idTooLong(moreThan bytes: Int) -> Problem { idTooLong("more than \(bytes)") }

  private static func idTooLong(_ size: String) -> Problem {
    Problem(
      summary: "Invalid id",
      detail: "The id is longer than 32 bytes (\(size) here); the service has no such ids.")
  }

  static let idNotUTF8 = Problem(summary: "Invalid id", detail: "The id is not valid UTF-8.")

  static let idBlank = Problem(
    summary: "Invalid id",
    detail: "The id begins or ends with a blank. Nothing is ever trimmed; remove the blank, if it "
      + "is not part of the id.")

  static func idHidden(_ scalar: Unicode.Scalar) -> Problem {
    Problem(
      summary: "Invalid id",
      detail: "The id holds the character \(scalar.code), which a reviewer cannot see.")
  }

  static func idOddBlank(_ scalar: Unicode.Scalar) -> Problem {
    Problem(
      summary: "Invalid id",
      detail: "The id holds the character \(scalar.code), a blank that a reviewer takes for an "
        + "ordinary one.")
  }

  static let idNotNFC = Problem(
    summary: "Unusual id",
    detail: "The id is not in Unicode normal form C: another id may look just like it. "
      + "It is used byte for byte as it stands.", code: "not-nfc")

  static let idUnusual = Problem(
    summary: "Unusual id",
    detail: "The id holds characters outside A-Z a-z 0-9 _ . @ + = : -, which the service advises "
      + "against. It is used byte for byte as it stands.", code: "unusual-id")

  static let reasonHidden = Problem(
    summary: "Invalid reason",
    detail: "A reason is one line of at most 200 bytes without hidden characters.")

  /// A visible character as it stands, a hidden one spelt out.
  private static func visible(_ scalar: Unicode.Scalar) -> String { visible(String(scalar)) }
}
