import Simulation
import Testing

/// A small run that fails at every one of its disk operations.
struct DiskFaultSweepTests {
  @Test(arguments: DiskFaultSweep.Kind.allCases)
  func `a run may fail at any disk operation`(kind: DiskFaultSweep.Kind) throws {
    #expect(try DiskFaultSweep.everyOperation(kind, seed: 1) > 30)
  }

  /// Regression: a process died after renaming a state and before syncing the folder; the state was
  /// treated as saved, and its journal removed.
  @Test func `the recovery from an interrupted save may be interrupted too`() throws {
    #expect(try DiskFaultSweep.everyRecovery() > 200)
  }

  /// Regression: a failed journal stayed behind when its run died during the save, and made a user
  /// unknown again whose refusal the state knew.
  @Test func `a leftover journal does not undo what only the state knows`() throws {
    #expect(try DiskFaultSweep.everySaveAfterFailure() > 100)
  }
}
