import PruneCore
import Simulation
import TestSupport
import Testing

/// The live precheck: whatever stands in the way is found before the first user is sent (DESIGN 6).
///
/// The rules of `PrecheckChecks` hold in each of these runs too.
struct ApplyPrecheckTests {
  private func removals(_ users: Int = 300) throws -> Simulation {
    try Simulation(simulatedManifest(removals: ids("r", users)))
  }

  private func clears(_ users: Int = 300) throws -> Simulation {
    try Simulation(simulatedManifest(clears: ids("c", users)))
  }

  private func both() throws -> Simulation {
    try Simulation(simulatedManifest(removals: ids("r", 5), clears: ids("c", 5)))
  }

  /// Checks that a run ended before any user was sent.
  private func expectNobodyTouched(
    _ run: Simulation.Run, _ world: Simulation, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(!run.calls.contains { $0.purpose == .users }, sourceLocation: sourceLocation)
    #expect(world.service.removed.isEmpty, sourceLocation: sourceLocation)
    #expect(world.service.cleared.isEmpty, sourceLocation: sourceLocation)
    #expect(try world.records().isEmpty, sourceLocation: sourceLocation)
    #expect(run.result?.hasChangedUsers == false, sourceLocation: sourceLocation)
    #expect(run.counts.notAttempted == run.plan?.items.count, sourceLocation: sourceLocation)
  }

  // MARK: - 71000: {top level, item level} x {probe, the ramp's first user, mid-run}

  private static let denials = [Fault.code(71000), .items(71000, 100)]

  @Test(arguments: denials)
  func `71000 at the probe refuses, and no user was sent`(denial: Fault) throws {
    let world = try removals()
    world.service.fault = always(.probe, denial)
    let run = try world.apply()
    #expect(run.exitCode == .refused)
    #expect(run.result?.stop == .fatal(.deleteAccounts, ServiceCode(71000), info: ""))
    #expect(run.ids(.probe).count == 1)
    try expectNobodyTouched(run, world)
  }

  @Test(arguments: denials)
  func `71000 at the ramp's first user refuses, and one user was sent, none removed`(
    denial: Fault
  ) throws {
    // The service looks up the account before the edition, so the probe passes.
    let world = try removals()
    let accounts = world.service.accounts
    world.service.fault = { call, _ in
      call.call == .deleteAccounts && accounts.contains(call.ids[0]) ? denial : nil
    }
    let run = try world.apply()
    #expect(run.exitCode == .refused)
    #expect(run.passed.count == 2)
    #expect(run.ids(.deleteAccounts) == [["r000000"]])
    #expect(world.service.removed.isEmpty)
    #expect(world.service.accounts.count == 300)
    #expect(run.counts.notAttempted == 300)
    #expect(try world.records().isEmpty)
  }

  @Test(arguments: denials)
  func `71000 in the middle stops the sending, and what was answered is recorded`(
    denial: Fault
  ) throws {
    let world = try removals(8_000)
    world.service.latency = 0.3...0.3
    world.service.fault = { call, _ in
      guard call.purpose == .users, call.call == .deleteAccounts else { return nil }
      return call.number == 30 ? denial : nil
    }
    let run = try world.apply()
    #expect(run.exitCode == .appliedInPart)
    #expect(run.result?.stop == .fatal(.deleteAccounts, ServiceCode(71000), info: ""))
    // That nothing is sent after the stop is a rule of the checks; all in flight has its outcome.
    let refused = run.ids(.deleteAccounts)[29]
    #expect(run.ids(.deleteAccounts).count < 80)
    let sent = Set(run.ids(.deleteAccounts).flatMap { $0 })
    let recorded = Set(try world.records().map(\.id.description))
    #expect(recorded == sent.subtracting(refused))
    #expect(run.counts.removed == recorded.count)
    #expect(run.counts.notAttempted == 8_000 - recorded.count)
    #expect(run.counts.unknown == 0)
    #expect(refused.allSatisfy { UserID($0).map(world.service.accounts.contains) == true })
  }

  // MARK: - The probe

  @Test(arguments: [nil, Fault.code(70107), .items(70107, 1), .items(0, 1)])
  func `a probe that is nobody, or was removed, passes`(fault: Fault?) throws {
    let world = try removals(1)
    world.service.fault = { call, _ in call.purpose == .probe ? fault : nil }
    let run = try world.apply()
    #expect(run.exitCode == .success)
    let id = try #require(run.ids(.probe).first)
    #expect(run.ids(.probeLook) == [id])
    #expect(id.utf8.count <= 32)
    let code: Int32 = fault == .items(0, 1) ? 0 : 70107
    #expect(
      run.passed == [
        .access(admin: try #require(UserID("admin_1"))),
        .probe(try #require(UserID(id)), ServiceCode(code)),
      ])
  }

  @Test func `each run makes up its own id`() throws {
    var seen: Set<String> = []
    for seed in 0..<20 {
      let world = try Simulation(simulatedManifest(removals: ["r"]), seed: UInt64(seed))
      seen.formUnion(try world.apply().ids(.probe))
    }
    #expect(seen.count == 20)
  }

  private static let codes: [Int32] = [
    12345, -1, 70402, 70403, 90003, 90012, 90048, 93000, 60013, 30003, 40003, 50001, 70001, 70009,
    70050, 60010, 60021, 60028, 70398, 72000,
  ]

  @Test(arguments: codes, [true, false])
  func `any other answer to the probe is an error, with nobody touched`(
    code: Int32, isTop: Bool
  ) throws {
    let world = try both()
    world.service.fault = always(.probe, isTop ? .code(code) : .items(code, 1))
    let run = try world.apply()
    #expect(run.exitCode == .error)
    #expect(run.result?.stop == .fatal(.deleteAccounts, ServiceCode(code), info: ""))
    #expect(run.ids(.probe).count == 1)
    try expectNobodyTouched(run, world)
  }

  @Test(arguments: [Fault.missing, .garbage, .status(404), .untrusted, .contradicted(70107)])
  func `a probe of which nothing usable is said does not pass`(fault: Fault) throws {
    let world = try both()
    world.service.fault = always(.probe, fault)
    let run = try world.apply()
    #expect(run.exitCode == .error)
    #expect(run.ids(.probe).count == 1)
    try expectNobodyTouched(run, world)
  }

  @Test(arguments: [Int32(71000), 12345])
  func `a probe that is absent at top level and refused as an item does not pass`(
    code: Int32
  ) throws {
    let world = try both()
    let plan = try world.plan()
    let body = #"{"ErrorCode":70107,"ResultItem":[{"UserID":"PROBE","ResultCode":\#(code)}]}"#
    let result = try drive(world, plan, probeAnswer: body)
    #expect(Exit(result) == (code == 71000 ? .refused : .error))
    #expect(result.counts.notAttempted == 10)
  }

  @Test func `71000 of the probe's id counts, whatever the call's code says`() throws {
    let world = try both()
    let plan = try world.plan()
    let body = #"{"ErrorCode":70169,"ResultItem":[{"UserID":"PROBE","ResultCode":71000}]}"#
    #expect(Exit(try drive(world, plan, probeAnswer: body)) == .refused)
  }

  @Test func `what is said of another id is not said of the probe`() throws {
    let world = try both()
    let plan = try world.plan()
    let body = #"{"ErrorCode":0,"ResultItem":[{"UserID":"somebody","ResultCode":70107}]}"#
    let result = try drive(world, plan, probeAnswer: body)
    #expect(Exit(result) == .error)
    guard case .notTheService = result.stop else {
      Issue.record("ended with \(String(describing: result.stop))")
      return
    }
  }

  /// Drives a machine by hand up to the probe, which is answered with this JSON; all else passes.
  private func drive(
    _ world: Simulation, _ plan: Plan, probeAnswer: String
  ) throws -> RunResult {
    let now = Moment(instant: world.now, wall: world.wall)
    var machine = ApplyMachine(plan, world.settings, seed: 3, at: now)
    var actions = machine.handle(.started, at: now)
    for _ in 0..<10 {
      guard case .send(let send, let call, let ids)? = actions.first(where: Self.isSend) else {
        break
      }
      let id = ids[0].description
      let body =
        switch call {
        case .checkAccounts:
          #"{"ErrorCode":0,"ResultItem":[{"UserID":"\#(id)","ResultCode":0,"#
            + #""AccountStatus":"NotImported"}]}"#
        case .readTags: #"{"ErrorCode":0,"UserTags":[{"To_Account":"\#(id)","Tags":["x"]}]}"#
        case .deleteAccounts: probeAnswer.replacing("PROBE", with: id)
        case .clearTags: throw Breach("a user was sent")
        }
      let later = Moment(instant: now.instant + .seconds(Double(send.number)), wall: now.wall)
      actions = machine.handle(
        .answered(send, .response(status: 200, body: Array(body.utf8))), at: later)
      guard !actions.contains(where: { if case .append = $0 { true } else { false } }) else {
        throw Breach("an intent was written")
      }
    }
    #expect(actions.last == .finish)
    return machine.result
  }

  private static func isSend(_ action: ApplyAction) -> Bool {
    if case .send = action { true } else { false }
  }

  // MARK: - Looking for an id that is nobody's

  @Test(arguments: [1, 2])
  func `an id that turns out to exist is not probed, and another is made`(taken: Int) throws {
    let world = try removals(1)
    world.service.takenProbes = taken
    let run = try world.apply()
    #expect(run.exitCode == .success)
    let looks = run.ids(.probeLook)
    #expect(Set(looks).count == taken + 1)
    #expect(run.ids(.probe) == [looks[taken]])
    // Those that exist are there still.
    #expect(world.service.accounts.count == taken)
  }

  @Test func `a service to which every id exists is not probed`() throws {
    let world = try removals()
    world.service.takenProbes = 1_000
    let run = try world.apply()
    #expect(run.exitCode == .error)
    #expect(run.ids(.probeLook).count == 3)
    #expect(run.ids(.probe).isEmpty)
    try expectNobodyTouched(run, world)
  }

  @Test(arguments: [Fault.missing, .foreign])
  func `an id of which it is not said that it is nobody's is not probed`(fault: Fault) throws {
    let world = try removals(1)
    world.service.takenProbes = 1
    world.service.fault = script([.probeLook: [1: fault]])
    let run = try world.apply()
    #expect(run.exitCode == .success)
    #expect(run.ids(.probe) == [run.ids(.probeLook)[1]])
  }

  @Test func `an id of which it is said both ways is not probed`() throws {
    let world = try both()
    world.service.takenProbes = 1
    world.service.fault = always(.probeLook, .contradicted(0))
    let run = try world.apply()
    #expect(run.exitCode == .error)
    #expect(run.result?.stop == .notTheService("an answer that contradicts itself"))
    #expect(run.ids(.probe).isEmpty)
    try expectNobodyTouched(run, world)
  }

  // MARK: - Every step alike

  /// A step of the precheck.
  typealias Step = SimulatedCall.Purpose
  private static let steps: [Step] = [.access, .tagAccess, .probeLook, .probe]

  @Test(arguments: steps, [Int32(60008), 70169, 91000, 60007, 60018])
  func `what fails in passing is tried again at every step`(step: Step, code: Int32) throws {
    let world = try both()
    world.service.fault = script([step: [1: .code(code), 2: .items(code, 1), 3: .status(502)]])
    let run = try world.apply()
    // Of the access check only the code counts, not what is said of the admin.
    #expect(run.ids(step).count == (step == .access ? 2 : 4))
    #expect(Set(run.ids(step)).count == 1)
    #expect(run.passed.count == 4)
    #expect(run.exitCode == .success)
  }

  @Test(arguments: steps, [Int32(70169), 60004])
  func `what fails in passing without end is an error with that code`(
    step: Step, code: Int32
  ) throws {
    let world = try both()
    world.service.fault = always(step, .code(code))
    let run = try world.apply()
    #expect(run.ids(step).count == (code == 60004 ? 2 : 5))
    #expect(run.exitCode == .error)
    guard case .fatal(_, let said, _) = run.result?.stop, said == ServiceCode(code) else {
      Issue.record("ended with \(String(describing: run.result?.stop))")
      return
    }
    try expectNobodyTouched(run, world)
  }

  @Test(arguments: steps)
  func `a step that is throttled slows down, without end only as long as patience lasts`(
    step: Step
  ) throws {
    let world = try both()
    world.service.fault = { call, _ in
      call.purpose == step && call.number < 9 ? .code(60007) : nil
    }
    let run = try world.apply()
    #expect(run.ids(step).count == 9)
    #expect(run.exitCode == .success)
    let call = try #require(run.calls.first { $0.purpose == step }).call
    #expect(run.notices.contains(.throttled(call, rate: 45)))

    let stuck = try both()
    stuck.service.fault = always(step, .code(60007))
    let end = try stuck.apply()
    #expect(end.result?.stop == .noProgress(stuck.settings.patience))
    #expect(end.exitCode == .error)
    try expectNobodyTouched(end, stuck)
  }

  @Test(arguments: steps, [Fault.lost, .lostBeforeEffect, .notSent, .late(2)])
  func `an answer that is lost is asked for again at every step`(step: Step, fault: Fault) throws {
    let world = try both()
    world.service.fault = script([step: [1: fault, 2: fault]])
    let run = try world.apply()
    #expect(run.ids(step).count == 3)
    #expect(run.exitCode == .success)

    let failing = try both()
    failing.service.fault = always(step, fault)
    let end = try failing.apply()
    #expect(end.ids(step).count == 5)
    #expect(end.exitCode == .error)
    guard case .unreachable = end.result?.stop else {
      Issue.record("ended with \(String(describing: end.result?.stop))")
      return
    }
    try expectNobodyTouched(end, failing)
  }

  @Test(arguments: steps, [Fault.garbage, .status(404), .untrusted])
  func `an answer that is none ends the run at every step`(step: Step, fault: Fault) throws {
    let world = try both()
    world.service.fault = always(step, fault)
    let run = try world.apply()
    #expect(run.ids(step).count == 1)
    #expect(run.exitCode == .error)
    try expectNobodyTouched(run, world)
  }

  @Test(arguments: steps, [Int32(70009), 70050, 60010, 60026, 60021])
  func `a refused signature, app or address is an error at every step`(
    step: Step, code: Int32
  ) throws {
    let world = try both()
    world.service.fault = always(step, .code(code))
    let run = try world.apply()
    #expect(run.ids(step).count == 1)
    #expect(run.exitCode == .error)
    try expectNobodyTouched(run, world)
  }

  @Test(arguments: steps)
  func `a signature that expires during the precheck is made anew once`(step: Step) throws {
    let world = try both()
    world.settings.canSign = true
    world.service.fault = script([step: [1: .code(70001)]])
    let run = try world.apply()
    #expect(run.renewals == 1)
    #expect(run.ids(step).count == 2)
    #expect(run.exitCode == .success)

    let failing = try both()
    failing.settings.canSign = true
    failing.service.fault = always(step, .code(70001))
    let end = try failing.apply()
    #expect(end.renewals == 1)
    #expect(end.ids(step).count == 2)
    #expect(end.exitCode == .error)
    try expectNobodyTouched(end, failing)
  }

  @Test(arguments: Array(steps.enumerated()).map { ($0.offset, $0.element) })
  func `a signal during a step stops the run, with nobody touched`(
    index: Int, step: Step
  ) throws {
    let world = try both()
    world.service.latency = 1...1
    let run = try world.apply(events: [(Double(index) + 0.5, .interrupted(.interrupt))])
    #expect(run.calls.map(\.purpose) == Array(Self.steps.prefix(index + 1)))
    #expect(run.exitCode == .interrupted)
    #expect(!run.hasAbandoned)
    try expectNobodyTouched(run, world)
  }

  @Test(arguments: steps)
  func `a step that does not answer after a signal is given up`(step: Step) throws {
    let world = try both()
    world.service.fault = always(step, .slow(60))
    let start = world.now
    let run = try world.apply(events: [(1, .interrupted(.terminate))])
    #expect(run.hasAbandoned)
    #expect((world.now - start).seconds < 6.1)
    #expect(run.exitCode == .terminated)
    try expectNobodyTouched(run, world)
  }

  @Test(arguments: steps)
  func `users of an earlier run stay unknown if the precheck fails`(step: Step) throws {
    let world = try both()
    let records = ["r000001", "x"].compactMap { UserID($0) }.map {
      StateRecord(
        id: $0, operation: .removeAccount,
        attempt: .init(revision: .first, status: .unknown, time: world.wall, run: RunID(0xABC)))
    }
    try world.write(records)
    world.service.fault = always(step, .code(70009))
    let run = try world.apply()
    #expect(run.exitCode == .error)
    #expect(run.counts.unknown == 2)
    #expect(run.counts.notAttempted == 9)
    #expect(try world.records() == records)
  }

  // MARK: - Tag access

  @Test(arguments: [Int32(90045), 60027], [true, false])
  func `tags that may not be read refuse, with nobody touched`(code: Int32, isTop: Bool) throws {
    let world = try both()
    world.service.fault = always(.tagAccess, isTop ? .code(code) : .items(code, 1))
    let run = try world.apply()
    #expect(run.exitCode == .refused)
    #expect(run.result?.stop == .fatal(.readTags, ServiceCode(code), info: ""))
    #expect(run.ids(.tagAccess) == ["c000000"])
    #expect(run.ids(.probe).isEmpty)
    try expectNobodyTouched(run, world)
  }

  @Test(arguments: [Int32(70107), 90012, 90048, 70402, 90003], [true, false])
  func `a first user who is absent, or at fault alone, shows that tags can be read`(
    code: Int32, isTop: Bool
  ) throws {
    let world = try both()
    world.service.fault = always(.tagAccess, isTop ? .code(code) : .items(code, 1))
    let run = try world.apply()
    #expect(run.passed.contains(.tagAccess))
    #expect(run.exitCode == .success)
  }

  @Test func `a first user whose own code nobody knows is no obstacle`() throws {
    let world = try both()
    world.service.fault = always(.tagAccess, .items(12345, 1))
    #expect(try world.apply().exitCode == .success)
  }

  @Test(arguments: [Int32(12345), 60009])
  func `a code that nobody knows for the reading as a whole is an error`(code: Int32) throws {
    let world = try both()
    world.service.fault = always(.tagAccess, .code(code))
    let run = try world.apply()
    #expect(run.exitCode == .error)
    try expectNobodyTouched(run, world)
  }

  @Test func `a user of whom nothing is said is no obstacle to tag access`() throws {
    let world = try both()
    world.service.fault = always(.tagAccess, .missing)
    #expect(try world.apply().exitCode == .success)
  }

  // MARK: - The read-back

  @Test func `tags that are gone let the clears go on`() throws {
    let world = try clears(30)
    let run = try world.apply()
    #expect(run.calls.map(\.purpose) == [.access, .tagAccess, .users, .readBack, .users, .users])
    #expect(run.ids(.readBack) == ["c000000"])
    #expect(run.passed.last == .readBack(try #require(UserID("c000000"))))
    #expect(run.exitCode == .success)
  }

  @Test func `tags that are still there stop the run, and the record says so`() throws {
    let world = try Simulation(simulatedManifest(removals: ids("r", 5), clears: ids("c", 300)))
    world.service.fault = always(.clearTags, .pretended)
    let run = try world.apply()
    let id = try #require(UserID("c000000"))
    #expect(run.result?.stop == .notCleared(id))
    #expect(run.exitCode == .appliedInPart)
    #expect(run.ids(.clearTags) == [["c000000"]])
    #expect(run.ids(.deleteAccounts).isEmpty)
    #expect(run.counts.failed == 1)
    #expect(run.counts.cleared == 0)
    #expect(run.counts.notAttempted == 304)
    #expect(run.result?.failures.map(\.id) == [id])
    let record = try #require(try world.record("c000000"))
    #expect(record.done == nil)
    #expect(record.attempt?.status == .failed(ServiceCode(0)))
    #expect(try world.records().count == 1)
    // The state with the journal folded in says the same, and the user is still to be cleared.
    try world.recover()
    #expect(try world.record("c000000")?.attempt?.status == .failed(ServiceCode(0)))
    #expect(try world.plan().items.count == 305)
    world.service.fault = { _, _ in nil }
    #expect(try world.apply().counts.cleared == 300)
  }

  @Test(arguments: [nil, Fault.pretended])
  func `the first clear that succeeds is read back, and nobody else is sent before`(
    fault: Fault?
  ) throws {
    let world = try clears(400)
    world.service.latency = 1...1
    world.service.fault = { call, _ in
      switch call.purpose {
      case .users: call.number == 1 ? .code(70402) : fault
      case .readBack: .slow(3)
      default: nil
      }
    }
    let run = try world.apply()
    #expect(run.ids(.readBack) == ["c000001"])
    if fault == .pretended {
      #expect(run.result?.stop == .notCleared(try #require(UserID("c000001"))))
      #expect(run.ids(.clearTags).map(\.count) == [1, 10])
      #expect(try world.record("c000001")?.attempt?.status == .failed(ServiceCode(0)))
      #expect(run.counts.failed == 2)
      #expect(run.exitCode == .appliedInPart)
    } else {
      #expect(run.result?.stop == nil)
      #expect(run.counts.cleared == 399)
    }
  }

  @Test(arguments: [Fault.items(70107, 1), .code(90012), .missing])
  func `an absent user shows nothing, and the next one is read back`(fault: Fault) throws {
    let world = try clears(30)
    world.service.fault = script([.readBack: [1: fault]])
    let run = try world.apply()
    #expect(run.ids(.readBack) == ["c000000", "c000001"])
    #expect(run.passed.last == .readBack(try #require(UserID("c000001"))))
    #expect(run.exitCode == .success)
  }

  @Test func `where all users are absent, reading back has an end`() throws {
    let world = try clears(1_000)
    world.service.accounts = []
    world.service.tagged = []
    let run = try world.apply()
    #expect(run.ids(.readBack).count == 3)
    #expect(run.exitCode == .success)
  }

  @Test(arguments: [
    Fault.garbage, .lost, .status(404), .code(12345), .code(70402), .code(60013), .code(90045),
    .items(12345, 1), .contradicted(70402),
  ])
  func `tags that cannot be read back stop the run, with the clear's own word kept`(
    fault: Fault
  ) throws {
    let world = try clears()
    world.service.fault = always(.readBack, fault)
    let run = try world.apply()
    #expect(run.result?.stop != nil)
    #expect(run.exitCode == .appliedInPart)
    #expect(run.ids(.clearTags) == [["c000000"]])
    #expect(run.counts.cleared == 1)
    #expect(try world.record("c000000")?.done?.outcome == .cleared)
    #expect(run.ids(.readBack).count == (fault == .lost ? 5 : 1))
  }

  @Test(arguments: [Fault.code(70169), .code(60007), .status(502), .lost, .notSent])
  func `reading back that fails in passing is tried again`(fault: Fault) throws {
    let world = try clears(30)
    world.service.fault = script([.readBack: [1: fault, 2: fault]])
    let run = try world.apply()
    #expect(run.ids(.readBack).count == 3)
    #expect(run.exitCode == .success)
  }

  @Test func `a signature that expires at the reading back is made anew`() throws {
    let world = try clears(30)
    world.settings.canSign = true
    world.service.fault = script([.readBack: [1: .code(70001)]])
    let run = try world.apply()
    #expect(run.renewals == 1)
    #expect(run.exitCode == .success)
  }

  @Test(arguments: [true, false])
  func `a signal during the reading back waits for its word`(isCleared: Bool) throws {
    let world = try clears()
    world.service.latency = 1...1
    if !isCleared { world.service.fault = always(.clearTags, .pretended) }
    let run = try world.apply(events: [(3.5, .interrupted(.interrupt))])
    #expect(run.calls.last?.purpose == .readBack)
    #expect(run.exitCode == .interrupted)
    #expect(run.counts.cleared == (isCleared ? 1 : 0))
    #expect(run.counts.failed == (isCleared ? 0 : 1))
    #expect((try world.record("c000000")?.done != nil) == isCleared)
  }

  // MARK: - Scopes

  @Test(arguments: [false, true])
  func `the precheck alone sends its calls and no user's, also when all is done`(
    isDone: Bool
  ) throws {
    let world = try both()
    if isDone { #expect(try world.apply().exitCode == .success) }
    let before = try world.records()
    world.settings.scope = .precheck
    let run = try world.apply()
    #expect(run.calls.map(\.purpose) == Self.steps)
    #expect(run.ids(.tagAccess) == ["c000000"])
    #expect(run.passed.count == 3)
    #expect(run.result?.stop == nil)
    #expect(run.exitCode == .success)
    #expect(run.counts == OutcomeCounts())
    #expect(try world.records() == before)

    world.settings.scope = .readingPrecheck
    let reading = try world.apply()
    #expect(reading.calls.map(\.purpose) == [.access, .tagAccess])
    #expect(reading.passed.count == 2)
    #expect(reading.exitCode == .success)
    #expect(try world.records() == before)
  }

  @Test func `a precheck alone probes only what the manifest asks for`() throws {
    let removing = try removals(1)
    removing.settings.scope = .precheck
    #expect(try removing.apply().calls.map(\.purpose) == [.access, .probeLook, .probe])
    let clearing = try clears(1)
    clearing.settings.scope = .precheck
    #expect(try clearing.apply().calls.map(\.purpose) == [.access, .tagAccess])
  }

  @Test func `a precheck alone leaves users unknown as they are`() throws {
    let world = try removals(2)
    let records = [
      StateRecord(
        id: try #require(UserID("r000001")), operation: .removeAccount,
        attempt: .init(revision: .first, status: .unknown, time: world.wall, run: RunID(0xABC)))
    ]
    try world.write(records)
    for scope in [ApplyMachine.Scope.precheck, .readingPrecheck] {
      world.settings.scope = scope
      let run = try world.apply()
      #expect(run.exitCode == .success)
      #expect(try world.records() == records)
    }
  }

  @Test(arguments: [
    (Step.access, Int32(70009), Exit.error), (.tagAccess, 90045, .refused),
    (.probe, 71000, .refused), (.probe, 12345, .error),
  ])
  func `a precheck alone ends with the codes that an apply would`(
    step: Step, code: Int32, exit: Exit
  ) throws {
    let world = try both()
    world.settings.scope = .precheck
    world.service.fault = always(step, .code(code))
    #expect(try world.apply().exitCode == exit)
    world.settings.scope = .whole
    #expect(try world.apply().exitCode == exit)
  }
}
