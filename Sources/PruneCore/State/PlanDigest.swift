package import Crypto

/// SHA-256 over the app and the sorted (operation, id, revision) of everything to do (DESIGN 1).
package struct PlanDigest: Hashable, Sendable, CustomStringConvertible {
  package let value: SHA256Digest

  package init(_ value: SHA256Digest) {
    self.value = value
  }

  package init?(hex: String) {
    guard let value = SHA256Digest(hex: hex) else { return nil }
    self.value = value
  }

  /// 64 hexadecimal digits.
  package var description: String { value.description }
}
