import Simulation
import Testing

@testable import PruneCore

/// How much before its moment the work on a call begins.
@Suite struct LeadTests {
  @Test func `the lead is what two calls of three need`() {
    var lead = Lead()
    // Calls that would be late by 1 to 300 microseconds, in turn.
    for number in 0..<3000 {
      let work = Interval(nanoseconds: Int64(1 + number * 7 % 300) * 1000)
      lead.note(late: max(work - lead.time, .zero))
    }
    #expect(lead.time > .seconds(0.00018))
    #expect(lead.time < .seconds(0.00024))
  }

  @Test func `the lead is half a millisecond at the most, and grows in small steps`() {
    var lead = Lead()
    #expect(lead.time == .seconds(0.0001))
    lead.note(late: .seconds(0.4))
    #expect(lead.time == .seconds(0.000102))
    for _ in 0..<1000 { lead.note(late: .seconds(0.4)) }
    #expect(lead.time == .seconds(0.0005))
    for _ in 0..<1000 { lead.note(late: .zero) }
    #expect(lead.time == .zero)
  }

  @Test(arguments: [[0.0003, 0.0001, 0.0002, 0.00015], [0.0003, 0.003, 0.00005], [0.0001]])
  func `calls leave no closer than the pace allows, and little farther apart`(
    work: [Double]
  ) throws {
    let simulation = try Simulation(simulatedManifest(removals: ids("r", 60_012)))
    simulation.settings.rate = try #require(Rate(100))
    let start = Moment(
      instant: Instant(nanoseconds: 0), wall: Timestamp(seconds: 1_800_000_000))
    var world = UnevenWorld(
      time: start, work: work + [0.00001], plays: DryWorld(at: start) { _ in })
    var machine = ApplyMachine(try simulation.plan(), simulation.settings, seed: 1, at: start)
    machine.run(in: &world)
    // Probe, ramp, six hundred full batches, and one user, made ready the soonest of all.
    #expect(world.left.count == 604)
    let gaps = zip(world.left.dropFirst(), world.left).map { ($0 - $1).seconds }
    #expect(gaps.allSatisfy { $0 >= 0.01 }, "\(gaps.min() ?? 0)")
    let usual = gaps.suffix(300).sorted()[150]
    #expect(usual < 0.0101, "\(usual)")
  }

  @Test func `what comes to nothing long before a moment brings no moment nearer`() throws {
    let simulation = try Simulation(simulatedManifest(removals: ids("r", 2_012)))
    simulation.settings.rate = try #require(Rate(1))
    let start = Moment(
      instant: Instant(nanoseconds: 0), wall: Timestamp(seconds: 1_800_000_000))
    var world = RestlessWorld(time: start, plays: DryWorld(at: start) { _ in })
    var machine = ApplyMachine(try simulation.plan(), simulation.settings, seed: 1, at: start)
    machine.run(in: &world)
    #expect(world.left.count == 24)
    #expect(world.early == 0)
  }

  /// A world that wakes three times for nothing before each deadline, and notes what may not leave yet.
  private struct RestlessWorld: World {
    var time: Moment
    var left: [Instant] = []
    /// Calls whose moment had not come, by more than a lead.
    var early = 0
    var plays: DryWorld
    var wakes = 0

    mutating func now() -> Moment { time }

    mutating func perform(_ action: ApplyAction, earliest: Instant) -> Instant? {
      if case .send(_, .deleteAccounts, _) = action {
        if earliest - time.instant > .seconds(0.001) { early += 1 }
        time.instant = max(time.instant, earliest)
        left.append(time.instant)
      }
      _ = plays.perform(action, earliest: earliest)
      return time.instant
    }

    mutating func wait(until deadline: Instant?) -> [ApplyEvent] {
      let events = plays.wait(until: nil)
      if events.isEmpty, let deadline {
        wakes += 1
        let rest = max(deadline - time.instant, .zero)
        time.instant =
          wakes % 4 == 0 ? time.instant + rest : time.instant + .seconds(rest.seconds / 2)
      }
      return events
    }
  }

  /// A world that wakes late, in which each call takes another time to be made ready, and leaves as
  /// soon as it may.
  private struct UnevenWorld: World {
    var time: Moment
    var left: [Instant] = []
    var work: [Double]
    var plays: DryWorld

    mutating func now() -> Moment { time }

    mutating func perform(_ action: ApplyAction, earliest: Instant) -> Instant? {
      if case .send(_, .deleteAccounts, _) = action {
        time.instant = time.instant + .seconds(work[left.count % work.count])
        time.instant = max(time.instant, earliest)
        left.append(time.instant)
      }
      _ = plays.perform(action, earliest: earliest)
      return time.instant
    }

    mutating func wait(until deadline: Instant?) -> [ApplyEvent] {
      let events = plays.wait(until: nil)
      if events.isEmpty, let deadline {
        time.instant = max(time.instant, deadline + .seconds(work[left.count % work.count] / 3))
      }
      return events
    }
  }
}
