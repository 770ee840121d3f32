internal import YAML

/// The id of a user, byte for byte: 1 to 32 bytes (service-api.md 7), held inline.
///
/// The bytes lie in four big-endian words, padded with zeros; an id cannot hold a zero byte, so
/// comparing the words compares the bytes, and no id is ever compared as a `String` (Swift's
/// equality folds Unicode forms). Ten million of them are one flat array without an object each.
package struct UserID: Hashable, Comparable, Sendable {
  /// The longest id in bytes.
  package static let maxBytes = 32

  private let first: UInt64
  private let second: UInt64
  private let third: UInt64
  private let fourth: UInt64

  /// Takes the bytes of `range`; nil unless they are 1 to 32 and none is zero.
  ///
  /// Whether they are UTF-8 and fit for a review is `UserIDRules`' question.
  package init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    guard !range.isEmpty, range.count <= Self.maxBytes else { return nil }
    var words = InlineArray<4, UInt64>(repeating: 0)
    var start = range.lowerBound
    for index in 0..<4 where start < range.upperBound {
      let end = min(start + 8, range.upperBound)
      words[index] = bytes.leadingWord(start..<end)
      if Self.holdsZero(words[index], among: end - start) { return nil }
      start = end
    }
    (first, second, third, fourth) = (words[0], words[1], words[2], words[3])
  }

  /// Whether one of the first bytes of a word is zero.
  private static func holdsZero(_ word: UInt64, among count: Int) -> Bool {
    let each: UInt64 = 0x0101_0101_0101_0101
    let rest = count < 8 ? UInt64.max >> UInt64(8 * count) : 0
    return ((word | rest) &- each) & ~word & ~rest & (each * 0x80) != 0
  }

  private init(first: UInt64, second: UInt64, third: UInt64, fourth: UInt64) {
    (self.first, self.second, self.third, self.fourth) = (first, second, third, fourth)
  }

  package init?(_ bytes: [UInt8]) {
    self.init(bytes.span, 0..<bytes.count)
  }

  package init?(_ text: String) {
    self.init(Array(text.utf8))
  }

  /// Length in bytes, 1 to 32.
  package var count: Int {
    if fourth != 0 { return 32 - fourth.trailingZeroBitCount / 8 }
    if third != 0 { return 24 - third.trailingZeroBitCount / 8 }
    if second != 0 { return 16 - second.trailingZeroBitCount / 8 }
    return 8 - first.trailingZeroBitCount / 8
  }

  /// The id with its letters in lower case, to compare ids by what they look like; the id itself
  /// if that would be too long for one.
  package var folded: UserID {
    let isASCII = (first | second | third | fourth) & 0x8080_8080_8080_8080 == 0
    if !isASCII { return UserID(description.lowercased()) ?? self }
    return UserID(
      first: Self.folded(first), second: Self.folded(second), third: Self.folded(third),
      fourth: Self.folded(fourth))
  }

  /// Eight ASCII bytes at once: a byte of A to Z gets the bit that makes it lower case.
  private static func folded(_ word: UInt64) -> UInt64 {
    let each: UInt64 = 0x0101_0101_0101_0101
    let fromA = word + each * UInt64(0x80 - UInt8(ascii: "A"))
    let afterZ = word + each * UInt64(0x7F - UInt8(ascii: "Z"))
    return word | (fromA & ~afterZ & (each * 0x80)) >> 2
  }

  /// A number that differs for most ids; the same in every run.
  var hash: UInt64 {
    func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
      let product = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
      return product ^ product >> 32
    }
    return mixed(mixed(mixed(mixed(0, first), second), third), fourth)
  }

  /// The byte at `index`, or 0 past the end.
  package subscript(index: Int) -> UInt8 {
    let word =
      switch index >> 3 {
      case 0: first
      case 1: second
      case 2: third
      case 3: fourth
      default: UInt64(0)
      }
    return UInt8(truncatingIfNeeded: word >> UInt64(56 - (index & 7) * 8))
  }

  /// How many bytes at the front are the same in another id, the zeros past the end included.
  func commonBytes(_ other: UserID) -> Int {
    if first != other.first { return (first ^ other.first).leadingZeroBitCount / 8 }
    if second != other.second { return 8 + (second ^ other.second).leadingZeroBitCount / 8 }
    if third != other.third { return 16 + (third ^ other.third).leadingZeroBitCount / 8 }
    return 24 + (fourth ^ other.fourth).leadingZeroBitCount / 8
  }

  /// Appends the bytes to a text under construction.
  package func append(to bytes: inout [UInt8]) {
    bytes.append(addingCapacity: Self.maxBytes) { write(to: &$0) }
  }

  /// Writes the bytes.
  func write(to text: inout OutputSpan<UInt8>) {
    func write(_ word: UInt64) {
      var rest = word
      while rest != 0 {
        text.append(UInt8(truncatingIfNeeded: rest >> 56))
        rest <<= 8
      }
    }
    write(first)
    write(second)
    write(third)
    write(fourth)
  }

  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return bytes
  }

  package static func < (left: UserID, right: UserID) -> Bool {
    if left.first != right.first { return left.first < right.first }
    if left.second != right.second { return left.second < right.second }
    if left.third != right.third { return left.third < right.third }
    return left.fourth < right.fourth
  }
}

extension UserID: CustomStringConvertible {
  /// The id as text, for people; never compare it.
  package var description: String { String(decoding: bytes, as: UTF8.self) }
}
