/// The 32 bytes of a SHA-256 or HMAC-SHA256, held inline.
///
/// `==` may stop at the first difference; to compare against a secret use `constantTimeEqual`.
package struct SHA256Digest: Hashable, Sendable, CustomStringConvertible {
  /// The number of bytes in a digest.
  package static let byteCount = 32

  /// The bytes as four big-endian words, so that a digest needs no allocation of its own.
  private let words: Words

  private struct Words: Hashable, Sendable {
    let first: UInt64
    let second: UInt64
    let third: UInt64
    let fourth: UInt64
  }

  /// A digest from exactly 32 bytes; nil for any other number of bytes.
  package init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.init(exactly: bytes)
  }

  /// A digest from exactly 64 lower-case hexadecimal digits; nil for any other text.
  ///
  /// Upper case is refused so that a digest has one spelling.
  package init?(hex: String) {
    let digits = Array(hex.utf8)
    guard digits.count == 2 * Self.byteCount else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.byteCount)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = Self.nibble(digits[index]), let low = Self.nibble(digits[index + 1]) else {
        return nil
      }
      bytes.append(high << 4 | low)
    }
    self.init(exactly: bytes)
  }

  /// A digest whose 32 bytes `fill` writes.
  init(filledBy fill: (UnsafeMutablePointer<UInt8>) -> Void) {
    var bytes = [UInt8](repeating: 0, count: Self.byteCount)
    unsafe fill(&bytes)
    self.init(exactly: bytes)
  }

  private init(exactly bytes: [UInt8]) {
    func word(at start: Int) -> UInt64 {
      bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
    words = Words(
      first: word(at: 0), second: word(at: 8), third: word(at: 16), fourth: word(at: 24))
  }

  /// The 32 bytes in order.
  package var bytes: [UInt8] {
    [words.first, words.second, words.third, words.fourth].flatMap { word in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
    }
  }

  /// The digest as 64 lower-case hexadecimal digits.
  package var description: String {
    let digits = Array("0123456789abcdef".utf8)
    let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }

  private static func nibble(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
