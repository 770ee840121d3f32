/// The problems of an id in a manifest or a list.
extension Problem {
  static func idNeedsQuotes(_ value: String) -> Problem {
    Problem(
      .ambiguousID,
      detail: "YAML parsers may read `\(visible(value))` as a number, a date or another type. "
        + "Quote it: \"\(visible(value))\".", fix: .quoting(value))
  }

  static let idMissing = Problem(
    .missingID,
    detail: "There is no value here, or a `#` after a space starts a comment. Write the id; if "
      + "it begins with `#`, quote it: \"#1234\".")

  static let idAnchored = Problem(
    .ambiguousID,
    detail: "YAML reads a value that begins with `&` as an anchor. Quote the id.")

  static func idOnSeveralLines(_ value: String, _ lines: ClosedRange<UInt32>) -> Problem {
    Problem(
      .idOnSeveralLines,
      detail: "YAML joins lines \(lines.lowerBound) to \(lines.upperBound) into one value: "
        + "`\(visible(value))`. Is a comma or a dash missing? Write each id on one line.")
  }

  /// An id without quotes that contains something an unquoted id must not contain.
  static func idNotQuoted(_ value: String, _ mistake: IDMistake) -> Problem {
    let shown = visible(value)
    let (what, question) =
      switch mistake {
      case .blank: ("a space", "Is a comma or a dash missing?")
      case .separator(let sign): ("`\(sign)`", "Are these several ids? Write `ids: [...]`.")
      case .tab: ("a tab", "Are these several ids?")
      case .quotation(let mark):
        (
          "the quotation mark \(visible(mark)) (\(mark.code))",
          "To quote in YAML, use \" or ' at both ends."
        )
      case .comment: ("`#` next to a space", "A comment begins with a space and `#`.")
      }
    return Problem(
      .ambiguousID,
      detail: "`\(shown)` contains \(what). \(question) If it is a single id, quote it.")
  }

  static let idEmpty = Problem(
    .invalidID,
    detail: "The id is empty. Write the id, or "
      + "remove the entry.")

  static func idTooLong(_ bytes: Int) -> Problem { idTooLong("\(bytes) bytes") }

  /// For a line that imprune did not read to its end.
  static func idTooLong(moreThan bytes: Int) -> Problem { idTooLong("more than \(bytes)") }

  private static func idTooLong(_ size: String) -> Problem {
    Problem(
      .invalidID,
      detail: "The id is longer than 32 bytes (\(size) here); the service has no such ids. Check "
        + "for a missing comma or line break.")
  }

  static let idNotUTF8 = Problem(
    .invalidID,
    detail: "The id is not valid UTF-8. Save "
      + "the file as UTF-8.")

  static let idBlank = Problem(
    .invalidID,
    detail: "The id begins or ends with a space, and imprune does not trim ids. Remove the "
      + "space. imprune does not support ids that really begin or end with a space.")

  static func idHidden(_ scalar: Unicode.Scalar) -> Problem {
    Problem(
      .invalidID,
      detail: "The id contains the invisible character \(scalar.code). Remove it.")
  }

  static func idOddBlank(_ scalar: Unicode.Scalar) -> Problem {
    Problem(
      .invalidID,
      detail: "The id contains \(scalar.code), which looks like a normal space. Replace it with "
        + "a space (U+0020), or remove it.")
  }

  static let idNotNFC = Problem(
    .notNFC,
    detail: "The id is not in Unicode normal form C, so another id may look the same. Compare it "
      + "with the id in the app. imprune uses the id unchanged, byte for byte.")

  static let idUnusual = Problem(
    .unusualID,
    detail: "The id contains characters outside A-Z a-z 0-9 _ . @ + = : -, which Tencent advises "
      + "against. Check that the id is right. imprune uses it unchanged, byte for byte.")

  static let reasonHidden = Problem(
    .invalidReason,
    detail: "A reason is one line of at most 200 bytes without hidden characters. Shorten it, or "
      + "remove the characters.")

  /// A visible character unchanged, a hidden one spelled out.
  private static func visible(_ scalar: Unicode.Scalar) -> String { visible(String(scalar)) }
}
