import PruneCore
import TestSupport
import Testing

/// Random plans, faults and crashes: whatever happens, the rules of `SimulationChecks` hold, and
/// runs without faults then bring service and state together.
struct SimulationTests {
  @Test(arguments: 0..<8)
  func `any run that fails or crashes is finished by the runs after it`(block: Int) throws {
    for seed in (block * 25)..<(block * 25 + 25) {
      do {
        try Self.story(UInt64(seed))
      } catch {
        Issue.record("seed \(seed): \(error)")
      }
    }
  }

  private static func story(_ seed: UInt64) throws {
    var dice = Dice(seed: seed)
    let removals = ids("r", dice.pick([0, 1, 5, 40, 250, 700]))
    let clears = ids("c", dice.pick([1, 12, 130, 500]))
    let world = try Simulation(simulatedManifest(removals: removals, clears: clears), seed: seed)
    for id in removals where dice.isOneIn(6) {
      if let id = UserID(id) { world.service.accounts.remove(id) }
    }
    let bystanders = ids("b", 20).compactMap { UserID($0) }
    world.service.accounts.formUnion(bystanders)
    world.service.tagged.formUnion(bystanders)
    try makeTrouble(world, &dice)
    for _ in 0..<(1 + dice.below(3)) {
      let step = dice.isOneIn(3) ? nil : 1 + dice.below(120)
      _ = try world.apply(crashAt: step, events: signal(&dice))
      world.wait(seconds: Double(dice.below(30)))
    }
    // Better times.
    world.service.fault = { _, _ in nil }
    world.service.limit = nil
    world.service.refused = [:]
    world.service.poison = [:]
    world.failingAppend = nil
    world.settings.resendWithin = 100_000
    var isDone = false
    for _ in 0..<3 where !isDone {
      let run = try world.apply()
      isDone = run.exitCode == .success
    }
    guard isDone, try world.plan().isEmpty else { throw Breach("three good runs did not suffice") }
    try check(world, removals, clears, bystanders)
  }

  private static func makeTrouble(_ world: Simulation, _ dice: inout Dice) throws {
    let odds = dice.pick([2, 5, 20, 100])
    // A precheck fails at the first fault that does not pass; most runs are to come further.
    world.service.fault = { call, dice in
      dice.isOneIn(call.purpose == .users ? odds : max(odds, 12)) ? fault(&dice) : nil
    }
    world.service.latency = dice.pick([0.01...0.02, 0.05...1.5, 1.5...1.5])
    world.diskDelay = dice.pick([0...0, 0.001...0.02, 0.2...0.3])
    world.sendDelay = dice.pick([0...0, 0...0.003])
    if dice.isOneIn(4) { world.service.limit = 5 + dice.below(60) }
    if dice.isOneIn(10) { world.failingAppend = UInt64(1 + dice.below(30)) }
    if let rate = Rate(dice.pick([3, 20, 90, 100])) { world.settings.rate = rate }
    world.settings.canSign = dice.isOneIn(2)
    for entry in world.manifest.entries.list {
      if dice.isOneIn(100) { world.service.poison[entry.id] = dice.pick([70402, 90003, 93000]) }
      if dice.isOneIn(100) { world.service.refused[entry.id] = dice.pick([70402, 12345, 70051]) }
    }
  }

  private static func fault(_ dice: inout Dice) -> Fault {
    dice.pick([
      .code(70169), .code(60008), .code(60004), .code(60013), .code(60007), .code(12345),
      .code(70402), .code(30003), .code(70001), .codeAfterEffect(70169),
      .codeAfterEffect(91000), .items(70169, 3), .items(70402, 2), .items(71000, 1),
      .items(30003, 1), .items(60018, 4), .notSent, .notSent, .lostBeforeEffect, .lost, .lost,
      .late(2), .late(8), .slow(4), .slow(9), .status(502), .statusAfterEffect(502), .status(404),
      .garbage, .missing, .duplicated, .contradicted(70107), .foreign, .reversed, .untrusted,
      .code(dice.isOneIn(5) ? 71000 : 70500),
    ])
  }

  private static func signal(_ dice: inout Dice) -> [(seconds: Double, event: ApplyEvent)] {
    guard dice.isOneIn(4) else { return [] }
    return [(Double(dice.below(4000)) / 1000, .interrupted(dice.pick([.interrupt, .terminate])))]
  }

  private static func check(
    _ world: Simulation, _ removals: [String], _ clears: [String], _ bystanders: [UserID]
  ) throws {
    for id in removals.compactMap({ UserID($0) }) where world.service.accounts.contains(id) {
      throw Breach("\(id) is still there")
    }
    for id in clears.compactMap({ UserID($0) }) {
      guard world.service.accounts.contains(id), !world.service.tagged.contains(id) else {
        throw Breach("\(id) is not as wanted")
      }
    }
    guard world.service.accounts.isSuperset(of: bystanders),
      world.service.tagged.isSuperset(of: bystanders)
    else { throw Breach("a bystander was touched") }
    let records = try world.records()
    guard records.count == removals.count + clears.count, records.allSatisfy({ $0.done != nil })
    else { throw Breach("the state does not tell of everyone") }
  }
}
