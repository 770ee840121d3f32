/// A user for whom something was sent and nothing usable came back.
struct UnresolvedUser {
  /// Where the sending is written down.
  enum Origin: Equatable {
    /// In the state, by an earlier run.
    case earlier(RunID)
    /// In this run's journal.
    case own(IntentPlace)
  }

  let operation: Operation
  let id: UserID
  /// The revision that was sent.
  let revision: Revision
  /// When the intent was written.
  let time: Timestamp
  let origin: Origin
  /// The refusal that came last, after a send that may have acted; nil if nothing came.
  var refusal: (code: ServiceCode, at: Instant)?
  /// The revision to send if it turns out not to be done; nil if the user is not wanted any more.
  let wanted: Revision?

  /// What was read of the user.
  enum Finding: Equatable {
    case done(DoneOutcome)
    case undone

    /// Nil if what was said shows nothing.
    init?(_ said: Answer.UserAnswer?, _ call: Call) {
      guard let said else { return nil }
      if call == .readTags, ServiceCodes.meansAbsent(said.code) {
        self = .done(.alreadyAbsent)
      } else if said.code.number != 0 {
        return nil
      } else if let tags = said.tags {
        self = tags == 0 ? .done(.cleared) : .undone
      } else if let isImported = said.isImported {
        self = isImported ? .undone : .done(.removed)
      } else {
        return nil
      }
    }
  }
}
