private import Crypto

/// Chance that can be repeated: the same seed and question give the same number, in whatever order
/// the questions come.
struct Chance: Sendable {
  let seed: UInt64

  /// A number from 0 up to, not including, 1.
  func fraction(_ question: String) -> Double {
    let digest = SHA256.hash(Array("\(seed) \(question)".utf8))
    let number = digest.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Double(number >> 11) / Double(UInt64(1) << 53)
  }
}
