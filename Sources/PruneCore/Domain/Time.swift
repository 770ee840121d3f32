/// A moment of a monotonic clock, in nanoseconds; only differences are meaningful.
package struct Instant: Hashable, Comparable, Sendable {
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  package static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  package static func + (left: Instant, right: Interval) -> Instant {
    Instant(nanoseconds: left.nanoseconds + right.nanoseconds)
  }

  package static func - (left: Instant, right: Interval) -> Instant {
    Instant(nanoseconds: left.nanoseconds - right.nanoseconds)
  }

  package static func - (left: Instant, right: Instant) -> Interval {
    Interval(nanoseconds: left.nanoseconds - right.nanoseconds)
  }
}

/// A duration in nanoseconds.
package struct Interval: Hashable, Comparable, Sendable {
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// Zero.
  package static let zero = Interval(nanoseconds: 0)

  package static func seconds(_ seconds: Double) -> Interval {
    Interval(nanoseconds: Int64(seconds * 1e9))
  }

  package var seconds: Double { Double(nanoseconds) / 1e9 }

  package static func + (left: Interval, right: Interval) -> Interval {
    Interval(nanoseconds: left.nanoseconds + right.nanoseconds)
  }

  package static func - (left: Interval, right: Interval) -> Interval {
    Interval(nanoseconds: left.nanoseconds - right.nanoseconds)
  }

  package static func < (left: Interval, right: Interval) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}

/// A moment of both clocks: the monotonic one for pacing and the wall clock for records.
package struct Moment: Equatable, Sendable {
  package var instant: Instant
  package var wall: Timestamp

  package init(instant: Instant, wall: Timestamp) {
    self.instant = instant
    self.wall = wall
  }

  /// Advances both; the wall clock counts only seconds.
  func advanced(by interval: Interval) -> Moment {
    Moment(instant: instant + interval, wall: wall)
  }
}

/// Calls a second to one endpoint of the service, 1 to 100 (docs/service.md, "Limits").
package struct Rate: Hashable, Sendable, CustomStringConvertible {
  package let perSecond: Int

  package static let limit = 100
  package static let standard = Rate(unchecked: 90)
  /// Practically no limit, for measurements: never for the live service.
  package static let unlimited = Rate(unchecked: 1_000_000)

  package init?(_ perSecond: Int) {
    guard (1...Self.limit).contains(perSecond) else { return nil }
    self.perSecond = perSecond
  }

  private init(unchecked perSecond: Int) {
    self.perSecond = perSecond
  }

  package var description: String { self == .unlimited ? "none" : String(perSecond) }
}

/// A seeded random number generator, so that a run can be replayed (SplitMix64).
package struct Randomness: Sendable {
  private var state: UInt64

  package init(seed: UInt64) {
    state = seed
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 up to, but not including, 1.
  mutating func fraction() -> Double {
    Double(next() >> 11) / Double(1 << 53)
  }
}
