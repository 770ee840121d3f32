import Dispatch
import Glibc
import HTTP
package import PruneCore

/// The clocks by which a run holds a shared state, and its timer: of this machine, or a simulation's.
package struct StoreTime: Sendable {
  /// A clock that goes on while the machine sleeps.
  package var now: @Sendable () -> Instant
  package var wall: @Sendable () -> Timestamp
  /// Waits on the caller's thread.
  package var pause: @Sendable (Interval) -> Void
  /// Calls a function about once a second, on another thread, as long as the returned object lives.
  package var everySecond: @Sendable (@escaping @Sendable () -> Void) -> any Sendable
  /// The moment on the clock of the run's loop that is as far from now as one on `now`.
  package var ofLoop: @Sendable (Instant) -> Instant

  package init(
    now: @escaping @Sendable () -> Instant, wall: @escaping @Sendable () -> Timestamp,
    pause: @escaping @Sendable (Interval) -> Void,
    everySecond: @escaping @Sendable (@escaping @Sendable () -> Void) -> any Sendable,
    ofLoop: @escaping @Sendable (Instant) -> Instant
  ) {
    self.now = now
    self.wall = wall
    self.pause = pause
    self.everySecond = everySecond
    self.ofLoop = ofLoop
  }

  /// The clocks of this machine.
  package static let real = StoreTime(
    now: { bootTime }, wall: { Timestamp(seconds: Process.wallSeconds()) },
    pause: { usleep(useconds_t(clamping: $0.nanoseconds / 1000)) },
    everySecond: { SecondTimer($0) },
    ofLoop: { Instant.now() + ($0 - bootTime) })

  private static var bootTime: Instant { Instant(nanoseconds: BootTime.now().nanoseconds) }
}

/// Calls a function every second until it is released.
private final class SecondTimer: Sendable {
  private let queue = DispatchQueue(label: "imprune.lease")
  private let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) {
    self.body = body
    schedule()
  }

  private func schedule() {
    queue.asyncAfter(deadline: .now() + 1) { [weak self] in
      self?.body()
      self?.schedule()
    }
  }
}
