import PruneCore
import Simulation
import TestSupport
import Testing

/// Refreshes in the simulated world, with random faults: they change nothing, and what they find is
/// true.
struct RefreshSimulationTests {
  private static let faults: [Fault] = [
    .code(70169), .code(60007), .code(12345), .code(70402), .codeAfterEffect(70169),
    .items(70169, 3), .items(70402, 2), .items(60018, 4), .notSent, .lostBeforeEffect, .lost,
    .slow(4), .slow(20), .status(502), .status(404), .garbage, .missing, .duplicated,
    .contradicted(70107), .foreign, .reversed, .misnamed(.otherCase, 70402, 2),
    .codeBesideResults(70402),
  ]

  private func world(seed: UInt64, faultsOneIn odds: Int) throws -> Simulation {
    var random = SplitMix64(seed: seed)
    let world = try Simulation(
      simulatedManifest(
        removals: ids("r", 1 + random.below(400)), clears: ids("c", 1 + random.below(250))),
      seed: seed)
    world.settings.scope = .refresh
    world.service.latency = random.pick([0.01...0.02, 0.05...1.5])
    for entry in world.manifest.entries.list {
      if random.oneIn(5) { world.service.accounts.remove(entry.id) }
      if random.oneIn(3) { world.service.tagged.remove(entry.id) }
    }
    if odds > 0 {
      world.service.fault = { call, random in
        call.purpose == .users && random.oneIn(odds) ? random.pick(Self.faults) : nil
      }
    }
    return world
  }

  /// Checks a refresh, and returns how many users it read.
  private func check(_ world: Simulation) throws -> Int {
    let (accounts, tagged) = (world.service.accounts, world.service.tagged)
    let state = world.state
    let run = try world.apply()
    #expect(world.service.accounts == accounts && world.service.tagged == tagged)
    #expect(world.state == state && world.journal.isEmpty)
    #expect(run.calls.allSatisfy { $0.call.operation == nil })
    let plan = try #require(run.plan)
    #expect(run.findings.count == plan.items.count)
    var read = 0
    for (item, finding) in zip(plan.items, run.findings) {
      let id = plan.entry(of: item).id
      switch finding {
      case .exists: #expect(item.operation == .removeAccount && accounts.contains(id))
      case .absent: #expect(!accounts.contains(id))
      case .tags(0): #expect(item.operation == .clearTags && !tagged.contains(id))
      case .tags: #expect(item.operation == .clearTags && tagged.contains(id))
      case .unread(let reason):
        // Only a refresh that stopped leaves users out.
        #expect(reason != .notReached || run.result?.stop != nil)
        continue
      }
      read += 1
    }
    return read
  }

  @Test func `a refresh without faults reads every user, and what it says is true`() throws {
    for seed in 0..<60 as Range<UInt64> {
      let world = try world(seed: seed, faultsOneIn: 0)
      #expect(try check(world) == world.manifest.entries.list.count)
    }
  }

  @Test(arguments: [3, 8])
  func `a refresh under faults changes nothing, and what it says is true`(odds: Int) throws {
    var (read, users) = (0, 0)
    for seed in 0..<200 as Range<UInt64> {
      let world = try world(seed: seed, faultsOneIn: odds)
      read += try check(world)
      users += world.manifest.entries.list.count
    }
    // Retries read most of them.
    #expect(read > users / 2)
    #expect(read < users)
  }
}
