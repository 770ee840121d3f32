import Simulation
import TestSupport
import Testing

@testable import PruneCore

/// How fast a run is when the limit is shared or calls arrive late (docs/architecture.md, "Pacing"):
/// the real loop against a strict limit.
@Suite struct RateTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var rate: Int
    var limit: SharedLimit
    var lateness = 0.0
    /// The least share of the available calls, and the most refusals in 1,004 calls.
    var share: Double
    var refusals: Int

    var testDescription: String { name }
  }

  static let cases = [false, true].flatMap { counts in
    func limit(_ calls: Int) -> SharedLimit {
      SharedLimit([(from: 0, calls: calls)], countsRefused: counts)
    }
    let more = counts ? ", refused calls count" : ""
    return [
      Case(
        name: "up to 5 ms late" + more, rate: 100, limit: limit(100), lateness: 0.005,
        share: 0.98, refusals: 10),
      Case(
        name: "up to 20 ms late" + more, rate: 100, limit: limit(100), lateness: 0.02,
        share: 0.95, refusals: 10),
      Case(
        name: "up to 50 ms late" + more, rate: 100, limit: limit(100), lateness: 0.05,
        share: 0.92, refusals: 10),
      Case(
        name: "up to 50 ms late at 90" + more, rate: 90, limit: limit(100), lateness: 0.05,
        share: 0.88, refusals: 0),
      Case(name: "60 left" + more, rate: 90, limit: limit(60), share: 0.9, refusals: 10),
      Case(name: "40 left" + more, rate: 90, limit: limit(40), share: 0.9, refusals: 10),
      Case(name: "40 left, at 100" + more, rate: 100, limit: limit(40), share: 0.9, refusals: 10),
    ]
  }

  @Test(arguments: cases)
  func `a run uses the limit that is left, with few refusals`(test: Case) throws {
    let world = try world(calls: 1_004, rate: test.rate)
    world.service.limit = test.limit
    world.lateness = 0...test.lateness
    let run = try world.apply()
    #expect(run.exitCode == .success)
    let calls = run.sends(.deleteAccounts).dropFirst(3)
    let seconds = (try #require(calls.last) - calls[calls.startIndex]).seconds
    let accepted = Double(calls.count - run.refusals(of: .deleteAccounts))
    let share = accepted / seconds / Double(test.limit.left(after: 0))
    #expect(share > test.share)
    #expect(run.refusals(of: .deleteAccounts) <= test.refusals)
  }

  /// 100 calls a second, then 40 for a minute, then 100 again.
  @Test func `a limit that drops and returns is used in each phase`() throws {
    let world = try world(calls: 8_000, rate: 100)
    world.service.limit = SharedLimit([(0, 100), (20, 40), (80, 100)], countsRefused: false)
    world.service.latency = 0.005...0.02
    let run = try world.apply()
    #expect(run.exitCode == .success)
    let sends = run.sends(.deleteAccounts)
    let start = sends[0]
    func rate(_ from: Double, _ to: Double) -> Double {
      Double(sends.count { ($0 - start).seconds >= from && ($0 - start).seconds < to })
        / (to - from)
    }
    #expect(rate(1, 20) > 90)
    // A run whose rate was just right finds it within 15 s, and keeps to it.
    #expect(rate(20, 80) > 36 && rate(35, 80) < 42)
    #expect(rate(80, 95) > 75)
    #expect(rate(95, 105) > 98)
  }

  /// The users of so many calls with all steps of the ramp. Small batches would not change the rate, but
  /// each user costs the simulation time.
  private func world(calls: Int, rate: Int) throws -> Simulation {
    let world = try Simulation(simulatedManifest(removals: ids("r", 11 + (calls - 3) * 100)))
    world.settings.rate = try #require(Rate(rate))
    world.service.latency = 0.002...0.006
    world.diskDelay = 0.001...0.001
    return world
  }
}
