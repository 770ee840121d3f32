/// Words that databases, spreadsheets and scripts write for a missing value.
enum PlaceholderWord {
  private static let words = [
    "null", "nil", "none", "nan", "na", "true", "false", "undefined", "-", "--", "---",
    "...",
  ].map { Array($0.utf8) }
  private static let longest = 9

  /// True for `NULL`, `True`, `NaN` and the like, in any case.
  static func isOne(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    // Length or first byte rule out nearly all ids.
    guard let first = range.first, range.count <= longest else { return false }
    switch lowercase(bytes[first]) {
    case UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "u"),
      UInt8(ascii: "-"), UInt8(ascii: "."):
      break
    default: return false
    }
    return words.contains { word in
      word.count == range.count
        && word.indices.allSatisfy { lowercase(bytes[range.lowerBound + $0]) == word[$0] }
    }
  }

  private static func lowercase(_ byte: UInt8) -> UInt8 {
    byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
  }
}
