/// A user for whom imprune sent a call and got no usable response.
struct UnresolvedUser {
  /// Where the call is recorded.
  enum Origin: Equatable {
    /// In the state, by an earlier run.
    case earlier(RunID)
    /// In this run's journal.
    case own(IntentPlace)
  }

  let operation: Operation
  let id: UserID
  /// The revision of the call.
  let revision: Revision
  /// When the intent was written.
  let time: Timestamp
  let origin: Origin
  /// The last refusal, after a call that may have acted; nil if there was none.
  var refusal: (code: ServiceCode, at: Instant)?
  /// The revision to send if the operation is not done; nil if the user is not wanted any more.
  let wanted: Revision?

  /// The result of reading the user.
  enum Status: Equatable {
    case done(DoneOutcome)
    case undone

    /// Nil if the response shows nothing.
    init?(_ said: Answer.UserAnswer?, _ call: Call) {
      switch Finding(said, call) {
      case .absent?: self = .done(call == .readTags ? .alreadyAbsent : .removed)
      case .tags(0)?: self = .done(.cleared)
      case .exists?, .tags?: self = .undone
      case .unread?, nil: return nil
      }
    }
  }
}
