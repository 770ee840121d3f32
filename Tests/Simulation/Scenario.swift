internal import PruneCore
internal import PruneEngine
internal import TestSupport

/// A scenario from one seed: a plan, some runs with failures, crashes and other faults, and runs
/// without faults at the end, after which service and state must agree.
package struct Scenario {
  package private(set) var runs = 0
  package private(set) var deaths = 0
  /// Runs ended by a disk error.
  package private(set) var failures = 0
  /// Second persons removed because they registered inside the window.
  package private(set) var residue = 0

  private let removals: [String]
  private let clears: [String]
  private let unplannedUsers: [UserID]
  /// A mutation gets more crashes, readers and waits.
  private let isIntense: Bool
  /// Whether the rule is about readers, which do not survive a power cut.
  private let isAboutReaders: Bool
  private var random: SplitMix64
  private let world: Simulation

  /// Runs the scenario; throws the breach, if there is one.
  package init(seed: UInt64, mutation: Mutation? = nil, trace: Trace? = nil) throws {
    random = SplitMix64(seed: seed)
    isIntense = mutation != nil
    isAboutReaders = mutation?.hidesIdentity ?? false
    let isLarge = random.oneIn(40) && !isIntense
    removals = ids("r", random.pick(isLarge ? [0, 40, 250] : [0, 1, 2, 3, 5, 14]))
    clears = ids("c", random.pick(isLarge ? [12, 130] : [0, 1, 2, 4, 13]))
    unplannedUsers = ids("b", 3).compactMap { UserID($0) }
    let users = removals.isEmpty && clears.isEmpty ? ids("c", 1) : clears
    world = try Simulation(
      simulatedManifest(removals: removals, clears: users), seed: seed, trace: trace)
    world.mutation = mutation
    for id in removals where random.oneIn(6) {
      if let id = UserID(id) { world.service.accounts.remove(id) }
    }
    world.service.accounts.formUnion(unplannedUsers)
    world.service.tagged.formUnion(unplannedUsers)
    do {
      try runAll(clears: users)
    } catch {
      trace?.add("BREACH  \(error)")
      throw error
    }
  }

  private mutating func runAll(clears: [String]) throws {
    setUpFaults()
    let whole = world.manifest
    for _ in 0..<(1 + random.below(4)) {
      // Lines may be deleted and come back.
      world.manifest = random.oneIn(8) ? try half(clears) : whole
      if random.oneIn(isIntense ? 2 : 6) { try world.putBackOldJournal() }
      try run(randomFaultPlan(), events: signal())
      world.wait(seconds: random.pick(isIntense ? [700] : [0, 1, 20, 20, 700, 4000]))
    }
    world.manifest = whole
    try runToQuiescence(clears)
    try world.finishReader()
    residue = world.residue
    try check(clears)
  }

  private mutating func half(_ clears: [String]) throws -> Manifest {
    let some = removals.filter { _ in random.oneIn(2) }
    let others = clears.filter { _ in random.oneIn(2) }
    let isNone = some.isEmpty && others.isEmpty
    return isNone ? world.manifest : try simulatedManifest(removals: some, clears: others)
  }

  private mutating func run(
    _ faultPlan: Simulation.FaultPlan, events: [(seconds: Double, event: ApplyEvent)] = []
  ) throws {
    let run = try world.apply(faultPlan, events: events)
    runs += 1
    if run.hasDied { deaths += 1 }
    if run.failure != nil { failures += 1 }
  }

  // MARK: - Faults

  private mutating func setUpFaults() {
    let odds = random.pick([2, 5, 20, 100])
    // A precheck fails at the first permanent fault; most runs should get further.
    let burst = throttleBurst()
    world.service.fault = { call, random in
      if call.purpose == .users, burst.contains(call.number) { return .code(60007) }
      if call.call == .clearTags, random.oneIn(12) { return .pretended }
      return random.oneIn(call.purpose.isCheck ? max(odds, 12) : odds) ? Self.fault(&random) : nil
    }
    world.service.latency = random.pick([0.01...0.02, 0.05...1.5, 1.5...1.5])
    world.diskDelay = random.pick([0...0, 0.001...0.02, 0.2...0.3])
    world.sendDelay = random.pick([0...0, 0...0.003])
    world.connecting = random.pick([(0, 0...0), (3, 0.01...0.3), (2, 0...2)])
    if random.oneIn(4) { world.service.limit = sharedLimit() }
    if random.oneIn(4) { world.lateness = random.pick([0...0.005, 0...0.05, 0...1.5]) }
    if let rate = Rate(random.pick([3, 20, 90, 100])) { world.settings.rate = rate }
    world.settings.canSign = random.oneIn(2)
    world.settings.acceptsAbsent = random.oneIn(3)
    world.settings.savesTags = !random.oneIn(8)
    world.settings.resendWithin = random.pick([600, 600, 600, 60, 5, 0])
    for entry in world.manifest.entries.list {
      if random.oneIn(60) { world.service.poison[entry.id] = random.pick([70402, 90003, 93000]) }
      if random.oneIn(3) { world.service.tags[entry.id] = ids("t", 1 + random.below(23)) }
      if random.oneIn(8) { world.service.tagged.remove(entry.id) }
      if random.oneIn(60) { world.service.refused[entry.id] = random.pick([70402, 12345, 70051]) }
    }
  }

  /// The numbers of calls that the service throttles one after the other; none mostly.
  private mutating func throttleBurst() -> Range<Int> {
    guard random.oneIn(isIntense ? 2 : 8) else { return 0..<0 }
    let first = 1 + random.below(4)
    return first..<(first + 2 + random.below(8))
  }

  /// Other clients come and go, and take all of the limit at times.
  private mutating func sharedLimit() -> SharedLimit {
    var phases = [(from: 0.0, calls: 5 + random.below(60))]
    for _ in 0..<random.below(4) {
      phases.append(
        (phases[phases.count - 1].from + Double(1 + random.below(20)), random.below(100)))
    }
    return SharedLimit(phases, countsRefused: random.oneIn(2))
  }

  private static func fault(_ random: inout SplitMix64) -> Fault {
    random.pick([
      .code(70169), .code(60008), .code(60004), .code(60013), .code(60007), .code(12345),
      .code(70402), .code(30003), .code(70001), .codeAfterEffect(70169),
      .codeAfterEffect(91000), .items(70169, 3), .items(70402, 2), .items(71000, 1),
      .items(30003, 1), .items(60018, 4), .notSent, .notSent, .lostBeforeEffect, .lost, .lost,
      .late(2), .late(8), .slow(4), .slow(9), .status(502), .statusAfterEffect(502), .status(404),
      .garbage, .missing, .duplicated, .contradicted(70107), .foreign, .reversed, .untrusted,
      .misnamed(random.pick([.otherCase, .tooLong, .otherList]), 70402, 1 + random.below(3)),
      .codeBesideResults(random.pick([70402, 70169, 12345])),
      .code(random.oneIn(5) ? 71000 : 70500),
    ])
  }

  private mutating func signal() -> [(seconds: Double, event: ApplyEvent)] {
    guard random.oneIn(5) else { return [] }
    return [
      (Double(random.below(4000)) / 1000, .interrupted(random.pick([.interrupt, .terminate])))
    ]
  }

  private mutating func randomFaultPlan() -> Simulation.FaultPlan {
    var faultPlan = Simulation.FaultPlan()
    switch isIntense && random.oneIn(2) ? 2 : random.below(5) {
    case 0: faultPlan.lastStep = 1 + random.below(50)
    case 1: faultPlan.lastOperation = 1 + random.below(random.pick([25, 70]))
    case 2: faultPlan.lastOfSave = 1 + random.below(24)
    default: break
    }
    faultPlan.cutsPower = isIntense && !isAboutReaders || random.oneIn(2)
    if random.oneIn(5) {
      faultPlan.failure = DiskFailure(
        random.pick([.inputOutput, .noSpace]), from: 1 + random.below(60),
        isLasting: random.oneIn(2))
    }
    if random.oneIn(6) { faultPlan.sleep = (1 + random.below(50), random.pick([30, 700, 4000])) }
    if random.oneIn(3) { faultPlan.registrations = random.pick([2, 8]) }
    if random.oneIn(isIntense ? 2 : 5) || isAboutReaders {
      faultPlan.readers = random.pick([3, 12])
    }
    faultPlan.mountsState = random.oneIn(20)
    // What a crash leaves of removed files is not predictable.
    guard random.oneIn(4), faultPlan.failure == nil else { return faultPlan }
    faultPlan.lastStep = nil
    faultPlan.lastOperation = nil
    faultPlan.lastOfSave = nil
    faultPlan.readers = nil
    faultPlan.externalChange = (2 + random.below(60), random.pick(ExternalChange.allCases))
    return faultPlan
  }

  // MARK: - The end

  /// Runs without faults do the rest; users that may be other persons by now are left alone until
  /// someone raises their revision.
  private mutating func runToQuiescence(_ clears: [String]) throws {
    let world = world
    world.service.fault = { _, _ in nil }
    world.service.limit = nil
    world.lateness = 0...0
    world.service.refused = [:]
    world.service.poison = [:]
    world.settings.acceptsAbsent = true
    world.wait(seconds: 10)
    try runUntil { try world.plan().items.allSatisfy { $0.cause == .unknown } }
    let plan = try world.plan()
    let raised = plan.items.map { plan.entry(of: $0).id }
    for id in raised where !world.service.accounts.contains(id) {
      throw Breach(.end, "\(id) is left unknown, although a read shows that it is gone")
    }
    world.manifest = try simulatedManifest(
      removals: removals, clears: clears, raised: Set(raised.map(\.description)))
    try runUntil { try world.plan().isEmpty }
  }

  private mutating func runUntil(_ isDone: () throws -> Bool) throws {
    for _ in 0..<3 {
      try run(Simulation.FaultPlan())
      if try isDone() { return }
    }
    throw Breach(.end, "three runs without faults did not suffice")
  }

  private func check(_ clears: [String]) throws {
    let service = world.service
    for id in removals.compactMap({ UserID($0) }) {
      guard !service.accounts.contains(id) || service.isSecond(id) else {
        throw Breach(.truth, "\(id) is still there")
      }
    }
    for id in clears.compactMap({ UserID($0) }) {
      guard service.accounts.contains(id) else { throw Breach(.onlyPlanned, "\(id) was removed") }
      guard !service.tagged.contains(id) || service.isTaggedAgain(id) else {
        throw Breach(.truth, "\(id) has tags")
      }
    }
    guard service.accounts.isSuperset(of: unplannedUsers),
      service.tagged.isSuperset(of: unplannedUsers)
    else { throw Breach(.onlyPlanned, "a user outside the plan was changed") }
    let records = try world.records()
    guard records.count == removals.count + clears.count, records.allSatisfy({ $0.done != nil })
    else { throw Breach(.durability, "the state lacks users") }
  }
}
