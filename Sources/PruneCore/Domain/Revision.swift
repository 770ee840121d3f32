/// How often an operation is wanted for a user: 1 unless someone raised it (docs/architecture.md,
/// "What a plan decides").
package struct Revision: Hashable, Comparable, Sendable, CustomStringConvertible {
  package static let first = Revision(unchecked: 1)
  /// The highest revision that a manifest can have.
  package static let highest = Revision(unchecked: 999_999_999)

  /// 1 to 999,999,999.
  package let number: UInt32

  package init?(_ number: UInt32) {
    guard (1...Self.highest.number).contains(number) else { return nil }
    self.number = number
  }

  private init(unchecked number: UInt32) {
    self.number = number
  }

  package static func < (left: Revision, right: Revision) -> Bool { left.number < right.number }

  package var description: String { String(number) }
}
