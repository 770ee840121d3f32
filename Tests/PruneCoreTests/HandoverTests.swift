import Simulation
import Testing

@testable import PruneCore

/// How much before its moment the work on a call begins.
@Suite struct HandoverTests {
  @Test func `nothing is taken for known after a few calls`() {
    var handover = Handover()
    for _ in 0..<19 { handover.note(.seconds(0.0001)) }
    #expect(handover.least == .seconds(0))
    handover.note(.seconds(0.0003))
    #expect(handover.least == .seconds(0.0001))
  }

  @Test func `the least time counts, and half a millisecond at the most`() {
    var handover = Handover()
    for _ in 0..<30 { handover.note(.seconds(0.4)) }
    #expect(handover.least == .seconds(0.0005))
    handover.note(.seconds(0.0002))
    #expect(handover.least == .seconds(0.0002))
  }

  @Test(arguments: [[0.0003, 0.0001, 0.0002, 0.00015], [0.0004, 0.004, 0.00005], [0.0001]])
  func `calls leave no closer than the pace allows, and little farther apart`(
    work: [Double]
  ) throws {
    let simulation = try Simulation(simulatedManifest(removals: ids("r", 6_012)))
    simulation.settings.rate = try #require(Rate(100))
    let start = Moment(
      instant: Instant(nanoseconds: 0), wall: Timestamp(seconds: 1_800_000_000))
    var world = UnevenWorld(
      time: start, work: work + [0.00001], plays: DryWorld(at: start) { _ in })
    var machine = ApplyMachine(try simulation.plan(), simulation.settings, seed: 1, at: start)
    machine.run(in: &world)
    // Probe, ramp, sixty full batches, and one user, made ready the soonest of all.
    #expect(world.left.count == 64)
    let gaps = zip(world.left.dropFirst(), world.left).map { ($0 - $1).seconds }
    #expect(gaps.allSatisfy { $0 >= 0.01 }, "\(gaps.min() ?? 0)")
    let usual = gaps.suffix(30).sorted()[15]
    #expect(usual < 0.0104, "\(usual)")
  }

  /// A world in which each call takes another time to be made ready, and leaves as soon as it may.
  private struct UnevenWorld: World {
    var time: Moment
    var left: [Instant] = []
    var work: [Double]
    var plays: DryWorld

    mutating func now() -> Moment { time }

    mutating func perform(_ action: ApplyAction, earliest: Instant) -> Moment {
      if case .send(_, .deleteAccounts, _) = action {
        time.instant = time.instant + .seconds(work[left.count % work.count])
        time.instant = max(time.instant, earliest)
        left.append(time.instant)
      }
      _ = plays.perform(action, earliest: earliest)
      return time
    }

    mutating func wait(until deadline: Instant?) -> [ApplyEvent] {
      let events = plays.wait(until: nil)
      if events.isEmpty, let deadline { time.instant = max(time.instant, deadline) }
      return events
    }
  }
}
