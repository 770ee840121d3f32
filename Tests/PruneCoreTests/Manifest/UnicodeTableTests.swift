import Testing

@testable import PruneCore

/// The character tables against the standard library's Unicode data.
@Suite struct UnicodeTableTests {
  private static var scalars: some Sequence<Unicode.Scalar> {
    (0...0x10FFFF as ClosedRange<UInt32>).lazy.compactMap(Unicode.Scalar.init)
  }

  /// Scripts without visible glyphs, though no property says so.
  private static let blankSymbols: Set<UInt32> = [0x2800, 0x16FE4, 0x1D159]

  @Test
  func `controls, formats, line separators and default ignorable characters are invisible`() {
    let differing = Self.scalars.filter { scalar in
      let properties = scalar.properties
      let isHidden =
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default:
          properties.isDefaultIgnorableCodePoint || Self.blankSymbols.contains(scalar.value)
        }
      return isHidden != scalar.isHidden
    }
    #expect(differing.isEmpty, "run .ci/unicode-tables: \(differing.prefix(10).map(\.code))")
    for code in [0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800, 0xFE00, 0xFE0F, 0xE0100, 0xE01EF] {
      #expect(Unicode.Scalar(UInt32(code))?.isHidden == true)
    }
    for scalar in "aZ09_.@+=:- \u{A0}\u{3000}é离😀\u{FFFD}\u{E000}".unicodeScalars {
      #expect(!scalar.isHidden)
    }
  }

  @Test func `every other blank is an unusual one`() {
    let differing = Self.scalars.filter { scalar in
      let isOdd = scalar.properties.isWhitespace && scalar != " " && !scalar.isHidden
      return isOdd != scalar.isOddBlank
    }
    #expect(differing.isEmpty, "run .ci/unicode-tables: \(differing.prefix(10).map(\.code))")
  }

  @Test func `quotation marks are Unicode's, and accents used in their place`() {
    let more: Set<UInt32> = [0x60, 0xB4, 0x2032, 0x2033, 0x2034, 0x2035, 0x2036, 0x2037]
    let differing = Self.scalars.filter { scalar in
      let isMark = scalar.properties.isQuotationMark || more.contains(scalar.value)
      return isMark != scalar.isQuotationMark
    }
    #expect(differing.isEmpty, "run .ci/unicode-tables: \(differing.prefix(10).map(\.code))")
  }

  @Test func `bidi controls change the text direction`() {
    let controls = Self.scalars.filter(\.isBidiControl).map(\.value)
    #expect(
      controls == [0x61C, 0x200E, 0x200F] + Array(0x202A...0x202E) + Array(0x2066...0x2069))
    #expect(Self.scalars.allSatisfy { !$0.isBidiControl || $0.isHidden })
  }

  @Test(
    arguments: [
      ("\u{430}", "a"), ("\u{421}", "C"), ("\u{3BF}", "o"), ("\u{FF21}", "A"), ("\u{FF5A}", "z"),
      ("\u{FF0A}", "*"), ("\u{2217}", "*"), ("\u{2011}", "-"), ("\u{1D400}", "A"),
      ("\u{1D7FF}", "9"),
      ("\u{212A}", "K"), ("\u{131}", "i"), ("\u{FF3F}", "_"),
    ] as [(Unicode.Scalar, Unicode.Scalar)])
  func `a lookalike maps to its ASCII character`(scalar: Unicode.Scalar, plain: Unicode.Scalar) {
    #expect(scalar.lookalike == plain)
  }

  @Test func `no ASCII character and no other letter is a lookalike`() {
    for scalar in "abcXYZ019_*é\u{E9}ßçñ离户アあ한".unicodeScalars { #expect(scalar.lookalike == nil) }
    #expect(Self.scalars.allSatisfy { $0.lookalike.map { $0.isASCII } ?? true })
  }
}
