internal import Bytes

/// Scans a text for the first line break that only YAML recognizes.
///
/// YAML 1.1 also ends lines at a lone CR, U+0085, U+2028 and U+2029. Editors and review tools do
/// not: after one of them every reported position would be wrong.
struct LineBreaks {
  /// The position of the next character.
  private(set) var mark = Mark(line: 1, column: 1)
  /// The bytes before it, the last one in the lowest byte.
  private var window: UInt32 = 0

  private static let cr = UInt32(UInt8(ascii: "\r"))

  /// Scans the next bytes; the error is for the first such line break.
  mutating func scan(_ bytes: Span<UInt8>) throws(YAMLError) {
    for index in passOverPlain(bytes)..<bytes.count {
      let byte = bytes[index]
      if window & 0xFF == Self.cr, byte != UInt8(ascii: "\n") { throw failure(Self.cr) }
      window = window << 8 | UInt32(byte)
      if byte == UInt8(ascii: "\n") {
        mark.line &+= 1
        mark.column = 1
      } else if byte & 0xC0 != 0x80 {
        mark.column &+= 1
      } else if window & 0xFFFF == 0xC285 {
        throw failure(0x85)
      } else if window & 0xFFFF_FE == 0xE280_A8 {
        throw failure(0x2028 | window & 1)
      }
    }
  }

  /// Skips the bytes at the front, eight at a time, as long as they are ASCII without CR, where
  /// only LF ends a line; returns how many.
  private mutating func passOverPlain(_ bytes: Span<UInt8>) -> Int {
    if window & 0xFF == Self.cr { return 0 }
    let each: UInt64 = 0x0101_0101_0101_0101
    let high = each * 0x80
    /// The high bit of every ASCII byte equal to this one.
    func places(of byte: UInt8, in word: UInt64) -> UInt64 {
      ~((word ^ each * UInt64(byte)) &+ each * 0x7F) & high
    }
    var passed = 0
    while passed + 8 <= bytes.count {
      let word = bytes.word(at: passed)
      guard word & high | places(of: UInt8(ascii: "\r"), in: word) == 0 else { break }
      let breaks = places(of: UInt8(ascii: "\n"), in: word)
      if breaks == 0 {
        mark.column &+= 8
      } else {
        mark.line &+= UInt32(breaks.nonzeroBitCount)
        mark.column = 1 + UInt32(breaks.leadingZeroBitCount / 8)
      }
      window = UInt32(word >> 56)
      passed += 8
    }
    return passed
  }

  /// Ends the text.
  func finish() throws(YAMLError) {
    if window & 0xFF == Self.cr { throw failure(Self.cr) }
  }

  private func failure(_ scalar: UInt32) -> YAMLError {
    YAMLError(kind: .lineBreak(scalar), mark: Mark(line: mark.line, column: mark.column &- 1))
  }
}
