import PruneCore
import Simulation
import TestSupport
import Testing

/// Users left unknown by an earlier run: read first, then sent again or left alone
/// (docs/architecture.md, "Unknown users").
struct ApplyResolutionTests {
  private static let throttled: [Int32] = [60007, 60011, 60018, 60019]

  /// A world whose state has one user unknown at revision 1, `age` seconds ago.
  private func world(
    _ operation: Operation = .removeAccount, age: UInt32, isThere: Bool, wanted: Bool = true,
    revision: Int = 1, protected: [String] = []
  ) throws -> Simulation {
    let wantedIDs = wanted ? ["u"] : ["other"]
    let manifest =
      operation == .removeAccount
      ? try simulatedManifest(removals: wantedIDs, revision: revision, protected: protected)
      : try simulatedManifest(clears: wantedIDs, revision: revision, protected: protected)
    let world = try Simulation(manifest)
    let id = try #require(UserID("u"))
    if isThere {
      world.service.accounts.insert(id)
      world.service.tagged.insert(id)
    } else {
      world.service.accounts.remove(id)
      world.service.tagged.remove(id)
    }
    let time = Timestamp(seconds: world.wall.seconds - age)
    try world.write([
      StateRecord(
        id: id, operation: operation,
        attempt: .init(revision: .first, status: .unknown, time: time, run: RunID(0xABC)))
    ])
    return world
  }

  @Test(arguments: [UInt32(5), 100_000])
  func `an unresolved user who is gone is removed, however old the call`(age: UInt32) throws {
    let world = try world(age: age, isThere: false)
    let run = try world.apply()
    #expect(run.notices.contains(.resolving(users: 1, run: RunID(0xABC))))
    #expect(run.ids(.checkAccounts) == [["u"]])
    #expect(run.ids(.deleteAccounts).isEmpty)
    #expect(run.counts.removed == 1)
    #expect(run.exitCode == .success)
    let done = try #require(try world.record("u")?.done)
    #expect(done.outcome == .removed)
    // So that run did it.
    #expect(done.run == RunID(0xABC))
    #expect(done.time.seconds == world.wall.seconds - age)
  }

  @Test func `a refusal of a repeated call is checked before it is believed`() throws {
    let world = try world(age: 5, isThere: true)
    world.service.fault = script([.deleteAccounts: [1: .items(70402, 1)]])
    let run = try world.apply()
    #expect(run.ids(.checkAccounts) == [["u"], ["u"]])
    #expect(run.ids(.deleteAccounts) == [["u"]])
    // The effect of the first call may come some time after the refusal of the second.
    let sent = try #require(run.sends(.deleteAccounts).first)
    let read = try #require(run.sends(.checkAccounts).last)
    #expect(read - sent >= .seconds(10))
    #expect(run.counts.failed == 1)
    #expect(try world.record("u")?.attempt?.status == .failed(ServiceCode(70402)))
  }

  @Test(arguments: [UInt32(0), 5000])
  func `a refusal is believed only while the user cannot be another person`(
    seconds: UInt32
  ) throws {
    let world = try Simulation(simulatedManifest(removals: ["u"]))
    world.service.fault = script([.deleteAccounts: [1: .status(502), 2: .items(70402, 1)]])
    var faultPlan = Simulation.FaultPlan()
    // Before the response to the second attempt.
    faultPlan.sleep = (14, Double(seconds))
    let run = try world.apply(faultPlan)
    #expect(run.ids(.deleteAccounts).count == 2)
    let status: StateRecord.Status = seconds == 0 ? .failed(ServiceCode(70402)) : .unknown
    #expect(try world.record("u")?.attempt?.status == status)
    #expect(run.counts.unknown == (seconds == 0 ? 0 : 1))
    #expect(run.result?.stillThere == (seconds == 0 ? 0 : 1))
    world.service.fault = { _, _ in nil }
    #expect(try world.apply().ids(.deleteAccounts).count == (seconds == 0 ? 1 : 0))
  }

  @Test
  func `the refusal grace period does not count as lack of progress and delays no other user`()
    throws
  {
    let world = try Simulation(simulatedManifest(removals: ids("u", 140)))
    world.settings.progressTimeout = .seconds(2)
    // After batches of 1 and 10, one user of a hundred is retried and refused, and the response for
    // the last 29 is lost.
    world.service.fault = script([
      .deleteAccounts: [3: .items(70169, 1), 4: .lost, 5: .items(70402, 1)]
    ])
    let run = try world.apply()
    #expect(run.result?.stop == nil)
    #expect(run.counts.failed == 1)
    #expect(run.counts.removed == 139)
    #expect(run.ids(.checkAccounts).map(\.count) == [29, 1])
    let reads = run.sends(.checkAccounts)
    #expect(reads[1] - reads[0] > .seconds(9))
  }

  @Test(arguments: [UInt32(1), 700])
  func `an attempt that may have acted is not repeated after a sleep`(
    seconds: UInt32
  ) throws {
    let world = try Simulation(simulatedManifest(removals: ["u"]))
    world.service.fault = script([.deleteAccounts: [1: .status(502)]])
    var faultPlan = Simulation.FaultPlan()
    // Between the response and the second attempt.
    faultPlan.sleep = (11, Double(seconds))
    let run = try world.apply(faultPlan)
    #expect(run.ids(.deleteAccounts).count == (seconds < 600 ? 2 : 1))
    #expect(run.counts.unknown == (seconds < 600 ? 0 : 1))
    #expect(run.result?.stillThere == (seconds < 600 ? 0 : 1))
  }

  @Test(arguments: [UInt32(5), 590])
  func `an existing user with a recent call is sent again`(age: UInt32) throws {
    let world = try world(age: age, isThere: true)
    let run = try world.apply()
    #expect(run.ids(.deleteAccounts) == [["u"]])
    #expect(run.counts.removed == 1)
    #expect(run.exitCode == .success)
  }

  @Test func `an existing user with an old call is left alone as a possible other person`() throws {
    let world = try world(age: 700, isThere: true)
    let before = try world.records()
    let run = try world.apply()
    #expect(run.ids(.deleteAccounts).isEmpty)
    #expect(run.counts.unknown == 1)
    #expect(run.exitCode == .appliedInPart)
    #expect(try world.records() == before)
    #expect(world.service.accounts.contains(try #require(UserID("u"))))
  }

  @Test func `the resend window can be set`() throws {
    let world = try world(age: 700, isThere: true)
    world.settings.resendWithin = 800
    #expect(try world.apply().counts.removed == 1)
  }

  @Test func `an intent in the future is not recent`() throws {
    let world = try world(age: 5, isThere: true)
    let time = Timestamp(seconds: world.wall.seconds + 3600)
    var records = try world.records()
    records[0].attempt?.time = time
    try world.write(records)
    let run = try world.apply()
    #expect(run.ids(.deleteAccounts).isEmpty)
    #expect(run.counts.unknown == 1)
  }

  @Test(arguments: [true, false])
  func `a user no longer listed is read and never sent`(isThere: Bool) throws {
    let world = try world(age: 5, isThere: isThere, wanted: false)
    let run = try world.apply()
    #expect(run.ids(.deleteAccounts) == [["other"]])
    #expect(run.counts.removed == (isThere ? 1 : 2))
    #expect(run.counts.unknown == (isThere ? 1 : 0))
    #expect(try world.record("u")?.done?.outcome == (isThere ? nil : .removed))
  }

  @Test func `a protected user is read and never sent`() throws {
    let world = try world(age: 5, isThere: true, protected: ["u"])
    let run = try world.apply()
    #expect(run.ids(.deleteAccounts).isEmpty)
    #expect(run.counts.unknown == 1)
  }

  @Test(arguments: [true, false])
  func `a higher revision replaces an unknown record`(isThere: Bool) throws {
    let world = try world(age: 100_000, isThere: isThere, revision: 2)
    world.settings.acceptsAbsent = true
    // Not even an unreadable response prevents it.
    world.service.fault = { call, _ in
      call.purpose == .users && call.call == .checkAccounts ? .garbage : nil
    }
    let run = try world.apply()
    #expect(run.ids(.deleteAccounts) == [["u"]])
    #expect(run.counts.unknown == 0)
    #expect(run.exitCode == .success)
    #expect(try world.record("u")?.done?.revision.number == 2)
  }

  @Test(arguments: [Fault.garbage, .missing, .code(70402), .code(12345), .items(70169, 1)])
  func `a user who cannot be read stays unknown`(fault: Fault) throws {
    let world = try world(age: 5, isThere: true)
    world.service.fault = { call, _ in
      call.purpose == .users && call.call == .checkAccounts ? fault : nil
    }
    let before = try world.records()
    let run = try world.apply()
    #expect(run.ids(.deleteAccounts).isEmpty)
    #expect(run.counts.unknown == 1)
    #expect(run.exitCode == .appliedInPart)
    #expect(try world.records() == before)
  }

  @Test(arguments: throttled)
  func `throttling of one user's read slows the reads down`(code: Int32) throws {
    let world = try world(age: 5, isThere: false)
    world.service.fault = { call, _ in
      call.purpose == .users && call.call == .checkAccounts && call.number < 8
        ? .items(code, 1) : nil
    }
    let run = try world.apply()
    #expect(run.ids(.checkAccounts).count == 8)
    #expect(run.refusals(of: .checkAccounts) == 7)
    #expect(run.counts.removed == 1)
    #expect(run.exitCode == .success)
  }

  @Test(arguments: [Fault.slow(11), .lost, .items(60018, 1), .notSent, .status(502)])
  func `users whose reads give nothing stay unknown, with exit code 3`(
    fault: Fault
  ) throws {
    let world = try world(age: 5, isThere: true)
    world.settings.progressTimeout = .seconds(10)
    world.service.fault = { call, _ in
      call.purpose == .users && call.call == .checkAccounts ? fault : nil
    }
    let before = try world.records()
    let run = try world.apply()
    #expect(run.ids(.deleteAccounts).isEmpty)
    #expect(run.counts.unknown == 1)
    #expect(run.exitCode == .appliedInPart)
    #expect(try world.records() == before)
    // They are read as soon as possible.
    world.service.fault = { _, _ in nil }
    #expect(try world.apply().counts.removed == 1)
  }

  @Test func `an unresolved user without tags is cleared`() throws {
    let world = try world(.clearTags, age: 5, isThere: true)
    world.service.tagged = []
    let run = try world.apply()
    #expect(run.ids(.readTags) == [["u"]])
    #expect(run.ids(.clearTags).isEmpty)
    #expect(run.counts.cleared == 1)
  }

  @Test func `remaining tags are cleared while the intent is recent`() throws {
    let world = try world(.clearTags, age: 5, isThere: true)
    let run = try world.apply()
    #expect(run.ids(.clearTags) == [["u"]])
    #expect(run.counts.cleared == 1)
  }

  @Test func `an absent account needs no clear`() throws {
    let world = try world(.clearTags, age: 5, isThere: false)
    let run = try world.apply()
    #expect(run.ids(.clearTags).isEmpty)
    #expect(run.counts.alreadyAbsent == 1)
  }

  @Test(arguments: [Int32(90045), 60027])
  func `users with unreadable tags stay unknown, and removals continue`(code: Int32) throws {
    let world = try world(.clearTags, age: 5, isThere: true, wanted: false)
    world.manifest = try simulatedManifest(removals: ["r"])
    world.service.accounts.insert(try #require(UserID("r")))
    world.service.fault = always(.readTags, .code(code))
    let run = try world.apply()
    #expect(run.counts.removed == 1)
    #expect(run.counts.unknown == 1)
    #expect(run.exitCode == .appliedInPart)
  }

  @Test func `thousands of users are read in batches of 100, and slow reads count as progress`()
    throws
  {
    let world = try world(age: 5, isThere: true)
    let time = Timestamp(seconds: world.wall.seconds - 5000)
    let all = ids("x", 15_000).compactMap { UserID($0) }
    world.service.accounts.formUnion(all)
    try world.write(
      all.map {
        StateRecord(
          id: $0, operation: .removeAccount,
          attempt: .init(revision: .first, status: .unknown, time: time, run: RunID(1)))
      })
    world.settings.rate = try #require(Rate(1))
    let run = try world.apply()
    #expect(run.result?.stop == nil)
    #expect(run.counts.unknown == 15_000)
    #expect(run.counts.removed == 1)
    #expect(run.ids(.checkAccounts).count == 150)
  }

  @Test func `a crash after a send leaves the user unknown, and the next run resolves it`() throws {
    for step in 1..<30 {
      let world = try Simulation(simulatedManifest(removals: ["u"]), seed: UInt64(step))
      let first = try world.apply(crashAt: step)
      let wasSent = !first.ids(.deleteAccounts).isEmpty
      let isKnown = try world.record("u") != nil
      #expect(!wasSent || isKnown)
      let second = try world.apply()
      #expect(second.exitCode == .success)
      #expect(second.failure == nil)
      #expect(world.service.removed.count == 1)
      #expect(try world.record("u")?.done?.outcome == .removed)
    }
  }
}
