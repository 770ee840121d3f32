extension ApplyMachine {
  /// How a run is to go.
  package struct Settings: Equatable, Sendable {
    package var rate = Rate.standard
    /// Sends of one batch that may end in a passing failure.
    package var maxAttempts = 5
    /// How long a run may go without completing any user.
    package var progressTimeout = Interval.seconds(120)
    /// How old an unanswered intent may be, in seconds, for its user to be sent again, or for a
    /// refusal to be believed; 0 for never.
    package var resendWithin = 600
    /// How long an interrupted run waits for what is in flight.
    package var drainTimeout = Interval.seconds(5)
    /// How far the run goes.
    package var scope = Scope.whole
    /// Whether a key is at hand, so that an expired signature can be replaced.
    package var canSign = false
    /// Whether absent users are done even if the run meets no existing user.
    package var acceptsAbsent = false

    package init() {}

    var resendWindow: ResendWindow { ResendWindow(seconds: resendWithin) }
  }

  /// How far a run goes.
  package enum Scope: Equatable, Sendable {
    /// The precheck and all of the plan.
    case whole
    /// The precheck alone, for what the manifest asks for, whatever is done already.
    case precheck
    /// The calls of the precheck that only read.
    case readingPrecheck
  }
}
