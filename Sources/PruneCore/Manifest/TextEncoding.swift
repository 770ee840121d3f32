internal import Bytes

/// An encoding that editors and spreadsheets save texts in, and that is not read: told by the first
/// bytes, by a byte order mark or by the zeros between characters of ASCII.
enum TextEncoding: String {
  case utf16LittleEndian = "UTF-16LE"
  case utf16BigEndian = "UTF-16BE"
  case utf32LittleEndian = "UTF-32LE"
  case utf32BigEndian = "UTF-32BE"

  /// How many bytes are enough to tell.
  static let needed = 256

  /// The encoding of a text that begins with these bytes; nil for UTF-8 and whatever else.
  init?(_ first: [UInt8]) {
    let marks: [(mark: [UInt8], encoding: TextEncoding)] = [
      ([0xFF, 0xFE, 0, 0], .utf32LittleEndian), ([0, 0, 0xFE, 0xFF], .utf32BigEndian),
      ([0xFF, 0xFE], .utf16LittleEndian), ([0xFE, 0xFF], .utf16BigEndian),
    ]
    if let (_, encoding) = marks.first(where: { first.starts(with: $0.mark) }) {
      self = encoding
      return
    }
    // Without a mark: the first characters, which are of ASCII in a manifest and in most lists.
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

  /// By the line ends and digits of a longer text that begins with other characters: there are many
  /// zeros, nearly all of them at every other place. (U+4E00 has one at the other.)
  private static func byParity(_ bytes: ArraySlice<UInt8>) -> TextEncoding? {
    guard bytes.count >= 16 else { return nil }
    let even = bytes.enumerated().count { $1 == 0 && $0 % 2 == 0 }
    let odd = bytes.enumerated().count { $1 == 0 && $0 % 2 == 1 }
    if odd * 8 >= bytes.count, even * 4 <= odd { return .utf16LittleEndian }
    if even * 8 >= bytes.count, odd * 4 <= even { return .utf16BigEndian }
    return nil
  }
}
