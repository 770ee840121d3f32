import PruneCore
import Simulation
import Testing

/// The live precheck: it finds any obstacle before the first user is sent (docs/architecture.md,
/// "Precheck").
///
/// The rules of `PrecheckChecks` also apply to each of these runs.
struct ApplyPrecheckTests {
  private func removals(_ users: Int = 300) throws -> Simulation {
    try Simulation(simulatedManifest(removals: ids("r", users)))
  }

  private func clears(_ users: Int) throws -> Simulation {
    try Simulation(simulatedManifest(clears: ids("c", users)))
  }

  private func both() throws -> Simulation {
    try Simulation(simulatedManifest(removals: ids("r", 5), clears: ids("c", 5)))
  }

  // MARK: - 71000: {top level, item level} x {probe, the ramp's first user, mid-run}

  private static let denials = [Fault.code(71000), .items(71000, 100)]

  @Test(arguments: denials)
  func `71000 at the probe stops the run before any user is sent`(denial: Fault) throws {
    let world = try removals()
    world.service.fault = always(.probe, denial)
    let run = try world.apply()
    #expect(run.exitCode == .refused)
    #expect(run.result?.stop == .fatal(.deleteAccounts, ServiceCode(71000), info: ""))
    #expect(run.ids(.probe).count == 1)
    try expectNoUserSent(run, world)
  }

  @Test(arguments: denials)
  func `71000 at the ramp's first user stops the run with one user sent and none removed`(
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
  func `71000 in the middle stops sending and records the responses`(
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
    // The checks verify that nothing is sent after the stop; every call in flight has its outcome.
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

  // MARK: - Every step

  /// A step of the precheck.
  typealias Step = SimulatedCall.Purpose
  private static let steps: [Step] = [.access, .tagAccess, .probeLook, .probe]

  @Test(arguments: steps, [Int32(60008), 70169, 91000, 60007, 60018])
  func `a transient failure is retried at every step`(step: Step, code: Int32) throws {
    let world = try both()
    world.service.fault = script([step: [1: .code(code), 2: .items(code, 1), 3: .status(502)]])
    let run = try world.apply()
    // For the access check only the code counts, not the admin's own result.
    #expect(run.ids(step).count == (step == .access ? 2 : 4))
    #expect(Set(run.ids(step)).count == 1)
    #expect(run.passed.count == 4)
    #expect(run.exitCode == .success)
  }

  @Test(arguments: steps, [Int32(70169), 60004])
  func `an endless transient failure is an error with its code`(
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
    try expectNoUserSent(run, world)
  }

  @Test(arguments: steps)
  func `a throttled step slows down, at most for the progress timeout`(
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
    #expect(run.refusals(of: call) == 8)

    let stuck = try both()
    stuck.service.fault = always(step, .code(60007))
    let end = try stuck.apply()
    #expect(end.result?.stop == .noProgress(stuck.settings.progressTimeout))
    #expect(end.exitCode == .error)
    try expectNoUserSent(end, stuck)
  }

  @Test(arguments: steps, [Fault.lost, .lostBeforeEffect, .notSent, .late(2)])
  func `a lost response is retried at every step`(step: Step, fault: Fault) throws {
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
    try expectNoUserSent(end, failing)
  }

  @Test(arguments: steps, [Fault.garbage, .status(404), .untrusted])
  func `an invalid response ends the run at every step`(step: Step, fault: Fault) throws {
    let world = try both()
    world.service.fault = always(step, fault)
    let run = try world.apply()
    #expect(run.ids(step).count == 1)
    #expect(run.exitCode == .error)
    try expectNoUserSent(run, world)
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
    try expectNoUserSent(run, world)
  }

  @Test(arguments: steps)
  func `a signature that expires during the precheck is renewed once`(step: Step) throws {
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
    try expectNoUserSent(end, failing)
  }

  @Test(arguments: Array(steps.enumerated()).map { ($0.offset, $0.element) })
  func `a signal during a step stops the run before any user is sent`(
    index: Int, step: Step
  ) throws {
    let world = try both()
    world.service.latency = 1...1
    let run = try world.apply(events: [(Double(index) + 0.5, .interrupted(.interrupt))])
    #expect(run.calls.map(\.purpose) == Array(Self.steps.prefix(index + 1)))
    #expect(run.exitCode == .interrupted)
    #expect(!run.hasAbandoned)
    try expectNoUserSent(run, world)
  }

  @Test(arguments: steps)
  func `a step without a response after a signal is abandoned`(step: Step) throws {
    let world = try both()
    world.service.fault = always(step, .slow(60))
    let start = world.now
    let run = try world.apply(events: [(1, .interrupted(.terminate))])
    #expect(run.hasAbandoned)
    #expect((world.now - start).seconds < 6.1)
    #expect(run.exitCode == .terminated)
    try expectNoUserSent(run, world)
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

  // MARK: - Scopes

  @Test(arguments: [false, true])
  func `the precheck alone sends no user, even if every user is done`(
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
