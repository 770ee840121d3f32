import PruneCore
import TestSupport
import Testing

struct ApplySmokeTests {
  @Test func `a plan is applied and the next one is empty`() throws {
    let world = try Simulation(
      simulatedManifest(removals: ids("r", 250), clears: ids("c", 130)))
    let run = try world.apply()
    #expect(run.exitCode == .success)
    #expect(run.counts.removed == 250)
    #expect(run.counts.cleared == 130)
    #expect(run.ids(.clearTags).map(\.count) == [1, 10, 100, 19])
    #expect(run.ids(.deleteAccounts).map(\.count) == [1, 10, 100, 100, 39])
    #expect(world.service.accounts.count == 130)
  }
}
