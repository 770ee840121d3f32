import PruneCore
import Simulation
import TestSupport
import Testing

/// Responses that are late, lost, truncated, reordered or about other users.
struct ApplyAnswerTests {
  private func world(users: Int = 111) throws -> Simulation {
    try Simulation(simulatedManifest(removals: ids("u", users)))
  }

  @Test(arguments: [Fault.reversed, .duplicated, .foreign])
  func `order, repetition and unknown users in a response change nothing`(fault: Fault) throws {
    let world = try world()
    let gone = try #require(UserID("u000030"))
    world.service.accounts.remove(gone)
    world.service.refused = [try #require(UserID("u000040")): 70402]
    world.service.fault = always(.deleteAccounts, fault)
    let run = try world.apply()
    #expect(run.counts.removed == 109)
    #expect(try world.record("u000030")?.done?.outcome == .alreadyAbsent)
    #expect(try world.record("u000040")?.attempt?.status == .failed(ServiceCode(70402)))
    #expect(run.ids(.deleteAccounts).count == 3)
    #expect(try world.record("somebody_else") == nil)
  }

  @Test(arguments: [Fault.missing, .contradicted(70402)])
  func `a user without a usable result is read`(fault: Fault) throws {
    let world = try world()
    world.service.fault = script([.deleteAccounts: [3: fault]])
    let run = try world.apply()
    #expect(run.ids(.checkAccounts).last == ["u000011"])
    #expect(run.notices.contains(.resolvingOwn(users: 1)))
    #expect(run.counts.removed == 111)
    #expect(run.exitCode == .success)
  }

  @Test(arguments: [Fault.lost, .garbage, .status(404), .lostBeforeEffect])
  func `a batch without a usable response is read in the same run`(fault: Fault) throws {
    let world = try world()
    world.service.fault = script([.deleteAccounts: [3: fault]])
    let run = try world.apply()
    let acted = fault == .lost || fault == .garbage
    #expect(run.ids(.checkAccounts).last?.count == 100)
    #expect(run.ids(.deleteAccounts).count == (acted ? 3 : 4))
    #expect(run.counts.removed == 111)
    #expect(run.exitCode == .success)
  }

  @Test(arguments: [Fault.status(502), .statusAfterEffect(502)])
  func `a 502 is retried, and a user then absent counts as removed by imprune`(fault: Fault) throws
  {
    let world = try world()
    world.service.fault = script([.deleteAccounts: [3: fault, 4: fault]])
    let run = try world.apply()
    #expect(run.ids(.deleteAccounts).count == 5)
    #expect(run.ids(.checkAccounts).isEmpty)
    #expect(run.counts.removed == 111)
    #expect(run.counts.alreadyAbsent == 0)
  }

  @Test func `an endless 502 is resolved by reading`() throws {
    let world = try world(users: 1)
    world.service.fault = always(.deleteAccounts, .statusAfterEffect(502))
    let run = try world.apply()
    #expect(run.ids(.deleteAccounts).count == 5)
    #expect(run.counts.removed == 1)
    #expect(run.exitCode == .success)
  }

  @Test func `an effect after the read is found by the second call`() throws {
    let world = try world(users: 1)
    world.service.fault = script([.deleteAccounts: [1: .late(0.12)]])
    world.service.latency = 0.1...0.1
    let run = try world.apply()
    #expect(run.ids(.checkAccounts).last == ["u000000"])
    #expect(run.ids(.deleteAccounts).count == 2)
    #expect(run.counts.removed == 1)
    #expect(run.counts.alreadyAbsent == 0)
  }

  @Test func `users whose responses are lost every time are left unknown`() throws {
    let world = try world(users: 1)
    world.service.fault = always(.deleteAccounts, .lostBeforeEffect)
    let run = try world.apply()
    #expect(run.ids(.deleteAccounts).count == 4)
    #expect(run.counts.unknown == 1)
    #expect(run.exitCode == .appliedInPart)
    #expect(try world.plan().items.map(\.cause) == [.unknown])
  }

  @Test func `clears with lost responses are resolved by reading the tags`() throws {
    let world = try Simulation(simulatedManifest(clears: ids("u", 30)))
    world.service.fault = script([.clearTags: [2: .lost, 3: .lostBeforeEffect]])
    let run = try world.apply()
    #expect(run.counts.cleared == 30)
    #expect(run.exitCode == .success)
    #expect(run.ids(.readTags).flatMap { $0 }.count == 20)
  }

  @Test func `a clear of a user found without an account is already absent`() throws {
    let world = try Simulation(simulatedManifest(clears: ["u"]))
    world.settings.acceptsAbsent = true
    world.service.accounts = []
    world.service.tagged = []
    let run = try world.apply()
    #expect(run.ids(.clearTags).isEmpty)
    #expect(run.counts.alreadyAbsent == 1)
    #expect(try world.record("u")?.done?.outcome == .alreadyAbsent)
  }

  // MARK: - Responses that name users other than by id

  static let ways: [Misnaming] = [.otherCase, .tooLong, .otherList]

  @Test(arguments: ways)
  func `a clear whose response names other ids is checked for all of its users`(
    way: Misnaming
  ) throws {
    let world = try Simulation(simulatedManifest(clears: ids("u", 111)))
    world.service.fault = script([.clearTags: [3: .misnamed(way, 70402, 55)]])
    let run = try world.apply()
    #expect(run.notices.contains(.unattributed(.clearTags, users: 100)))
    #expect(run.ids(.readTags).map(\.count) == [100])
    // Users with remaining tags are sent again.
    #expect(run.ids(.clearTags).map(\.count) == [1, 10, 100, 55])
    #expect(run.counts.cleared == 111)
    #expect(world.service.tagged.isEmpty)
    #expect(run.exitCode == .success)
  }

  @Test func `clears whose responses always contain unknown lists are all resolved by reading`()
    throws
  {
    let world = try Simulation(simulatedManifest(clears: ids("u", 300)))
    world.service.moreOfClears = #","Notes":{"of":["somebody"]}"#
    let run = try world.apply()
    #expect(run.result?.stop == nil)
    #expect(run.counts.cleared == 300)
    #expect(run.notices.count { if case .unattributed = $0 { true } else { false } } == 1)
    #expect(run.ids(.clearTags).flatMap { $0 }.count == 300)
    #expect(run.exitCode == .success)
  }

  @Test(arguments: ways)
  func `users named in such a response get the named result`(way: Misnaming) throws {
    let world = try Simulation(simulatedManifest(clears: ids("u", 12)))
    world.service.refused = [
      try #require(UserID("u000005")): 12345, try #require(UserID("u000006")): 70107,
    ]
    world.service.accounts.remove(try #require(UserID("u000006")))
    world.service.tagged.remove(try #require(UserID("u000006")))
    world.service.fault = script([.clearTags: [2: .misnamed(way, 70402, 1)]])
    let run = try world.apply()
    #expect(run.notices.contains(.unattributed(.clearTags, users: 8)))
    #expect(try world.record("u000005")?.attempt?.status == .failed(ServiceCode(12345)))
    #expect(try world.record("u000006")?.done?.outcome == .alreadyAbsent)
    #expect(run.counts.cleared == 10)
  }

  @Test(arguments: ways)
  func `users of such a clear who cannot be read are unknown`(
    way: Misnaming
  ) throws {
    let world = try Simulation(simulatedManifest(clears: ids("u", 11)))
    world.service.fault = { call, _ in
      guard call.purpose == .users else { return nil }
      return call.call == .readTags
        ? .garbage : call.number == 2 ? .misnamed(way, 70402, 5) : nil
    }
    let run = try world.apply()
    #expect(run.counts.unknown == 10)
    #expect(run.exitCode == .appliedInPart)
    #expect(world.service.tagged.count == 5)
  }

  @Test(arguments: ways)
  func `other users in a removal's response change nothing`(
    way: Misnaming
  ) throws {
    let world = try world()
    world.service.fault = script([.deleteAccounts: [3: .misnamed(way, 70402, 40)]])
    let run = try world.apply()
    // Missing users are read, found and sent again.
    #expect(run.ids(.checkAccounts).last?.count == 40)
    #expect(run.ids(.deleteAccounts).map(\.count) == [1, 10, 100, 40])
    #expect(run.counts.removed == 111)
  }

  @Test(arguments: [Int32(70402), 70169, 12345, 60007, 60013, 71000])
  func `users reported done by a refused call are read, not sent again`(code: Int32) throws {
    let world = try world()
    world.service.fault = script([.deleteAccounts: [3: .codeBesideResults(code)]])
    let run = try world.apply()
    #expect(run.ids(.deleteAccounts).map(\.count) == [1, 10, 100])
    if code == 71000 {
      #expect(run.result?.stop == .fatal(.deleteAccounts, ServiceCode(71000), info: ""))
      #expect(run.counts.unknown == 100)
    } else {
      #expect(run.ids(.checkAccounts).last?.count == 100)
      #expect(run.counts.removed == 111)
      #expect(run.exitCode == .success)
    }
  }

  /// The first outcomes recorded for these users if each call about them gets this body.
  private func outcomes(_ call: Call, _ users: [String], _ body: String) throws -> [String] {
    let world = try Simulation(
      call == .clearTags ? simulatedManifest(clears: users) : simulatedManifest(removals: users))
    world.settings.acceptsAbsent = true
    var isCleared = false
    let (_, records) = try world.apply { sent, ids in
      if sent == .readTags, isCleared {
        return .json(#"{"ErrorCode":0,"UserTags":[{"To_Account":"\#(ids[0])","Tags":[]}]}"#)
      }
      let isOfUsers = sent == call && !ids[0].description.hasPrefix("imprune-probe")
      if isOfUsers { isCleared = sent == .clearTags }
      return isOfUsers ? .json(body) : .usual(sent, ids[0])
    }
    for case .outcome(let outcome) in records {
      return outcome.users.map { $0.map { "\($0)" } ?? "-" }
    }
    return []
  }

  @Test(arguments: [
    // Silence means success only if the response names only users of the call.
    (#"{"ErrorCode":0}"#, "done(PruneCore.DoneOutcome.cleared)"),
    (#"{"ErrorCode":0,"ErrorList":[]}"#, "done(PruneCore.DoneOutcome.cleared)"),
    (#"{"ErrorCode":0,"ErrorList":null,"RequestId":"x"}"#, "done(PruneCore.DoneOutcome.cleared)"),
    (#"{"ErrorCode":0,"ErrorList":[{"To_Account":"U","ErrorCode":70402}]}"#, "unknown"),
    (#"{"ErrorCode":0,"ErrorList":[{"To_Account":"U","ErrorCode":0}]}"#, "unknown"),
    (#"{"ErrorCode":0,"ErrorList":[{"To_Account":"u ","ErrorCode":70402}]}"#, "unknown"),
    (#"{"ErrorCode":0,"ErrorList":[{"To_Account":"","ErrorCode":70402}]}"#, "unknown"),
    (#"{"ErrorCode":0,"ErrorList":[{"To_Account":1,"ErrorCode":70402}]}"#, "unknown"),
    (#"{"ErrorCode":0,"ErrorList":[{"UserID":"u","ErrorCode":70402}]}"#, "unknown"),
    (#"{"ErrorCode":0,"ErrorList":[{"To_Account":"u"}]}"#, "unknown"),
    (#"{"ErrorCode":0,"ErrorList":{"u":70402}}"#, "unknown"),
    (#"{"ErrorCode":0,"ErrorList":"u"}"#, "unknown"),
    (#"{"ErrorCode":0,"FailedAccounts":["u"]}"#, "unknown"),
    (#"{"ErrorCode":0,"Data":{"ErrorList":["u"]}}"#, "unknown"),
    (#"{"ErrorCode":0,"ResultItem":[{"UserID":"U","ResultCode":70402}]}"#, "unknown"),
    (#"{"ErrorCode":0,"UserTags":[{"To_Account":"U","Tags":["x"]}]}"#, "unknown"),
    (#"{"ErrorCode":0,"UserTags":[{"To_Account":"u","Tags":["x"]}]}"#, "unknown"),
    (#"{"ErrorCode":0,"ErrorList":[],"ErrorList":[]}"#, "unknown"),
    (#"{"ErrorCode":0,"ErrorCode":0}"#, "unknown"),
    (#"{"ActionStatus":"FAIL","ErrorCode":0}"#, "unknown"),
    (#"{"ErrorCode":"0"}"#, "unknown"), (#"{"ErrorCode":0.0}"#, "unknown"),
    (#"{"ErrorCode":0e0}"#, "unknown"),
    (#"{"ErrorCode":-0}"#, "done(PruneCore.DoneOutcome.cleared)"),
    (#"{"ErrorCode":90012}"#, "done(PruneCore.DoneOutcome.alreadyAbsent)"),
    (#"{"ErrorCode":90012,"ErrorList":[{"To_Account":"U","ErrorCode":90012}]}"#, "unknown"),
    (#"{"ErrorCode":90012,"Failed":["u"]}"#, "unknown"),
  ])
  func `a clear is done only if its response names its users unambiguously`(
    body: String, outcome: String
  ) throws {
    #expect(try outcomes(.clearTags, ["u"], body) == [outcome])
  }

  @Test(arguments: [
    (
      #"{"ErrorCode":0,"ResultItem":[{"UserID":"u","ResultCode":0}]}"#,
      "done(PruneCore.DoneOutcome.removed)"
    ),
    (#"{"ErrorCode":0,"ResultItem":[{"UserID":"U","ResultCode":0}]}"#, "unknown"),
    (#"{"ErrorCode":0,"ResultItem":[{"UserID":"v","ResultCode":70107}]}"#, "unknown"),
    (#"{"ErrorCode":0}"#, "unknown"), (#"{"ErrorCode":0,"ResultItem":[]}"#, "unknown"),
    (#"{"ErrorCode":70107}"#, "done(PruneCore.DoneOutcome.alreadyAbsent)"),
    (#"{"ErrorCode":70107,"ResultItem":[{"UserID":"U","ResultCode":70107}]}"#, "unknown"),
    (#"{"ErrorCode":70107,"Items":[{"UserID":"u","ResultCode":0}]}"#, "unknown"),
    (#"{"ErrorCode":70402,"ResultItem":[{"UserID":"u","ResultCode":0}]}"#, "unknown"),
    (
      #"{"ErrorCode":0,"ResultItem":[{"UserID":"u","ResultCode":0}],"#
        + #""ErrorList":[{"To_Account":"u","ErrorCode":70402}]}"#, "unknown"
    ),
  ])
  func `a removal is done only if its response confirms the user`(
    body: String, outcome: String
  ) throws {
    #expect(try outcomes(.deleteAccounts, ["u"], body) == [outcome])
  }

  @Test func `a failed read leaves the user unknown and the run continues`() throws {
    let world = try world()
    world.service.fault = { call, _ in
      guard call.purpose == .users else { return nil }
      return switch call.call {
      case .checkAccounts: .garbage
      case .deleteAccounts: call.number == 1 ? .lost : nil
      default: nil
      }
    }
    let run = try world.apply()
    #expect(run.counts.unknown == 1)
    #expect(run.counts.removed == 110)
    #expect(run.result?.stop == nil)
    #expect(run.exitCode == .appliedInPart)
  }
}
