/// Ends a run in which no user was completed for too long (docs/architecture.md, "Applying").
///
/// It owns the time of the last progress. A wait for the refusal grace period does not count as
/// lack of progress: it delays the timeout.
struct ProgressTimeout {
  private let limit: Interval
  private var last: Instant
  private var pausedUntil: Instant

  init(_ limit: Interval, from start: Instant) {
    precondition(limit >= .zero, "the progress timeout is negative")
    self.limit = limit
    last = start
    pausedUntil = start
  }

  /// When the run must stop.
  var end: Instant { max(last, pausedUntil) + limit }

  /// Notes progress.
  mutating func note(at now: Instant) { last = now }

  /// Notes that users wait on purpose until this time.
  mutating func pause(until moment: Instant) { pausedUntil = max(pausedUntil, moment) }
}
