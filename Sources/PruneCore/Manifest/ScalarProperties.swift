internal import Bytes

// How a reviewer sees a character; the tables are Unicode's, see `UnicodeTables`.
extension Unicode.Scalar {
  /// Whether the character is invisible or changes how the line reads: controls, formats, line and
  /// paragraph separators, everything that is ignorable by default (including variation selectors
  /// and fillers), and symbols without a visible glyph.
  package var isHidden: Bool {
    value < 0x80
      ? value < 0x20 || value == 0x7F : UnicodeTables.hold(value, in: UnicodeTables.hidden)
  }

  /// Whether the character is a blank that looks like U+0020 but is not.
  var isOddBlank: Bool {
    value >= 0x80 && UnicodeTables.hold(value, in: UnicodeTables.oddBlanks)
  }

  /// Whether the character changes the direction of the text around it.
  var isBidiControl: Bool {
    value >= 0x80 && UnicodeTables.hold(value, in: UnicodeTables.bidiControls)
  }

  /// Whether people or programs put the character around a word to quote it: quotation marks of all
  /// languages, and the accents and primes used in their place.
  var isQuotationMark: Bool {
    switch value {
    case 0x60, 0xB4, 0x2032...0x2037: true
    default: UnicodeTables.hold(value, in: UnicodeTables.quotationMarks)
    }
  }

  /// The ASCII character that this character looks like, or nil.
  var lookalike: Unicode.Scalar? {
    guard value >= 0x80 else { return nil }
    let table = UnicodeTables.lookalikes
    let index = table.firstIndex(notBefore: { $0.range.upperBound < value })
    guard index < table.count, table[index].range.contains(value) else { return nil }
    let offset = UInt8(truncatingIfNeeded: value - table[index].range.lowerBound)
    return Unicode.Scalar(table[index].first + offset)
  }

  /// The character's number, such as `U+202E`.
  var code: String {
    let hex = String(value, radix: 16, uppercase: true)
    return "U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
  }
}

extension UnicodeTables {
  /// Whether a sorted list of ranges contains a code point.
  fileprivate static func hold(_ value: UInt32, in table: [ClosedRange<UInt32>]) -> Bool {
    let index = table.firstIndex(notBefore: { $0.upperBound < value })
    return index < table.count && table[index].contains(value)
  }
}
