import Simulation
import Testing

@testable import PruneCore

/// How early the work on a call begins.
@Suite struct WakeAheadTests {
  @Test func `the wake-ahead time covers two calls of three`() {
    var wakeAhead = WakeAhead()
    // Calls that would be late by 1 to 300 microseconds, in turn.
    for number in 0..<3000 {
      let work = Interval(nanoseconds: Int64(1 + number * 7 % 300) * 1000)
      wakeAhead.note(late: max(work - wakeAhead.time, .zero))
    }
    #expect(wakeAhead.time > .seconds(0.00018))
    #expect(wakeAhead.time < .seconds(0.00024))
  }

  @Test func `the wake-ahead time is at most half a millisecond and grows in small steps`() {
    var wakeAhead = WakeAhead()
    #expect(wakeAhead.time == .seconds(0.0001))
    wakeAhead.note(late: .seconds(0.4))
    #expect(wakeAhead.time == .seconds(0.000102))
    for _ in 0..<1000 { wakeAhead.note(late: .seconds(0.4)) }
    #expect(wakeAhead.time == .seconds(0.0005))
    for _ in 0..<1000 { wakeAhead.note(late: .zero) }
    #expect(wakeAhead.time == .zero)
  }

  @Test(arguments: [[0.0003, 0.0001, 0.0002, 0.00015], [0.0003, 0.003, 0.00005], [0.0001]])
  func `calls are no closer than the rate allows, and little farther apart`(
    work: [Double]
  ) throws {
    let world = try run(removals: 60_012, rate: 100, work: work + [0.00001]) { world, rest in
      rest + .seconds(world.nextWork.seconds / 3)
    }
    // Probe, ramp, six hundred full batches, and one user, prepared fastest of all.
    #expect(world.left.count == 604)
    let gaps = zip(world.left.dropFirst(), world.left).map { ($0 - $1).seconds }
    #expect(gaps.allSatisfy { $0 >= 0.01 }, "\(gaps.min() ?? 0)")
    let usual = gaps.suffix(300).sorted()[150]
    #expect(usual < 0.0101, "\(usual)")
  }

  @Test func `an early event does not move a send time forward`() throws {
    // It wakes three times without an event before each deadline.
    let world = try run(removals: 2_012, rate: 1, work: [0]) { world, rest in
      world.wakes % 4 == 0 ? rest : .seconds(rest.seconds / 2)
    }
    #expect(world.left.count == 24)
    #expect(world.early == 0)
  }

  private func run(
    removals: Int, rate: Int, work: [Double],
    wakingAfter: @escaping (UnevenWorld, Interval) -> Interval
  ) throws -> UnevenWorld {
    let simulation = try Simulation(simulatedManifest(removals: ids("r", removals)))
    simulation.settings.rate = try #require(Rate(rate))
    let start = Moment(
      instant: Instant(nanoseconds: 0), wall: Timestamp(seconds: 1_800_000_000))
    let plan = try simulation.plan()
    var world = UnevenWorld(
      time: start, work: work, wakingAfter: wakingAfter, plays: DryWorld(plan, at: start) { _ in })
    var machine = ApplyMachine(plan, simulation.settings, seed: 1, at: start)
    machine.run(in: &world)
    return world
  }

  /// A world in which the preparation of a call takes varying time, calls are sent as early as
  /// allowed, and waits end early.
  private struct UnevenWorld: World {
    var time: Moment
    /// How long calls take in turn, in seconds.
    let work: [Double]
    /// How long before a deadline it wakes.
    let wakingAfter: (UnevenWorld, Interval) -> Interval
    var plays: DryWorld
    /// When removals were sent.
    var left: [Instant] = []
    /// How many of them were queued more than the wake-ahead time before their send time.
    var early = 0
    var wakes = 0
    private var sendEvents: [ApplyEvent] = []

    init(
      time: Moment, work: [Double],
      wakingAfter: @escaping (UnevenWorld, Interval) -> Interval, plays: DryWorld
    ) {
      self.time = time
      self.work = work
      self.wakingAfter = wakingAfter
      self.plays = plays
    }

    var nextWork: Interval { .seconds(work[left.count % work.count]) }

    mutating func now() -> Moment { time }

    mutating func perform(_ action: ApplyAction, earliest: Instant) {
      plays.perform(action, earliest: earliest)
      guard case .send(let id, let call, _) = action else { return }
      if call == .deleteAccounts {
        if earliest - time.instant > .seconds(0.001) { early += 1 }
        time.instant = max(time.instant + nextWork, earliest)
        left.append(time.instant)
      }
      sendEvents.append(.sent(id, at: time.instant))
    }

    mutating func wait(until deadline: Instant?) -> [ApplyEvent] {
      // Only this world knows when a call was sent.
      let events =
        sendEvents
        + plays.wait(until: nil).filter { if case .sent = $0 { false } else { true } }
      sendEvents = []
      if events.isEmpty, let deadline {
        wakes += 1
        let rest = max(deadline - time.instant, .zero)
        time.instant = time.instant + wakingAfter(self, rest)
      }
      return events
    }
  }
}
