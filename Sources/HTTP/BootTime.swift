import Glibc

/// A point on the clock `CLOCK_BOOTTIME`: like `MonotonicTime`, but it goes on while the machine
/// sleeps.
package struct BootTime: Comparable, Hashable, Sendable {
  /// Nanoseconds since the clock's origin.
  package let nanoseconds: Int64

  /// The point this many nanoseconds after the clock's origin.
  package init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// The clock's reading at the time of the call.
  package static func now() -> BootTime {
    var time = timespec()
    // It cannot fail: the clock exists and `time` is writable.
    _ = unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    return BootTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  package static func < (left: BootTime, right: BootTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}
