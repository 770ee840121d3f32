internal import Dispatch
internal import PruneCore
internal import TestSupport

/// Threads of several processes that take turns on a virtual clock, so that code which waits for a
/// store can be simulated as it is. One thread runs at a time; the seed decides among those that are
/// due at the same moment.
final class Scheduler: @unchecked Sendable {
  /// A thread of a process.
  final class Thread: @unchecked Sendable {
    fileprivate let baton = DispatchSemaphore(value: 0)
    /// When it goes on; nil if only another thread can wake it.
    fileprivate var wake: Instant?
    fileprivate var isDone = false
    /// Until when its process is stopped.
    fileprivate let suspended: () -> Instant?

    fileprivate init(suspended: @escaping () -> Instant?) { self.suspended = suspended }

    fileprivate var due: Instant? {
      guard let wake, !isDone else { return nil }
      return suspended().map { max(wake, $0) } ?? wake
    }
  }

  private(set) var now = Instant(nanoseconds: 1_000_000_000)
  private var threads: [Thread] = []
  private var calls: [(at: Instant, body: () -> Void)] = []
  private var current: Thread?
  /// How often a thread or a call had its turn.
  private(set) var turns = 0
  private let rest = DispatchSemaphore(value: 0)
  private var random: SplitMix64

  init(seed: UInt64) {
    random = SplitMix64(seed: seed)
  }

  /// The wall clock, which all machines agree on.
  var wall: Timestamp {
    Timestamp(seconds: 1_795_000_000 + UInt32(now.nanoseconds / 1_000_000_000))
  }

  /// A thread that begins now.
  func begin(
    suspended: @escaping () -> Instant?, _ body: @escaping @Sendable () -> Void
  ) -> Thread {
    let thread = Thread(suspended: suspended)
    thread.wake = now
    threads.append(thread)
    DispatchQueue(label: "story").async { [rest] in
      thread.baton.wait()
      body()
      thread.isDone = true
      rest.signal()
    }
    return thread
  }

  /// Calls a function later; it must not wait.
  func after(_ time: Interval, _ body: @escaping () -> Void) { calls.append((now + time, body)) }

  /// Lets the current thread wait until a moment, or until it is woken.
  func wait(until moment: Instant?) {
    guard let current else { return }
    current.wake = moment.map { max($0, now) }
    rest.signal()
    current.baton.wait()
  }

  func wake(_ thread: Thread) { thread.wake = min(thread.wake ?? now, now) }

  /// Runs until nothing is left to do; throws if that takes more than some hours.
  func run() throws {
    let end = now + .seconds(20_000)
    while true {
      let moments = calls.map(\.at) + threads.compactMap(\.due)
      guard let next = moments.min() else { return }
      guard next < end else { throw Breach(.end, "the story does not end") }
      turns += 1
      now = max(now, next)
      let due = calls.indices.filter { calls[$0].at <= now }
      let ready = threads.filter { $0.due.map { $0 <= now } ?? false }
      let pick = random.below(due.count + ready.count)
      if pick < due.count {
        calls.remove(at: due[pick]).body()
      } else {
        let thread = ready[pick - due.count]
        thread.wake = nil
        current = thread
        thread.baton.signal()
        rest.wait()
        current = nil
      }
      threads.removeAll(where: \.isDone)
    }
  }
}
