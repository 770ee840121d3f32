/// Who signed a plan, as the allowed signers say.
package struct Approver: Equatable, Sendable {
  /// Whom the allowed signers give the key to: one name, rarely several.
  package let principals: [String]
  /// The fingerprint of the key, such as `SHA256:fMEj...`.
  package let key: String
  package let expires: Timestamp
  /// The file of the signature, as the user named it.
  package let file: String

  package init(principals: [String], key: String, expires: Timestamp, file: String) {
    self.principals = principals
    self.key = key
    self.expires = expires
    self.file = file
  }

  /// A principal that is a pattern.
  package static func pattern(among principals: [String]) -> String? {
    principals.first {
      $0.utf8.first == UInt8(ascii: "!") || $0.utf8.contains { "*?".utf8.contains($0) }
    }
  }

  /// How many different people have signed. Signatures with one key, or with a principal in common,
  /// whatever its case, count once.
  package static func people(_ signers: [Approver]) -> Int {
    var groups: [Set<String>] = []
    for signer in signers {
      // A key and a principal are never the same text.
      var group = Set(signer.principals.map { "p " + $0.lowercased() } + ["k " + signer.key])
      groups.removeAll { other in
        if other.isDisjoint(with: group) { return false }
        group.formUnion(other)
        return true
      }
      groups.append(group)
    }
    return groups.count
  }
}
