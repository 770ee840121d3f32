/// An operation on a user, in the order of work: clears before removals (docs/architecture.md,
/// "Applying").
package enum Operation: UInt8, CaseIterable, Comparable, Sendable {
  /// Clears all tags of the user (`im_remove_all_tags`).
  case clearTags
  /// Removes the account permanently (`account_delete`).
  case removeAccount

  /// Its name in state, journal and views.
  package var name: String {
    switch self {
    case .clearTags: "clear-tags"
    case .removeAccount: "remove-account"
    }
  }

  package init?(name: String) {
    guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }

  package static func < (left: Operation, right: Operation) -> Bool {
    left.rawValue < right.rawValue
  }
}
