import PruneCore
import PruneEngine
import Testing

@testable import Simulation

/// A state is durable before anything builds on it.
struct DurabilityTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func `a recovery makes the state's name durable`(seed: UInt64) throws {
    let disk = VirtualDisk(seed: seed)
    let failing = ProcessDisk(disk)
    let header = StateHeader(
      app: try #require(SDKAppID(7)), service: .loopback, lineage: Lineage(1), serial: 1)
    try StateStore.create(StateFiles(path: "other.state", on: failing), header)
    // The last operation of creating a state is the sync of its folder.
    let last = 2 * failing.operations
    failing.failure = DiskFailure(.inputOutput, from: last, isLasting: false)
    #expect(throws: StateStoreError.self) {
      try StateStore.create(StateFiles(path: "imprune.state", on: failing), header)
    }
    let files = StateFiles(path: "imprune.state", on: ProcessDisk(disk))
    #expect(try StateStore.recover(files) == nil)
    disk.cutPower(keepsNewest: false)
    #expect(try StateStore.snapshot(files).header == header)
  }
}
