internal import Bytes

/// The id of a user, byte for byte: 1 to 32 bytes (docs/service.md, "User ids"), stored inline.
///
/// The bytes are in four big-endian words, padded with zeros. An id cannot contain a zero byte, so
/// comparing the words compares the bytes, and no id is ever compared as a `String` (Swift's
/// equality folds Unicode forms). Ten million ids are one flat array without objects.
package struct UserID: Hashable, Comparable, Sendable {
  /// The longest id in bytes.
  package static let maxBytes = 32

  private let first: UInt64
  private let second: UInt64
  private let third: UInt64
  private let fourth: UInt64

  /// Takes the bytes of `range`; nil unless there are 1 to 32 and none is zero.
  ///
  /// `UserIDRules` checks whether they are UTF-8 and can be reviewed.
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

  /// The id in lower case, to compare ids by appearance; the id itself if the result would be too
  /// long.
  package var folded: UserID {
    if !isASCII { return UserID(description.lowercased()) ?? self }
    return UserID(
      first: Self.folded(first), second: Self.folded(second), third: Self.folded(third),
      fourth: Self.folded(fourth))
  }

  /// Whether the id has an upper-case letter or non-ASCII characters; if not, it equals its own
  /// `look`.
  var mayBeMisread: Bool {
    !isASCII
      || Self.folded(first) ^ first | Self.folded(second) ^ second | Self.folded(third) ^ third
        | Self.folded(fourth) ^ fourth != 0
  }

  /// Whether all bytes are ASCII.
  var isASCII: Bool { (first | second | third | fourth) & 0x8080_8080_8080_8080 == 0 }

  /// Eight ASCII bytes at once: sets the lower-case bit of each byte from A to Z.
  private static func folded(_ word: UInt64) -> UInt64 {
    let each: UInt64 = 0x0101_0101_0101_0101
    let fromA = word + each * UInt64(0x80 - UInt8(ascii: "A"))
    let afterZ = word + each * UInt64(0x7F - UInt8(ascii: "Z"))
    return word | (fromA & ~afterZ & (each * 0x80)) >> 2
  }

  /// A hash of the id; the same in every run.
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

  /// The first eight bytes, the first one in the highest byte, padded with zeros.
  var leadingWord: UInt64 { first }

  /// All bytes, eight per word, the first one in the highest byte, padded with zeros.
  var words: InlineArray<4, UInt64> { [first, second, third, fourth] }

  /// How many leading bytes are the same in another id, including the padding.
  func commonBytes(_ other: UserID) -> Int {
    if first != other.first { return (first ^ other.first).leadingZeroBitCount / 8 }
    if second != other.second { return 8 + (second ^ other.second).leadingZeroBitCount / 8 }
    if third != other.third { return 16 + (third ^ other.third).leadingZeroBitCount / 8 }
    return 24 + (fourth ^ other.fourth).leadingZeroBitCount / 8
  }

  /// Appends the bytes to a text.
  package func append(to bytes: inout [UInt8]) {
    bytes.append(addingCapacity: Self.maxBytes) { write(to: &$0) }
  }

  /// Writes the bytes.
  func write(to text: inout ByteRoom) {
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

  /// The bytes in reverse order.
  var reversed: UserID {
    // The padding moves to the front and is shifted out.
    var (a, b, c, d) = (
      fourth.byteSwapped, third.byteSwapped, second.byteSwapped, first.byteSwapped
    )
    while a == 0 { (a, b, c, d) = (b, c, d, 0) }
    let bits = UInt64(a.leadingZeroBitCount & ~7)
    if bits == 0 { return UserID(first: a, second: b, third: c, fourth: d) }
    let rest = 64 - bits
    return UserID(
      first: a << bits | b >> rest, second: b << bits | c >> rest, third: c << bits | d >> rest,
      fourth: d << bits)
  }

  package static func < (left: UserID, right: UserID) -> Bool {
    if left.first != right.first { return left.first < right.first }
    if left.second != right.second { return left.second < right.second }
    if left.third != right.third { return left.third < right.third }
    return left.fourth < right.fourth
  }
}

// MARK: - Single edits

extension UserID {
  /// The id without the byte at an index; nil if that is its only one.
  func removing(at index: Int) -> UserID? {
    if count == 1 { return nil }
    return joined(
      index,
      UserID(
        first: first << 8 | second >> 56, second: second << 8 | third >> 56,
        third: third << 8 | fourth >> 56, fourth: fourth << 8))
  }

  /// The id with a byte inserted before an index; nil if it is already as long as possible.
  func inserting(_ byte: UInt8, at index: Int) -> UserID? {
    if count == Self.maxBytes { return nil }
    return joined(
      index,
      UserID(
        first: first >> 8, second: second >> 8 | first << 56, third: third >> 8 | second << 56,
        fourth: fourth >> 8 | third << 56)
    ).replacing(at: index, with: byte)
  }

  /// The id with another byte at an index.
  func replacing(at index: Int, with byte: UInt8) -> UserID {
    func word(_ number: Int, _ word: UInt64) -> UInt64 {
      guard index >> 3 == number else { return word }
      let shift = UInt64(56 - (index & 7) * 8)
      return word & ~(0xFF << shift) | UInt64(byte) << shift
    }
    return UserID(
      first: word(0, first), second: word(1, second), third: word(2, third),
      fourth: word(3, fourth))
  }

  /// This many first bytes of this id, and the rest of another.
  private func joined(_ count: Int, _ rest: UserID) -> UserID {
    func word(_ number: Int, _ own: UInt64, _ other: UInt64) -> UInt64 {
      let bytes = count - number * 8
      if bytes <= 0 { return other }
      if bytes >= 8 { return own }
      let mask = UInt64.max >> UInt64(bytes * 8)
      return own & ~mask | other & mask
    }
    return UserID(
      first: word(0, first, rest.first), second: word(1, second, rest.second),
      third: word(2, third, rest.third), fourth: word(3, fourth, rest.fourth))
  }
}

extension UserID: CustomStringConvertible {
  /// The id as text, for people; never for comparison.
  package var description: String { String(decoding: bytes, as: UTF8.self) }
}
