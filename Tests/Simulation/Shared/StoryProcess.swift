internal import PruneCore
internal import PruneEngine
internal import TestSupport

/// A process of a story, on a machine of its own: it applies once. It may be stopped for a while, or
/// killed together with its scratch folder, whenever one of its threads waits.
final class StoryProcess: @unchecked Sendable {
  /// How an apply ended.
  enum Outcome {
    case running
    /// With the exit code of a run; 0 if there was nothing to do.
    case ended(Exit, RunResult?)
    case held
    case failed(any Error)
    case died
  }

  let number: UInt64
  let scheduler: Scheduler
  let disk: ProcessDisk
  private(set) var isDead = false
  private(set) var outcome = Outcome.running
  /// The waits, counted from 1, at which the process is killed or stopped, and for how long.
  var killedAt: Int?
  var stoppedAt: (wait: Int, seconds: Double)?
  /// The calls that change users, counted from 1, after which the process is stopped, and for how
  /// long: the next ones are ready to be sent then.
  var stoppedAfter: (call: Int, seconds: Double)?
  /// How far the clock is ahead by which it waits: for a mutation.
  private var skew = Interval.zero
  private let skipsWaits: Bool
  private var suspendedUntil: Instant?
  private var waits = 0
  private var changes = 0
  private var main: Scheduler.Thread?
  private var worker: Scheduler.Thread?
  private var jobs: [@Sendable () -> Void] = []
  private var events: [ApplyEvent] = []
  var tell: (String) -> Void = { _ in }

  init(_ number: UInt64, _ scheduler: Scheduler, skipsWaits: Bool, seed: UInt64) {
    self.number = number
    self.scheduler = scheduler
    self.skipsWaits = skipsWaits
    disk = ProcessDisk(VirtualDisk(seed: seed))
  }

  /// Begins the apply; it has a thread for its journal.
  func begin(_ apply: @escaping @Sendable (StoryProcess) throws -> (Exit, RunResult?)) {
    worker = scheduler.begin(suspended: { self.suspendedUntil }) { self.work() }
    main = scheduler.begin(suspended: { self.suspendedUntil }) {
      do {
        let (exit, result) = try apply(self)
        self.outcome = .ended(exit, result)
      } catch StateLock.Failure.held {
        self.outcome = .held
      } catch SharedStoreError.held {
        self.outcome = .held
      } catch {
        self.outcome = .failed(error)
      }
      if self.isDead { self.outcome = .died }
      self.main = nil
      if let worker = self.worker { self.scheduler.wake(worker) }
    }
  }

  // MARK: - Waiting

  private func wait(until moment: Instant?) {
    waits += 1
    if waits == killedAt {
      tell("is killed")
      isDead = true
      disk.isDead = true
      suspendedUntil = nil
      for thread in [main, worker].compactMap(\.self) { scheduler.wake(thread) }
    }
    if let stoppedAt, waits == stoppedAt.wait { stop(seconds: stoppedAt.seconds) }
    // The other threads of a dead process must end too.
    scheduler.wait(until: isDead ? scheduler.now : moment)
  }

  private func stop(seconds: Double) {
    if isDead { return }
    tell("is stopped for \(seconds) s")
    suspendedUntil = scheduler.now + .seconds(seconds)
  }

  /// A call that changes users leaves.
  func noteChange() {
    changes += 1
    if let stoppedAfter, changes == stoppedAfter.call { stop(seconds: stoppedAfter.seconds) }
  }

  func pause(_ time: Interval) { wait(until: scheduler.now + max(time, .zero)) }

  /// Calls a function whatever becomes of the process.
  func later(_ time: Interval, _ body: @escaping () -> Void) { scheduler.after(time, body) }

  /// The clock and timer of the process.
  var time: StoreTime {
    StoreTime(
      now: { self.scheduler.now + self.skew }, wall: { self.scheduler.wall },
      pause: { time in
        guard self.skipsWaits, time >= .seconds(0.9) else { return self.pause(time) }
        self.skew = self.skew + time
      },
      everySecond: { body in
        let ticker = Ticker()
        self.tick(ticker, body)
        return ticker
      },
      ofLoop: { $0 - self.skew })
  }

  /// Stops ticking when it is released.
  private final class Ticker: Sendable {}

  private func tick(_ ticker: Ticker, _ body: @escaping @Sendable () -> Void) {
    scheduler.after(.seconds(1)) { [weak self, weak ticker] in
      guard let self, let ticker, !self.isDead, self.main != nil else { return }
      self.add(body)
      self.tick(ticker, body)
    }
  }

  // MARK: - Threads

  /// Lets the worker do something.
  func add(_ job: @escaping @Sendable () -> Void) {
    jobs.append(job)
    if let worker { scheduler.wake(worker) }
  }

  private func work() {
    // The thread keeps the process, and the process must not keep the thread.
    defer { worker = nil }
    while main != nil || !jobs.isEmpty {
      if isDead { return }
      if jobs.isEmpty { wait(until: nil) } else { jobs.removeFirst()() }
    }
  }

  func post(_ event: ApplyEvent) {
    events.append(event)
    if let main { scheduler.wake(main) }
  }

  /// What the loop waits for; throws when the process is dead.
  func nextEvents(until deadline: Instant?) throws -> [ApplyEvent] {
    while true {
      if isDead { throw ProcessDied() }
      if !events.isEmpty {
        defer { events = [] }
        return events
      }
      if let deadline, deadline <= scheduler.now { return [] }
      wait(until: deadline)
    }
  }
}
