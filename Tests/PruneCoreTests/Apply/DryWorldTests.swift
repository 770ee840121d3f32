import PruneCore
import Simulation
import TestSupport
import Testing

/// A dry run selects exactly what an apply sends, since it is the same machine in another world.
@Suite struct DryWorldTests {
  @Test(arguments: 0..<60 as Range<UInt64>)
  func `a dry run lists the batches of an apply in order`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let removals = ids("r", random.pick([0, 1, 30, 250, 600]))
    let clears = ids("c", random.pick([0, 1, 11, 150, 420]))
    guard removals.count + clears.count > 0 else { return }
    let world = try Simulation(
      simulatedManifest(
        removals: removals, clears: clears, revision: 1 + random.below(3)), seed: seed)
    var records: [StateRecord] = []
    for (operation, ids) in [(Operation.clearTags, clears), (.removeAccount, removals)] {
      for id in ids.compactMap({ UserID($0) }) where random.oneIn(3) {
        let record = try randomRecord(&random, id, operation)
        records.append(record)
      }
    }
    try world.write(records.sorted { $0.id < $1.id })

    let plan = try world.plan()
    // Unknown users turn out to be done; a dry run cannot read that, and sends no user twice.
    for record in plan.unresolved where plan.item(of: record.id)?.cause ?? .unknown == .unknown {
      world.service.accounts.remove(record.id)
      world.service.tagged.remove(record.id)
    }
    var planned: [DryWorld.PlannedBatch] = []
    var dry = DryWorld(plan, at: Moment(instant: world.now, wall: world.wall)) {
      planned.append($0)
    }
    var machine = ApplyMachine(plan, world.settings, seed: seed, at: dry.now())
    machine.run(in: &dry)
    let run = try world.apply()
    #expect(run.exitCode == .success)
    for call in [Call.deleteAccounts, .clearTags] {
      #expect(planned.filter { $0.call == call }.map { $0.ids.map(\.description) } == run.ids(call))
    }
    #expect(planned.map(\.after) == planned.map(\.after).sorted())
  }
}
