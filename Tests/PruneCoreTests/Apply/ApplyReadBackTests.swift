import PruneCore
import Simulation
import Testing

/// Reading a user's tags after the first clear shows whether clears work (docs/architecture.md,
/// "Precheck").
struct ApplyReadBackTests {
  private func clears(_ users: Int = 300) throws -> Simulation {
    try Simulation(simulatedManifest(clears: ids("c", users)))
  }

  @Test func `confirmed cleared tags let the clears continue`() throws {
    let world = try clears(30)
    let run = try world.apply()
    #expect(run.calls.map(\.purpose) == [.access, .tagAccess, .users, .readBack, .users, .users])
    #expect(run.ids(.readBack) == ["c000000"])
    #expect(run.passed.last == .readBack(try #require(UserID("c000000"))))
    #expect(run.exitCode == .success)
  }

  @Test func `remaining tags stop the run and are recorded`() throws {
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
    // The state with the journal folded in agrees, and the user is still to be cleared.
    try world.recover()
    #expect(try world.record("c000000")?.attempt?.status == .failed(ServiceCode(0)))
    #expect(try world.plan().items.count == 305)
    world.service.fault = { _, _ in nil }
    #expect(try world.apply().counts.cleared == 300)
  }

  @Test(arguments: [nil, Fault.pretended])
  func `the first successful clear is read back before any other user is sent`(
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
  func `an absent user proves nothing, and the next user is read back`(fault: Fault) throws {
    let world = try clears(30)
    world.service.fault = script([.readBack: [1: fault]])
    let run = try world.apply()
    #expect(run.ids(.readBack) == ["c000000", "c000001"])
    #expect(run.passed.last == .readBack(try #require(UserID("c000001"))))
    #expect(run.exitCode == .success)
  }

  @Test func `reading back ends even if all users are absent`() throws {
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
  func `tags that cannot be read back stop the run and keep the clear's outcome`(
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
  func `a read-back that fails transiently is retried`(fault: Fault) throws {
    let world = try clears(30)
    world.service.fault = script([.readBack: [1: fault, 2: fault]])
    let run = try world.apply()
    #expect(run.ids(.readBack).count == 3)
    #expect(run.exitCode == .success)
  }

  @Test func `a signature that expires at the read-back is renewed`() throws {
    let world = try clears(30)
    world.settings.canSign = true
    world.service.fault = script([.readBack: [1: .code(70001)]])
    let run = try world.apply()
    #expect(run.renewals == 1)
    #expect(run.exitCode == .success)
  }

  @Test(arguments: [true, false])
  func `a signal during the read-back waits for the response`(isCleared: Bool) throws {
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
}
