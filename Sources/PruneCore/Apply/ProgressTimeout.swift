/// Ends a run in which no user was completed for too long (docs/architecture.md, "Applying").
///
/// It owns the moment of the last progress. Users who wait to be read after a refusal are no lack of
/// progress: for them the timeout begins later.
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

  /// Notes that the run got on.
  mutating func note(at now: Instant) { last = now }

  /// Notes that users wait on purpose until this moment.
  mutating func pause(until moment: Instant) { pausedUntil = max(pausedUntil, moment) }
}
