import Foundation
import PruneCore
import TestSupport
import Testing

/// Changes by other processes to the files of a running apply: nothing more is sent, and the state
/// contains every user that was sent.
@Suite struct LostFilesTests {
  let place: TemporaryWorkspace
  let sandbox: Sandbox

  private static let users = 2000

  init() throws {
    place = try TemporaryWorkspace.withKey()
    sandbox = try Sandbox(["--users", "\(Self.users)", "--latency", "100"])
    try place.write("leavers.txt", madeIDs(1...Self.users).joined(separator: "\n") + "\n")
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, edition: "trial", enabled: "",
        users: "  - {ids_from: leavers.txt, account: absent}"))
    #expect(try place.imprune("init").code == 0)
  }

  /// Starts an apply and waits until it has removed some users.
  private func start() throws -> ChildProcess {
    let run = try place.start("apply", "--auto-approve", "--rate", "10", "--report", "report.json")
    #expect(try eventually { try sandbox.counters().removed >= 300 })
    return run
  }

  /// Checks that the state contains every user that the service removed, and that no user was
  /// removed twice.
  private func expectAllRecorded(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let records = try place.doneRecords()
    let known = Set(records.map { String($0.prefix { $0 != " " }) })
    for user in try sandbox.histories() where user.removed > 0 {
      #expect(known.contains(user.id), "\(user.id)", sourceLocation: sourceLocation)
      #expect(user.removed == 1, "\(user.id)", sourceLocation: sourceLocation)
    }
  }

  /// Checks that the next applies do the rest.
  private func expectRest(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let rest = try place.imprune("apply", "--auto-approve", "--rate", "100")
    #expect(rest.code == 0, "\(rest.text)", sourceLocation: sourceLocation)
    #expect(try sandbox.users().isEmpty, sourceLocation: sourceLocation)
    try expectAllRecorded(sourceLocation: sourceLocation)
    #expect(
      try place.doneRecords().count { $0.hasSuffix(" removed -") } == Self.users,
      sourceLocation: sourceLocation)
  }

  enum Loss: String, CaseIterable {
    case journalRemoved, journalRenamed, journalCut, journalReplaced
    case lockRemoved, lockReplaced
    case stateRemoved, stateReplaced
  }

  @Test(arguments: Loss.allCases)
  func `an apply that loses one of its files stops and records every user`(loss: Loss) throws {
    let run = try start()
    let name = try make(loss)
    let result = place.end(run)
    #expect(result.code == 3, "\(result.text)")
    #expect(!result.out.contains("Apply complete!"))
    let reason = result.out.replacing("\n", with: " ")
    #expect(reason.contains("Apply stopped: "), "\(result.text)")
    #expect(reason.contains(name), "\(result.text)")
    #expect(try sandbox.counters().removed < Self.users)
    try expectAllRecorded()
    // Report, counts and state agree.
    let done = try place.doneRecords().count { $0.hasSuffix(" removed -") }
    #expect(result.out.contains("Until then: \(grouped(done)) removed, "), "\(result.text)")
    let report = try place.text("report.json")
    #expect(report.components(separatedBy: "\"outcome\": \"removed\"").count - 1 == done)
    if loss == .journalReplaced {
      // Foreign files stay, and the next run refuses them.
      #expect(try place.text("imprune.state.journal") == "hello\n")
      try place.remove("imprune.state.journal")
    }
    try expectRest()
  }

  private func make(_ loss: Loss) throws -> String {
    switch loss {
    case .journalRemoved: try place.remove("imprune.state.journal")
    case .journalRenamed: try place.move("imprune.state.journal", to: "old.journal")
    case .journalCut: try place.cut("imprune.state.journal", to: 200)
    case .journalReplaced:
      try place.write("other", "hello\n")
      try place.move("other", to: "imprune.state.journal")
    case .lockRemoved: try place.remove("imprune.state.lock")
    case .lockReplaced:
      try place.write("other", "")
      try place.move("other", to: "imprune.state.lock")
    case .stateRemoved: try place.remove("imprune.state")
    case .stateReplaced:
      try place.write("other", place.bytes("imprune.state"))
      try place.move("other", to: "imprune.state")
    }
    switch loss {
    case .journalRemoved, .journalRenamed, .journalCut, .journalReplaced:
      return "imprune.state.journal"
    case .lockRemoved, .lockReplaced: return "imprune.state.lock"
    case .stateRemoved, .stateReplaced: return "imprune.state"
    }
  }

  @Test func `two applies after a lock was removed remove no user twice`() throws {
    let first = try start()
    try place.remove("imprune.state.lock")
    let second = try place.imprune("apply", "--auto-approve", "--rate", "100")
    let result = place.end(first)
    #expect(result.code == 3, "\(result.text)")
    #expect(!result.out.contains("Apply complete!"), "\(result.text)")
    // 6 if the first apply takes the lock again for its save before the second one has it.
    #expect([0, 3, 6].contains(second.code), "\(second.text)")
    try expectAllRecorded()
    try expectRest()
  }

  @Test func `imprune does not overwrite a state of another lineage`() throws {
    let run = try start()
    let original = try place.bytes("imprune.state")
    let foreign = StateFixture(lineage: "0000000000000001").text
    try place.write("other", foreign)
    try place.move("other", to: "imprune.state")
    let result = place.end(run)
    #expect(result.code == 3, "\(result.text)")
    #expect(!result.out.contains("Apply complete!"))
    #expect(result.error.contains("could not save the state"), "\(result.text)")
    #expect(try place.text("imprune.state") == foreign)
    // The run's results went to standard error, and are in the journal.
    let removed = try sandbox.counters().removed
    #expect(
      result.error.split(separator: "\n").count { $0.contains("\tremoved\t") } >= removed - 100)
    try place.write("imprune.state", original)
    #expect(try place.imprune("state", "recover").code == 0)
    try expectAllRecorded()
    try expectRest()
  }

  @Test func `a state truncated during a run is not treated as an empty state`() throws {
    let run = try start()
    try place.cut("imprune.state", to: 0)
    let result = place.end(run)
    #expect(result.code == 3, "\(result.text)")
    #expect(result.error.contains("could not save the state"), "\(result.text)")
    let plan = try place.imprune("plan")
    #expect(plan.code == 1)
    #expect(plan.error.contains("the state imprune.state is missing or empty"), "\(plan.text)")
    let recover = try place.imprune("state", "recover")
    #expect(recover.code == 0, "\(recover.text)")
    #expect(recover.out.contains("Rebuilt imprune.state from its journal"), "\(recover.text)")
    #expect(recover.out.contains("The outcomes of earlier runs are lost"), "\(recover.text)")
    try expectAllRecorded()
    try expectRest()
  }
}
