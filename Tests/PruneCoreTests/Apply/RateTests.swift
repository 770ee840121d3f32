import Simulation
import TestSupport
import Testing

@testable import PruneCore

/// The real loop against a limit that is shared or that calls reach late; `AdaptiveRateTests` tries many
/// more cases without users.
@Suite struct RateTests {
  @Test func `late calls cost a run little`() throws {
    let world = try world(calls: 500, rate: 100)
    world.service.limit = SharedLimit([(0, 100)], countsRefused: false)
    world.lateness = 0...0.02
    let run = try world.apply()
    #expect(run.exitCode == .success)
    #expect(run.refusals(of: .deleteAccounts) <= 5)
    let sends = run.sends(.deleteAccounts).dropFirst(3)
    #expect(Double(sends.count) / (try #require(sends.last) - sends[3]).seconds > 95)
    #expect(try #require(run.result?.pace.first).findings.lateness != nil)
  }

  /// 20 calls a second, then 8 for half a minute, then 20 again.
  @Test func `a limit that drops and returns is used in each phase`() throws {
    let world = try world(calls: 900, rate: 20)
    world.service.limit = SharedLimit([(0, 20), (10, 8), (40, 20)], countsRefused: false)
    let run = try world.apply()
    #expect(run.exitCode == .success)
    let sends = run.sends(.deleteAccounts)
    func rate(_ from: Double, _ to: Double) -> Double {
      Double(sends.count { ($0 - sends[0]).seconds >= from && ($0 - sends[0]).seconds < to })
        / (to - from)
    }
    #expect(rate(1, 10) > 18)
    #expect(rate(10, 40) > 7.2 && rate(25, 40) < 9)
    #expect(rate(40, 60) > 16)
    #expect(rate(55, 65) > 19)
  }

  private func world(calls: Int, rate: Int) throws -> Simulation {
    let world = try Simulation(simulatedManifest(removals: ids("r", 11 + (calls - 3) * 100)))
    world.settings.rate = try #require(Rate(rate))
    world.service.latency = 0.002...0.006
    world.diskDelay = 0.001...0.001
    return world
  }
}
