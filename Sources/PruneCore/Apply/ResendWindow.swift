/// How long after an intent its user may be sent again, or a refusal believed. Later the id may
/// belong to another person (docs/architecture.md, "Unknown users").
///
/// It owns the one rule about the age of an intent; a window of 0 seconds is never open.
struct ResendWindow: Equatable, Sendable {
  private let seconds: Int

  init(seconds: Int) {
    precondition(seconds >= 0, "the resend window is negative")
    self.seconds = seconds
  }

  /// Whether an intent of this time is recent enough.
  func isOpen(since intent: Timestamp, at now: Timestamp) -> Bool {
    // A clock that was set back must not make an old intent look recent.
    now.seconds(since: intent).magnitude < seconds
  }

  /// Whether a fifth of the window has passed: then a run that is still sending reads the users of
  /// such an intent, since at its end it could not send them again.
  func asksForReading(since intent: Timestamp, at now: Timestamp) -> Bool {
    now.seconds(since: intent) >= seconds / 5
  }
}
