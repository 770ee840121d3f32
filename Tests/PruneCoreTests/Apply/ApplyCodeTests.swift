import PruneCore
import Simulation
import TestSupport
import Testing

/// The effect of each service code on a run (docs/architecture.md, "Code classes").
struct ApplyCodeTests {
  private static let transient: [Int32] = [
    60008, 60014, 70169, 70202, 70500, 30006, 30007, 30008, 40006, 91000, 90990, 90992, 90994,
    90995, 90999, 50004, 50005, 10002,
  ]
  private static let throttled: [Int32] = [60007, 60011, 60018, 60019]
  private static let batch: [Int32] = [70402, 90003, 93000]
  private static let fatal: [Int32] = [
    60002, 60003, 60006, 60010, 60012, 60015, 60016, 60017, 60020, 60021, 60025, 60026, 60028,
    70001, 70003, 70009, 70013, 70014, 70016, 70017, 70020, 70050, 70051, 70403, 90001, 90009,
    90018,
  ]
  private static let edition: [Int32] = [71000, 90045, 60027]
  private static let other: [Int32] = [12345, 60009, 60029, 70052, 70398, 72000, 90011, -1]

  private func world(_ call: Call, users: Int = 1) throws -> Simulation {
    let all = ids("u", users)
    return try Simulation(
      call == .clearTags
        ? simulatedManifest(clears: all) : simulatedManifest(removals: all))
  }

  // MARK: - For the whole call

  @Test(arguments: transient, [Call.clearTags, .deleteAccounts])
  func `a transient code is retried, and five in a row are a failure`(
    code: Int32, call: Call
  ) throws {
    let world = try world(call)
    world.service.fault = script([call: [1: .code(code), 2: .code(code)]])
    #expect(try world.apply().exitCode == .success)

    let failing = try self.world(call)
    failing.service.fault = always(call, .code(code))
    let run = try failing.apply()
    #expect(run.ids(call).count == 5)
    #expect(run.counts.failed == 1)
    #expect(run.exitCode == .appliedInPart)
    #expect(try failing.record("u000000")?.attempt?.status == .failed(ServiceCode(code)))
  }

  @Test(arguments: [Int32(60004), 60005], [Call.clearTags, .deleteAccounts])
  func `a code that questions the account is retried once`(code: Int32, call: Call) throws {
    let world = try world(call)
    world.service.fault = always(call, .code(code))
    let run = try world.apply()
    #expect(run.ids(call).count == 2)
    #expect(run.counts.failed == 1)
  }

  @Test(arguments: throttled, [Call.clearTags, .deleteAccounts])
  func `throttling slows the run down and uses no attempt`(code: Int32, call: Call) throws {
    let world = try world(call)
    world.service.fault = { sent, _ in
      sent.purpose == .users && sent.call == call && sent.number < 9 ? .code(code) : nil
    }
    let run = try world.apply()
    #expect(run.ids(call).count == 9)
    #expect(run.exitCode == .success)
    #expect(run.refusals(of: call) == 8)
    // Nothing else is accepted, so each try waits twice as long as the one before.
    let sends = run.sends(call)
    #expect(sends[8] - sends[7] > .seconds(1.9))
  }

  @Test(arguments: [Int32(60013), 30003, 40003, 50001], [true, false])
  func `a code that leaves a removal unresolved is resolved by reading`(code: Int32, acted: Bool)
    throws
  {
    let world = try world(.deleteAccounts)
    world.service.fault = script([
      .deleteAccounts: [1: acted ? .codeAfterEffect(code) : .code(code)]
    ])
    let run = try world.apply()
    #expect(run.counts.removed == 1)
    #expect(run.exitCode == .success)
    #expect(run.ids(.checkAccounts) == [["u000000"]])
    #expect(run.ids(.deleteAccounts).count == (acted ? 1 : 2))
  }

  @Test(arguments: [true, false])
  func `60013 on a clear is resolved by reading the tags`(acted: Bool) throws {
    let world = try world(.clearTags)
    world.service.fault = script([.clearTags: [1: acted ? .codeAfterEffect(60013) : .code(60013)]])
    let run = try world.apply()
    #expect(run.counts.cleared == 1)
    #expect(run.ids(.readTags) == [["u000000"]])
    #expect(run.ids(.clearTags).count == (acted ? 1 : 2))
  }

  @Test(arguments: batch, [Call.clearTags, .deleteAccounts])
  func `a refused batch is split until the failing user is alone`(code: Int32, call: Call) throws {
    let world = try world(call, users: 111)
    let failingUser = try #require(UserID("u000047"))
    world.service.poison = [failingUser: code]
    let run = try world.apply()
    #expect(run.counts.done == 110)
    #expect(run.counts.failed == 1)
    #expect(run.result?.failures.map(\.id) == [failingUser])
    #expect(run.result?.failures.map(\.code.number) == [code])
    // The ramp, the batch of a hundred, and its parts.
    #expect(run.ids(call).count <= 3 + 14)
    #expect(run.exitCode == .appliedInPart)
  }

  @Test(arguments: [Int32(90012), 90048])
  func `a user without an account fails alone in a batch of removals`(code: Int32) throws {
    let world = try world(.deleteAccounts, users: 4)
    world.service.poison = [try #require(UserID("u000002")): code]
    let run = try world.apply()
    #expect(run.counts.removed == 3)
    #expect(run.counts.failed == 1)
  }

  @Test(arguments: [Int32(70107), 90012, 90048])
  func `a single user without an account needs no clear`(code: Int32) throws {
    let world = try world(.clearTags, users: 60)
    let gone = try #require(UserID("u000033"))
    world.service.accounts.remove(gone)
    world.service.tagged.remove(gone)
    world.service.poison = [gone: code]
    let run = try world.apply()
    #expect(run.counts.cleared == 59)
    #expect(run.counts.alreadyAbsent == 1)
    #expect(run.exitCode == .success)
    #expect(try world.record("u000033")?.done?.outcome == .alreadyAbsent)
  }

  @Test func `70107 for a whole removal without items is resolved user by user`() throws {
    let world = try world(.deleteAccounts, users: 11)
    let gone = try #require(UserID("u000005"))
    world.service.accounts.remove(gone)
    world.service.poison = [gone: 70107]
    let run = try world.apply()
    #expect(run.counts.removed == 10)
    #expect(run.counts.alreadyAbsent == 1)
  }

  @Test(arguments: fatal, [Call.clearTags, .deleteAccounts])
  func `a fatal code stops the run without a change or a record`(
    code: Int32, call: Call
  ) throws {
    let world = try world(call, users: 30)
    world.service.fault = always(call, .code(code))
    let run = try world.apply()
    #expect(run.result?.stop == .fatal(call, ServiceCode(code), info: ""))
    #expect(run.ids(call).count == 1)
    #expect(run.counts.notAttempted == 30)
    #expect(run.exitCode == .error)
    #expect(try world.records().isEmpty)
  }

  @Test(arguments: edition, [Call.clearTags, .deleteAccounts])
  func `a refusal by the edition reaches one user and is exit code 4`(
    code: Int32, call: Call
  ) throws {
    let world = try world(call, users: 300)
    world.service.fault = always(call, .code(code))
    let run = try world.apply()
    #expect(run.ids(call) == [["u000000"]])
    #expect(run.exitCode == .refused)
    #expect(try world.records().isEmpty)
    #expect(world.service.accounts.count == 300)
  }

  @Test(arguments: other, [Call.clearTags, .deleteAccounts])
  func `an unknown code fails its users without a retry`(code: Int32, call: Call) throws {
    let world = try world(call, users: 12)
    world.service.fault = script([call: [1: .code(code)]])
    let run = try world.apply()
    #expect(run.counts.failed == 1)
    #expect(run.counts.done == 11)
    #expect(run.ids(call).map(\.count) == [1, 1, 10])
    #expect(run.exitCode == .appliedInPart)
  }

  @Test(arguments: [Int32(30003), 40003, 50001])
  func `"not imported" of another API family fails a clear`(code: Int32) throws {
    let world = try world(.clearTags)
    world.service.fault = always(.clearTags, .code(code))
    #expect(try world.apply().counts.failed == 1)
  }

  // MARK: - For single users

  @Test(arguments: transient, [Call.clearTags, .deleteAccounts])
  func `users refused with a transient code are retried alone`(
    code: Int32, call: Call
  ) throws {
    let world = try world(call, users: 11)
    world.service.fault = script([call: [2: .items(code, 3)]])
    let run = try world.apply()
    #expect(run.ids(call).map(\.count) == [1, 10, 3])
    #expect(run.counts.done == 11)
    #expect(run.exitCode == .success)
  }

  @Test(arguments: throttled, [Call.clearTags, .deleteAccounts])
  func `throttling of single users makes them wait and uses no attempt and no speed`(
    code: Int32, call: Call
  ) throws {
    let world = try world(call, users: 11)
    world.service.fault = { sent, _ in
      sent.purpose == .users && sent.call == call && (2...5).contains(sent.number)
        ? .items(code, 6 - sent.number) : nil
    }
    let run = try world.apply()
    #expect(run.ids(call).map(\.count) == [1, 10, 4, 3, 2, 1])
    #expect(run.counts.done == 11)
    #expect(run.exitCode == .success)
    #expect(run.refusals(of: call) == 0)
    let sends = run.sends(call)
    for (next, last) in zip(sends, sends.dropFirst()).dropFirst() {
      #expect(last - next > .seconds(1) && last - next < .seconds(1.2))
    }
  }

  @Test func `endless throttling of one user ends the run and leaves the user's record unchanged`()
    throws
  {
    let world = try world(.deleteAccounts, users: 11)
    world.service.fault = { call, _ in
      call.purpose == .users && call.number > 1 ? .items(60018, 1) : nil
    }
    let run = try world.apply()
    #expect(run.result?.stop == .noProgress(.seconds(120)))
    #expect(run.counts.removed == 10)
    #expect(run.counts.notAttempted == 1)
    #expect(run.exitCode == .appliedInPart)
    #expect(try world.record("u000001") == nil)
    #expect(try world.apply().counts.removed == 1)
  }

  @Test(arguments: [Fault.code(60007), .items(60018, 1)])
  func `endless throttling of one user does not hold up other users`(fault: Fault) throws {
    let world = try world(.deleteAccounts, users: 5_000)
    world.settings.progressTimeout = .seconds(20)
    world.service.fault = { call, _ in
      guard call.purpose == .users, call.ids.first?.description == "u000001" else { return nil }
      return call.ids.count > 1 ? .items(60018, 1) : fault
    }
    let run = try world.apply()
    #expect(run.result?.stop == nil)
    #expect(run.counts.removed == 4_999)
    #expect(run.counts.notAttempted == 1)
    #expect(run.exitCode == .appliedInPart)
    #expect(try world.record("u000001") == nil)
    // Users who are set apart never slow the others down.
    if case .items = fault { #expect(run.refusals(of: .deleteAccounts) == 0) }
    let tries = run.calls.filter { $0.purpose == .users && $0.ids.count == 1 }.dropFirst()
    let first = try #require(tries.first?.sent)
    let last = try #require(tries.last?.sent)
    // The rate has dropped to one call in two seconds, and that may be the last.
    #expect((last - first).seconds < 23)
    #expect((last - first).seconds > 10)
  }

  @Test(arguments: [Int32(70402), 90003, 12345, 70398], [Call.clearTags, .deleteAccounts])
  func `a user's own code fails that user`(code: Int32, call: Call) throws {
    let world = try world(call, users: 11)
    world.service.fault = script([call: [2: .items(code, 2)]])
    let run = try world.apply()
    #expect(run.counts.failed == 2)
    #expect(run.counts.done == 9)
    #expect(run.ids(call).count == 2)
    #expect(try world.record("u000001")?.attempt?.status == .failed(ServiceCode(code)))
    #expect(try world.plan().items.count == 2)
  }

  @Test(arguments: [Int32(60013), 30003, 40003, 50001])
  func `a user left unresolved by a removal is read`(code: Int32) throws {
    let world = try world(.deleteAccounts, users: 11)
    world.service.fault = script([.deleteAccounts: [2: .items(code, 2)]])
    let run = try world.apply()
    #expect(run.ids(.checkAccounts).last == ["u000001", "u000002"])
    #expect(run.counts.removed == 11)
  }

  @Test(arguments: [Int32(70107), 90012, 90048])
  func `a user of a clear without an account is already absent`(code: Int32) throws {
    let world = try world(.clearTags, users: 11)
    world.service.fault = { call, _ in
      call.purpose == .backup && call.number == 2 ? .items(code, 1) : nil
    }
    world.service.tagged.remove(try #require(UserID("u000001")))
    world.service.accounts.remove(try #require(UserID("u000001")))
    let run = try world.apply()
    #expect(run.counts.alreadyAbsent == 1)
    #expect(run.counts.cleared == 10)
  }

  @Test(arguments: fatal + edition, [Call.clearTags, .deleteAccounts])
  func `a fatal code of one user stops the run and keeps the other outcomes`(
    code: Int32, call: Call
  ) throws {
    let world = try world(call, users: 200)
    world.service.fault = script([call: [2: .items(code, 1)]])
    let run = try world.apply()
    #expect(run.ids(call).count == 2)
    // Users who were cleared cannot be read back any more.
    #expect(run.counts.done == (call == .clearTags ? 1 : 10))
    #expect(run.counts.unknown == (call == .clearTags ? 9 : 0))
    #expect(run.counts.notAttempted == 190)
    #expect(run.exitCode == .appliedInPart)
    #expect(try world.record("u000001") == nil)
    #expect(try world.records().count == 10)
  }

  @Test func `a fatal code of one user leaves users of an earlier attempt unknown`() throws {
    let world = try world(.deleteAccounts)
    world.service.fault = script([
      .deleteAccounts: [1: .statusAfterEffect(502), 2: .items(71000, 1)]
    ])
    let run = try world.apply()
    #expect(run.counts.unknown == 1)
    #expect(run.exitCode == .appliedInPart)
    #expect(try world.record("u000000")?.attempt?.status == .unknown)
  }

  @Test func `the exit code for unchanged users is not used after a call that may have acted`()
    throws
  {
    let world = try world(.deleteAccounts, users: 20)
    world.service.fault = { call, _ in
      guard call.purpose == .users else { return nil }
      return call.number <= 5 ? .codeAfterEffect(70169) : .code(71000)
    }
    let run = try world.apply()
    #expect(run.counts.unknown == 1)
    #expect(run.exitCode == .appliedInPart)
  }

  @Test func `a refusal after a call that may have acted is checked before it is believed`() throws
  {
    for (effect, outcome) in [(Fault.codeAfterEffect(70169), "removed"), (.code(70169), "failed")] {
      let world = try world(.deleteAccounts, users: 1)
      world.service.fault = { call, _ in
        call.purpose == .users && call.call == .deleteAccounts ? effect : nil
      }
      let run = try world.apply()
      #expect(run.ids(.checkAccounts).last == ["u000000"])
      #expect(run.counts.removed == (outcome == "removed" ? 1 : 0))
      #expect(run.counts.failed == (outcome == "failed" ? 1 : 0))
      let record = try world.record("u000000")
      #expect(record?.done?.outcome == (outcome == "removed" ? .removed : nil))
      #expect(
        record?.attempt?.status == (outcome == "failed" ? .failed(ServiceCode(70169)) : nil))
    }
  }

  @Test func `users lost early in a long run are read within the resend window`()
    throws
  {
    let world = try world(.deleteAccounts, users: 70_000)
    world.settings.rate = try #require(Rate(1))
    world.service.fault = { call, _ in
      call.purpose == .users && call.number == 3 ? .lostBeforeEffect : nil
    }
    let run = try world.apply()
    #expect(run.counts.removed == 70_000)
    #expect(run.exitCode == .success)
  }
}
