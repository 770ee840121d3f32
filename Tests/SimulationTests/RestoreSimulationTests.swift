import PruneCore
import Simulation
import TestSupport
import Testing

/// Tags that were cleared are restored to the tag, in the simulated world, under random faults
/// (docs/architecture.md, "Restoring tags").
struct RestoreSimulationTests {
  private static let faults: [Fault] = [
    .code(70169), .code(60007), .codeAfterEffect(70169), .items(70169, 3), .items(60018, 4),
    .notSent, .lostBeforeEffect, .lost, .slow(4), .status(502), .garbage, .missing, .duplicated,
    .contradicted(70107), .foreign, .reversed, .pretended,
  ]

  private func world(seed: UInt64, users: Int) throws -> Simulation {
    var random = SplitMix64(seed: seed)
    let world = try Simulation(simulatedManifest(clears: ids("c", users)), seed: seed)
    world.service.latency = random.pick([0.01...0.02, 0.05...1.5])
    for entry in world.manifest.entries.list {
      world.service.tags[entry.id] = ids("t", 1 + random.below(23))
    }
    return world
  }

  private func tags(_ world: Simulation) -> [String: [String]] {
    var tags: [String: [String]] = [:]
    for entry in world.manifest.entries.list {
      tags["\(entry.id)"] = world.service.currentTags(of: entry.id).sorted()
    }
    return tags
  }

  /// Applies, with crashes, until all users are cleared.
  private func clear(_ world: Simulation, _ random: inout SplitMix64) throws {
    for _ in 0..<8 {
      var faults = Simulation.FaultPlan()
      if random.oneIn(2) { faults.lastStep = 1 + random.below(120) }
      faults.cutsPower = random.oneIn(2)
      _ = try world.apply(faults)
      world.wait(seconds: 20)
    }
    world.service.fault = { _, _ in nil }
    for _ in 0..<2 { _ = try world.apply() }
    #expect(world.service.tagged.isEmpty)
  }

  @Test func `cleared tags are restored to the tag`() throws {
    for seed in 0..<30 as Range<UInt64> {
      let world = try world(seed: seed, users: 1 + Int(seed) * 12)
      let before = tags(world)
      #expect(try world.apply().exitCode == .success)
      #expect(world.service.tagged.isEmpty)
      let restored = try #require(try world.restore())
      #expect(restored.flatMap(\.values).allSatisfy { $0 == .restored })
      #expect(tags(world) == before)
      // A second restore finds nothing to do.
      let adds = world.service.addCalls
      #expect(try world.restore()?.flatMap(\.values).allSatisfy { $0 == .restored } == true)
      #expect(world.service.addCalls == adds)
    }
  }

  @Test func `clears and restores under faults, kills and power cuts lose no tag`() throws {
    for seed in 0..<120 as Range<UInt64> {
      var random = SplitMix64(seed: seed ^ 0x7A65)
      let world = try world(seed: seed, users: 1 + random.below(130))
      let before = tags(world)
      let fault = { (call: SimulatedCall, random: inout SplitMix64) -> Fault? in
        if call.purpose.isCheck || !random.oneIn(8) { return nil }
        let fault = random.pick(Self.faults)
        // A service whose readings are not true cannot be helped.
        return fault == .pretended && call.call.onlyReads ? nil : fault
      }
      world.service.fault = fault
      try clear(world, &random)
      world.service.fault = fault
      for _ in 0..<5 {
        var faults = Simulation.FaultPlan()
        if random.oneIn(2) { faults.lastStep = 1 + random.below(60) }
        _ = try world.restore(faults, merges: true)
        world.wait(seconds: 20)
      }
      world.service.fault = { _, _ in nil }
      let restored = try #require(try world.restore(merges: true))
      #expect(restored.flatMap(\.values).allSatisfy { $0 == .restored }, "seed \(seed)")
      #expect(tags(world) == before, "seed \(seed)")
    }
  }

  @Test func `users who are gone, or were tagged since, are left alone`() throws {
    let world = try world(seed: 5, users: 40)
    let before = tags(world)
    #expect(try world.apply().exitCode == .success)
    let all = world.manifest.entries.list.map(\.id)
    world.service.accounts.remove(all[0])
    world.service.tagged.insert(all[1])
    world.service.tags[all[1]] = ["somebody else's"]
    world.service.tagged.insert(all[2])
    world.service.tags[all[2]] = Array(before["\(all[2])"]?.prefix(1) ?? [])
    let statuses = try #require(try world.restore()?.first)
    #expect(statuses["\(all[0])"] == .absent)
    #expect(statuses["\(all[1])"] == .otherTags)
    #expect(statuses.values.count { $0 == .restored } == 38)
    #expect(world.service.currentTags(of: all[1]) == ["somebody else's"])
    #expect(world.service.currentTags(of: all[2]).sorted() == before["\(all[2])"])
    // With --merge, both have theirs.
    #expect(try world.restore(merges: true)?.first?["\(all[1])"] == .restored)
    let merged = (before["\(all[1])"] ?? []) + ["somebody else's"]
    #expect(world.service.currentTags(of: all[1]).sorted() == merged.sorted())
  }

  @Test func `a service that says it added tags and did not is asked twice`() throws {
    let world = try world(seed: 6, users: 30)
    #expect(try world.apply().exitCode == .success)
    world.service.fault = always(.addTags, .pretended)
    let statuses = try #require(try world.restore()?.first)
    #expect(statuses.values.allSatisfy { $0 == .failed(ServiceCode(0)) })
    #expect(world.service.tagged.isEmpty)
    world.service.fault = { _, _ in nil }
    #expect(try world.restore()?.first?.values.allSatisfy { $0 == .restored } == true)
  }

  @Test func `a signal stops a restore, and the next one continues`() throws {
    let world = try world(seed: 7, users: 400)
    let before = tags(world)
    #expect(try world.apply().exitCode == .success)
    _ = try world.restore(events: [(0.1, .interrupted(.interrupt))])
    #expect(tags(world) != before)
    #expect(try world.restore()?.first?.values.allSatisfy { $0 == .restored } == true)
    #expect(tags(world) == before)
  }
}
