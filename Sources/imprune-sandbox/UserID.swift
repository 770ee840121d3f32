import JSON

/// The id of an account: 1 to 32 bytes (docs/service.md, "User ids"), told apart byte for byte.
///
/// Held inline and never compared as `String`, whose equality takes different bytes for one text.
struct UserID: Hashable, Comparable, Sendable {
  /// The most bytes that an id may have.
  static let byteLimit = 32

  /// The bytes, big-endian and filled up with zeros, so that words compare as bytes do.
  private var first: UInt64 = 0
  private var second: UInt64 = 0
  private var third: UInt64 = 0
  private var fourth: UInt64 = 0
  private let length: UInt8

  /// An id of these bytes; nil when there are none or too many.
  init?(_ bytes: some Collection<UInt8>) {
    guard (1...Self.byteLimit).contains(bytes.count) else { return nil }
    length = UInt8(bytes.count)
    for (index, byte) in bytes.enumerated() {
      let bits = UInt64(byte) << (56 - 8 * (index % 8))
      switch index / 8 {
      case 0: first |= bits
      case 1: second |= bits
      case 2: third |= bits
      default: fourth |= bits
      }
    }
  }

  /// The number of bytes.
  var count: Int { Int(length) }

  /// The byte at `index`, which is 0 or more and less than `count`.
  subscript(index: Int) -> UInt8 {
    let word =
      switch index / 8 {
      case 0: first
      case 1: second
      case 2: third
      default: fourth
      }
    return UInt8(truncatingIfNeeded: word >> (56 - 8 * (index % 8)))
  }

  /// The bytes in order.
  var bytes: [UInt8] { (0..<count).map { self[$0] } }

  /// Whether `a` sorts before `b` by bytes.
  static func < (a: UserID, b: UserID) -> Bool {
    if a.first != b.first { return a.first < b.first }
    if a.second != b.second { return a.second < b.second }
    if a.third != b.third { return a.third < b.third }
    if a.fourth != b.fourth { return a.fourth < b.fourth }
    return a.length < b.length
  }
}

extension JSONText {
  mutating func value(_ id: UserID) {
    value(count: id.count) { id[$0] }
  }

  mutating func field(_ name: String, _ id: UserID) {
    key(name)
    value(id)
  }
}
