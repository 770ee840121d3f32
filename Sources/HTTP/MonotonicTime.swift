import CCurl
import Glibc

/// A point on the clock `CLOCK_MONOTONIC`, which never jumps and counts from some moment at the
/// machine's start. It compares only with other points of the same boot.
package struct MonotonicTime: Comparable, Hashable, Sendable {
  /// Nanoseconds since the clock's origin.
  package let nanoseconds: Int64

  /// The point this many nanoseconds after the clock's origin.
  package init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// The clock's reading at the time of the call.
  package static func now() -> MonotonicTime {
    var time = timespec()
    // It cannot fail: the clock exists and `time` is writable.
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// How far the wall clock is ahead of this clock, which stops while the machine sleeps.
  package static func wallOffset() -> Duration {
    let monotonic = now()
    var wall = timespec()
    // It cannot fail, as above.
    _ = unsafe clock_gettime(CLOCK_REALTIME, &wall)
    return .seconds(wall.tv_sec) + .nanoseconds(wall.tv_nsec) - .nanoseconds(monotonic.nanoseconds)
  }

  /// Returns at a point, and not before. It spends the end of the wait in a busy loop, since a
  /// sleeping thread wakes late.
  package static func wait(until point: MonotonicTime) {
    let busy: Int64 = 300_000
    while true {
      let left = point.nanoseconds - now().nanoseconds
      guard left > 0 else { return }
      guard left > busy else { continue }
      let (seconds, nanoseconds) = (left - busy).quotientAndRemainder(dividingBy: 1_000_000_000)
      var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds))
      // A signal may end the sleep early.
      _ = unsafe nanosleep(&time, nil)
    }
  }

  /// The point `duration` later, truncated to whole nanoseconds; the last representable point (or
  /// the first, for a negative duration) if the result is out of range.
  package func advanced(by duration: Duration) -> MonotonicTime {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.clampedNanoseconds)
    let limit = duration < .zero ? Int64.min : Int64.max
    return MonotonicTime(nanoseconds: overflow ? limit : sum)
  }

  /// The time from this point to `other`, negative if `other` is earlier.
  package func duration(to other: MonotonicTime) -> Duration {
    .nanoseconds(other.nanoseconds) - .nanoseconds(nanoseconds)
  }

  package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}

extension Duration {
  /// Whole nanoseconds, within what an `Int64` holds: some 292 years.
  fileprivate var clampedNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, sumOverflow) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
    guard overflow || sumOverflow else { return sum }
    return self < .zero ? .min : .max
  }
}
