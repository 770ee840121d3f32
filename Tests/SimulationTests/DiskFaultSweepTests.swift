import Simulation
import Testing

/// A small run that ends at every one of its disk operations.
struct DiskFaultSweepTests {
  @Test(arguments: DiskFaultSweep.Kind.allCases)
  func `a run may end at any disk operation`(kind: DiskFaultSweep.Kind) throws {
    #expect(try DiskFaultSweep.everyOperation(kind, seed: 1) > 30)
  }

  /// A state that was renamed by a process that died before it synced the folder was once taken for
  /// saved, and its journal removed.
  @Test func `the recovery after a save that was cut short may be cut short too`() throws {
    #expect(try DiskFaultSweep.everyRecovery() > 200)
  }

  /// A journal that had failed, and stayed behind when its run died in its save, once made unknown
  /// again whose refusal the state knew.
  @Test func `what only the state knows of a run is not taken back by its journal`() throws {
    #expect(try DiskFaultSweep.everySaveAfterFailure() > 100)
  }
}
