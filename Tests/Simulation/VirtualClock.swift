internal import PruneCore

/// The clocks of a simulation: the monotonic one, which stops while the machine sleeps, and the
/// wall clock, which does not.
struct VirtualClock {
  private(set) var now = Instant(nanoseconds: 1_000_000_000)
  /// How long the machine was asleep.
  private(set) var slept = Interval.zero

  /// The wall clock at the virtual clock's start.
  private static let epoch: UInt32 = 1_795_000_000

  /// The current time without the machine's sleep.
  var awake: Instant { now + slept }

  var wall: Timestamp {
    Timestamp(seconds: Self.epoch + UInt32(awake.nanoseconds / 1_000_000_000))
  }

  var moment: Moment { Moment(instant: now, wall: wall) }

  mutating func pass(_ time: Interval) { now = now + time }

  /// Advances to an instant, unless it has passed.
  mutating func pass(until instant: Instant) { now = max(now, instant) }

  mutating func sleep(_ time: Interval) { slept = slept + time }

  /// The earliest time when the wall clock showed a time, without the machine's sleep.
  static func awake(at time: Timestamp) -> Instant {
    Instant(nanoseconds: (Int64(time.seconds) - Int64(epoch)) * 1_000_000_000)
  }
}
