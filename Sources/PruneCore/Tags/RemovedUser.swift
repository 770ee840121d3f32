/// A user who gets no tags back, whatever the service shows, since the id may belong to another person.
package struct RemovedUser: Equatable, Sendable {
  package enum Reason: Equatable, Sendable {
    /// imprune has removed the account.
    case removed
    /// The account was to be removed, and was not there.
    case absent
    /// A removal was sent, and its outcome is unknown.
    case unknown
  }

  package let id: UserID
  package let reason: Reason

  /// Nil if the state does not say that the account may be gone.
  package init?(_ record: StateRecord) {
    guard record.operation == .removeAccount else { return nil }
    id = record.id
    switch record.done?.outcome {
    case .removed?: reason = .removed
    case .alreadyAbsent?: reason = .absent
    case .cleared?, nil:
      guard record.attempt?.status == .unknown else { return nil }
      reason = .unknown
    }
  }
}
