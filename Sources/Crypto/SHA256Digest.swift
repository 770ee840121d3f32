internal import Bytes

/// The 32 bytes of a SHA-256 or HMAC-SHA256, held inline.
///
/// `==` may stop at the first difference; to compare against a secret use `constantTimeEqual`.
package struct SHA256Digest: Hashable, Sendable, CustomStringConvertible {
  /// The number of bytes in a digest.
  package static let byteCount = 32

  /// The bytes as four big-endian words, so that a digest needs no heap allocation.
  private let words: Words

  private struct Words: Hashable, Sendable {
    let first: UInt64
    let second: UInt64
    let third: UInt64
    let fourth: UInt64

    var all: [UInt64] { [first, second, third, fourth] }
  }

  /// A digest from exactly 32 bytes; nil for any other number of bytes.
  package init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.init(exactly: bytes)
  }

  /// A digest from exactly 64 lower-case hexadecimal digits; nil for any other text.
  ///
  /// Refuses upper case so that a digest has one spelling.
  package init?(hex: String) {
    let digits = Array(hex.utf8)
    guard digits.count == 2 * Self.byteCount else { return nil }
    func word(_ index: Int) -> UInt64? {
      UInt64(hex: digits.span, 16 * index..<16 * (index + 1))
    }
    guard let first = word(0), let second = word(1), let third = word(2), let fourth = word(3)
    else { return nil }
    words = Words(first: first, second: second, third: third, fourth: fourth)
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
    words.all.flatMap { word in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
    }
  }

  /// The digest as 64 lower-case hexadecimal digits.
  package var description: String {
    var text: [UInt8] = []
    for word in words.all { text.appendHex(word, digits: 16) }
    return String(decoding: text, as: UTF8.self)
  }
}
