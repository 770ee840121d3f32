import Foundation
import Simulation
import Testing

/// Random plans, faults, crashes and failing disks: the rules always hold, and after runs without
/// faults service and state agree.
struct ScenarioTests {
  /// `SEEDS=100000` runs more of them; `make soak` does.
  private static let seeds =
    ProcessInfo.processInfo.environment["SEEDS"].flatMap { UInt64($0) } ?? 2000

  @Test func `later runs finish any run that failed or crashed`() {
    let report = SeedSweep.run(0..<Self.seeds)
    #expect(report.breaches.isEmpty, "\(report)")
    // The faults really happen.
    #expect(report.deaths > report.scenarios / 3)
    #expect(report.failures > report.scenarios / 10)
    #expect(report.residue > 0)
  }

  @Test func `a seed gives the same scenario each time`() throws {
    for seed in 0..<20 as Range<UInt64> {
      let traces = try (0..<2).map { _ in
        let trace = Trace()
        _ = try Scenario(seed: seed, trace: trace)
        return trace.lines
      }
      #expect(traces[0] == traces[1])
      #expect(traces[0].count > 10)
    }
  }
}
