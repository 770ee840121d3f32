import CCurl
import Glibc

/// The owner of a `timerfd`, which becomes readable at a set time, as exact as the kernel's clock.
final class Timer {
  /// For polling only.
  let descriptor: CInt

  init() throws(HTTPError) {
    descriptor = timerfd_create(CLOCK_MONOTONIC, CInt(TFD_NONBLOCK | TFD_CLOEXEC))
    guard descriptor >= 0 else { throw HTTPError("no timer: \(lastSystemError())") }
  }

  deinit {
    close(descriptor)
  }

  /// Fires at `time` and not before, or never if nil; replaces an earlier setting.
  func set(_ time: MonotonicTime?) throws(HTTPError) {
    var setting = itimerspec()
    if let time {
      // Zero would disarm the timer; any time in the past fires at once.
      let nanoseconds = max(1, time.nanoseconds)
      setting.it_value = timespec(
        tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    }
    guard unsafe timerfd_settime(descriptor, CInt(TFD_TIMER_ABSTIME), &setting, nil) == 0
    else { throw HTTPError("the timer cannot be set: \(lastSystemError())") }
  }

  /// Makes the descriptor unreadable until the timer fires again.
  func clear() {
    clearCounter(descriptor)
  }
}

/// The owner of an `eventfd`: readable once signaled, from any thread, until cleared.
final class WakeEvent: Sendable {
  /// For polling only.
  let descriptor: CInt

  init() throws(HTTPError) {
    descriptor = eventfd(0, CInt(EFD_NONBLOCK | EFD_CLOEXEC))
    guard descriptor >= 0 else { throw HTTPError("no event: \(lastSystemError())") }
  }

  deinit {
    close(descriptor)
  }

  /// Makes the descriptor readable.
  func signal() {
    var one: UInt64 = 1
    // This fails only when the counter is full, and then the descriptor is already readable.
    _ = unsafe write(descriptor, &one, MemoryLayout<UInt64>.size)
  }

  /// Makes the descriptor unreadable until the next signal.
  func clear() {
    clearCounter(descriptor)
  }
}

/// Makes `wait` return soon; call it on any thread, at any time, as often as needed.
///
/// After its `Transfers` is gone it does nothing.
package struct Wakeup: Sendable {
  let wakeEvent: WakeEvent

  /// Makes the current `wait`, or else the next one, return.
  package func callAsFunction() {
    wakeEvent.signal()
  }
}

/// Reads the counter of an eventfd or timerfd, which sets it to zero.
private func clearCounter(_ descriptor: CInt) {
  var count: UInt64 = 0
  // This fails only when the counter is already zero.
  _ = unsafe read(descriptor, &count, MemoryLayout<UInt64>.size)
}

/// The system's message for the error of the last call.
func lastSystemError() -> String {
  unsafe String(cString: strerror(errno))
}
