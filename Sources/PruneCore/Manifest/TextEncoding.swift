internal import Bytes

/// An unsupported encoding that editors and spreadsheets use: recognized by a byte order mark or by
/// the zeros between ASCII characters.
enum TextEncoding: String {
  case utf16LittleEndian = "UTF-16LE"
  case utf16BigEndian = "UTF-16BE"
  case utf32LittleEndian = "UTF-32LE"
  case utf32BigEndian = "UTF-32BE"

  /// How many bytes are enough to recognize it.
  static let needed = 256

  /// The encoding of a text with these first bytes; nil for UTF-8 and anything else.
  init?(_ first: [UInt8]) {
    let marks: [(mark: [UInt8], encoding: TextEncoding)] = [
      ([0xFF, 0xFE, 0, 0], .utf32LittleEndian), ([0, 0, 0xFE, 0xFF], .utf32BigEndian),
      ([0xFF, 0xFE], .utf16LittleEndian), ([0xFE, 0xFF], .utf16BigEndian),
    ]
    if let (_, encoding) = marks.first(where: { first.starts(with: $0.mark) }) {
      self = encoding
      return
    }
    // Without a mark: the first characters, which are ASCII in a manifest and in most lists.
    let isZero = first.prefix(8).map { $0 == 0 }
    let patterns: [(zeros: [Bool], encoding: TextEncoding)] = [
      ([false, true, true, true], .utf32LittleEndian),
      ([true, true, true, false], .utf32BigEndian),
      ([false, true], .utf16LittleEndian), ([true, false], .utf16BigEndian),
    ]
    for (zeros, encoding) in patterns where isZero.count >= zeros.count {
      let whole = isZero.prefix(isZero.count / zeros.count * zeros.count)
      if whole.enumerated().allSatisfy({ $1 == zeros[$0 % zeros.count] }) {
        self = encoding
        return
      }
    }
    guard let encoding = Self.byParity(first.prefix(Self.needed)) else { return nil }
    self = encoding
  }

  /// By the line breaks and digits of a longer text with other first characters: there are many
  /// zeros, nearly all of them at every other position. (U+4E00 has one at the other positions.)
  private static func byParity(_ bytes: ArraySlice<UInt8>) -> TextEncoding? {
    guard bytes.count >= 16 else { return nil }
    let even = bytes.enumerated().count { $1 == 0 && $0 % 2 == 0 }
    let odd = bytes.enumerated().count { $1 == 0 && $0 % 2 == 1 }
    if odd * 8 >= bytes.count, even * 4 <= odd { return .utf16LittleEndian }
    if even * 8 >= bytes.count, odd * 4 <= even { return .utf16BigEndian }
    return nil
  }
}
