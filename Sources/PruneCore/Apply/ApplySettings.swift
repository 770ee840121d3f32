extension ApplyMachine {
  /// The settings of a run.
  package struct Settings: Equatable, Sendable {
    package var rate = Rate.standard
    /// The most attempts for one batch with transient failures.
    package var maxAttempts = 5
    /// How long a run may go without completing any user.
    package var progressTimeout = Interval.seconds(120)
    /// How old an unanswered intent may be, in seconds, for its user to be sent again, or for a
    /// refusal to be believed; 0 for never.
    package var resendWithin = 600
    /// How long a stopped run waits for calls in flight.
    package var drainTimeout = Interval.seconds(5)
    /// How far the run goes.
    package var scope = Scope.whole
    /// Whether a key is available, so that an expired signature can be renewed.
    package var canSign = false
    /// Whether absent users are done even if the run meets no existing user.
    package var acceptsAbsent = false
    /// Whether the state is shared: the run sends only as long as it is told that it holds the state.
    package var isLeased = false
    /// Whether the tags of users are saved before they are cleared.
    package var savesTags = true

    package init() {}

    var resendWindow: ResendWindow { ResendWindow(seconds: resendWithin) }
  }

  /// How far a run goes.
  package enum Scope: Equatable, Sendable {
    /// The precheck and all of the plan.
    case whole
    /// The precheck alone, for everything that the manifest asks for, done or not.
    case precheck
    /// The calls of the precheck that only read.
    case readingPrecheck
    /// The check of access, then reading users: nothing is changed or recorded.
    case refresh
    /// The check of access, then reading users and adding tags to them: nothing is recorded.
    case restore
  }
}
