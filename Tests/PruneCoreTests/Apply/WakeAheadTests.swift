import Simulation
import Testing

@testable import PruneCore

/// How much before its moment the work on a call begins.
@Suite struct WakeAheadTests {
  @Test func `the wakeAhead is what two calls of three need`() {
    var wakeAhead = WakeAhead()
    // Calls that would be late by 1 to 300 microseconds, in turn.
    for number in 0..<3000 {
      let work = Interval(nanoseconds: Int64(1 + number * 7 % 300) * 1000)
      wakeAhead.note(late: max(work - wakeAhead.time, .zero))
    }
    #expect(wakeAhead.time > .seconds(0.00018))
    #expect(wakeAhead.time < .seconds(0.00024))
  }

  @Test func `the wakeAhead is half a millisecond at the most, and grows in small steps`() {
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
  func `calls leave no closer than the pace allows, and little farther apart`(
    work: [Double]
  ) throws {
    let world = try run(removals: 60_012, rate: 100, work: work + [0.00001]) { world, rest in
      rest + .seconds(world.nextWork.seconds / 3)
    }
    // Probe, ramp, six hundred full batches, and one user, made ready the soonest of all.
    #expect(world.left.count == 604)
    let gaps = zip(world.left.dropFirst(), world.left).map { ($0 - $1).seconds }
    #expect(gaps.allSatisfy { $0 >= 0.01 }, "\(gaps.min() ?? 0)")
    let usual = gaps.suffix(300).sorted()[150]
    #expect(usual < 0.0101, "\(usual)")
  }

  @Test func `what comes to nothing long before a moment brings no moment nearer`() throws {
    // It wakes three times for nothing before each deadline.
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
    var world = UnevenWorld(
      time: start, work: work, wakingAfter: wakingAfter, plays: DryWorld(at: start) { _ in })
    var machine = ApplyMachine(try simulation.plan(), simulation.settings, seed: 1, at: start)
    machine.run(in: &world)
    return world
  }

  /// A world in which each call takes another time to be made ready and leaves as soon as it may, and
  /// that wakes when it likes.
  private struct UnevenWorld: World {
    var time: Moment
    /// How long calls take in turn, in seconds.
    let work: [Double]
    /// When it wakes, so long before a deadline.
    let wakingAfter: (UnevenWorld, Interval) -> Interval
    var plays: DryWorld
    /// When removals have left.
    var left: [Instant] = []
    /// How many of them were handed over before their moment, by more than a lead.
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
      // Of what leaves, only this world knows when.
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
