internal import PruneCore

/// The clocks of a simulation: the one for pacing, which stands still while the machine sleeps, and
/// the wall's, which does not.
struct VirtualClock {
  private(set) var now = Instant(nanoseconds: 1_000_000_000)
  /// How long the machine was asleep.
  private(set) var slept = Interval.zero

  /// The wall clock when the virtual one began.
  private static let epoch: UInt32 = 1_795_000_000

  /// The moment for everybody who does not sleep with the machine.
  var awake: Instant { now + slept }

  var wall: Timestamp {
    Timestamp(seconds: Self.epoch + UInt32(awake.nanoseconds / 1_000_000_000))
  }

  var moment: Moment { Moment(instant: now, wall: wall) }

  mutating func pass(_ time: Interval) { now = now + time }

  /// Goes on to an instant, if it has not come yet.
  mutating func pass(until instant: Instant) { now = max(now, instant) }

  mutating func sleep(_ time: Interval) { slept = slept + time }

  /// When the wall clock showed a time, at the earliest, for everybody who does not sleep.
  static func awake(at time: Timestamp) -> Instant {
    Instant(nanoseconds: (Int64(time.seconds) - Int64(epoch)) * 1_000_000_000)
  }
}
