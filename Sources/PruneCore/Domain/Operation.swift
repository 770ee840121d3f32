/// What is done to a user. The order is the order of work: clears before removals
/// (docs/architecture.md, "Applying").
package enum Operation: UInt8, CaseIterable, Comparable, Sendable {
  /// All tags of the user are cleared (`im_remove_all_tags`).
  case clearTags
  /// The account is removed, for good (`account_delete`).
  case removeAccount

  /// The word for it in state, journal and views.
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
