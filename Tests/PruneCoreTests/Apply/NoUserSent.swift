import PruneCore
import Simulation
import Testing

/// Checks that a run ended before any user was sent.
func expectNoUserSent(
  _ run: Simulation.Run, _ world: Simulation, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(!run.calls.contains { $0.purpose == .users }, sourceLocation: sourceLocation)
  #expect(world.service.removed.isEmpty, sourceLocation: sourceLocation)
  #expect(world.service.cleared.isEmpty, sourceLocation: sourceLocation)
  #expect(try world.records().isEmpty, sourceLocation: sourceLocation)
  #expect(run.result?.hasChangedUsers == false, sourceLocation: sourceLocation)
  #expect(run.counts.notAttempted == run.plan?.items.count, sourceLocation: sourceLocation)
}
