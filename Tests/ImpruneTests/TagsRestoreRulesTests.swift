import Foundation
import PruneCore
import TestSupport
import Testing

/// Whom `imprune tags restore` leaves alone, when it refuses, and what it says, with a state and a
/// tag file made by hand.
@Suite struct TagsRestoreRulesTests {
  let place: TemporaryWorkspace
  let sandbox: Sandbox
  private static let file = "imprune.state.tags-8f2c41d09ab3"
  private static let end = "2026-01-02T03:04:05Z\t0123456789ab"

  init() throws {
    place = try TemporaryWorkspace.withKey()
    sandbox = try Sandbox([
      "--users", "300", "--tags", "old", "--edition", "ultimate", "--enabled",
      "tag_push,account_deletion",
    ])
    try place.write("imprune.yaml", manifestText(port: sandbox.port, users: "  []"))
  }

  /// Writes a state with records, and a tag file in which these users have the tags `old` and `new`.
  private func write(_ records: [String], saved users: ClosedRange<Int>) throws {
    try place.write(
      "imprune.state", StateFixture(lineage: "5f0c2a9be1d34788", records: records).text)
    try age(seconds: 100)
    let users = madeIDs(users).map { saved($0, ["old", "new"]) }
    try place.write(Self.file, WholeTagFile(users: users).bytes)
  }

  private func age(seconds: Double) throws { try place.age("imprune.state", seconds: seconds) }

  private func restore(_ words: String...) throws -> ProcessResult {
    try place.imprune(["tags", "restore", Self.file, "--auto-approve"] + words)
  }

  private func hasAll(_ id: String) throws -> Bool { try sandbox.tags()[id] == ["old", "new"] }

  @Test func `users whose accounts may be gone are left alone, each with the reason`() throws {
    try write(
      [
        "user_0000001\tremove-account\t1\tremoved\t\(Self.end)\t-\t-\t-\t-",
        "user_0000002\tremove-account\t1\talready-absent\t\(Self.end)\t-\t-\t-\t-",
        "user_0000003\tremove-account\t-\t-\t-\t-\t1\tunknown\t\(Self.end)",
        "user_0000004\tremove-account\t-\t-\t-\t-\t1\tfailed(70402)\t\(Self.end)",
      ], saved: 1...5)
    let all = try restore()
    #expect(all.code == 0, "\(all.text)")
    for (id, words) in [
      ("user_0000001", "imprune has removed the account: left alone"),
      ("user_0000002", "the account was to be removed and did not exist: left alone"),
      ("user_0000003", "imprune sent a removal and does not know its outcome: left alone"),
    ] {
      #expect(all.out.contains("\(id)  \(words)"), "\(all.text)")
      #expect(try !hasAll(id))
      // Whoever names such a user is told that nothing was done.
      let named = try restore(id)
      #expect(named.code == 1 && named.error.contains("1 user that you named was left alone"))
      #expect(named.error.contains(words.dropLast(": left alone".count)), "\(named.text)")
      #expect(!named.out.contains("Restore complete!"))
    }
    #expect(all.out.contains("Restore complete! 2 restored, 3 left alone."), "\(all.text)")
    #expect(try hasAll("user_0000004") && hasAll("user_0000005"))
    let some = try restore("user_0000003", "user_0000004", "--merge")
    #expect(some.code == 1, "\(some.text)")
  }

  @Test func `a restore of named users in part is no success`() throws {
    try write(
      ["user_0000001\tremove-account\t1\tremoved\t\(Self.end)\t-\t-\t-\t-"], saved: 1...2)
    let result = try restore("user_0000001", "user_0000002")
    #expect(result.code == 3, "\(result.text)")
    #expect(result.out.contains("Restore ended. 1 restored, 1 left alone."), "\(result.text)")
    #expect(result.error.contains("1 user that you named was left alone"), "\(result.text)")
    #expect(try hasAll("user_0000002"))
  }

  @Test func `a restore waits until 15 seconds after the state was saved`() throws {
    // The intent is old; but a call is sent again under the same intent, long after it.
    try write(
      ["user_0000001\tclear-tags\t-\t-\t-\t-\t1\tunknown\t\(Self.end)"], saved: 1...2)
    try age(seconds: 0)
    let dry = try restore("--dry-run")
    #expect(dry.code == 0 && !dry.error.contains("imprune waits"), "\(dry.text)")
    try age(seconds: 13.5)
    let early = try restore("user_0000001")
    #expect(early.code == 0, "\(early.text)")
    #expect(early.error.firstMatch(of: /imprune\s+waits\s+[123]\s+second/) != nil, "\(early.text)")
    #expect(try hasAll("user_0000001"))
    try age(seconds: 17)
    let late = try restore()
    #expect(late.code == 0 && !late.error.contains("imprune waits"), "\(late.text)")
  }

  @Test func `a journal of a killed run counts from the moment of its folding`() throws {
    try write([], saved: 1...2)
    var header = JournalHeader(
      app: try #require(SDKAppID(1_400_000_000)), service: .loopback,
      lineage: Lineage(0x5F0C_2A9B_E1D3_4788), serial: 3, run: RunID(0xFEED),
      digest: try #require(PlanDigest(hex: String(repeating: "0a", count: 32))))
    header.base = nil
    var journal: [UInt8] = []
    header.append(to: &journal)
    JournalRecord.intent(
      .init(
        number: 1, operation: .clearTags, time: Timestamp(seconds: 1_767_322_000),
        users: [.init(id: try #require(UserID("user_0000001")), revision: .first)])
    ).append(to: &journal)
    try place.write("imprune.state.journal", journal)
    let dry = try restore("--dry-run")
    #expect(dry.code == 0, "\(dry.text)")
    #expect(dry.error.contains("is in progress or was interrupted. This dry run"), "\(dry.text)")
    let early = try restore()
    #expect(early.code == 0, "\(early.text)")
    #expect(early.error.firstMatch(of: /imprune\s+waits\s+15\s+seconds/) != nil, "\(early.text)")
    #expect(try hasAll("user_0000001"))
  }

  @Test func `without a state a restore says what it needs`() throws {
    try write([], saved: 1...1)
    try place.remove("imprune.state")
    let result = try restore()
    #expect(result.code == 1)
    #expect(result.error.contains("a new state has another lineage"), "\(result.text)")
    #expect(!result.error.contains("imprune init"))
    let refresh = try place.imprune("refresh")
    #expect(refresh.code == 1 && !refresh.error.contains("imprune init"), "\(refresh.text)")
  }

  @Test func `users with too many tags are named with what is missing, and all with --all`() throws
  {
    try write([], saved: 1...30)
    // A user can have 100 tags; these have 95 and lack 10.
    let many = (1...94).map { "t\($0)" } + ["old"]
    try place.write(
      Self.file, WholeTagFile(users: madeIDs(1...30).map { saved($0, many) }).bytes)
    #expect(try restore("--rate", "100").code == 0)
    let more = (1...18).map { "m\($0)" }
    try place.write(
      Self.file, WholeTagFile(users: madeIDs(1...30).map { saved($0, more) }).bytes)
    let result = try restore("--merge", "--rate", "100")
    #expect(result.code == 3, "\(result.text)")
    #expect(
      result.out.contains(
        "user_0000001  failed with code 90032 (too many tags); 18 of 18 tags missing"),
      "\(result.text)")
    #expect(result.out.contains("  ... 10 more; --all shows them ..."), "\(result.text)")
    #expect(result.out.contains("Another restore does not help"), "\(result.text)")
    #expect(!result.out.contains("Run the command again to restore the rest"))
    let all = try restore("--merge", "--rate", "100", "--all")
    #expect(all.out.contains("user_0000030  failed with code 90032"), "\(all.text)")
  }

  @Test func `what cannot be shown is not restored`() throws {
    try write([], saved: 1...2)
    let shell = try ChildProcess(
      "/bin/sh", ["-c", "\(Built.imprune) tags restore \(Self.file) --auto-approve >/dev/full"],
      in: place.folder, environment: place.environment)
    let result = place.end(shell)
    #expect(result.code == 1)
    #expect(result.error.contains("imprune could not show what it would restore"), "\(result.text)")
    #expect(!result.error.contains("Nothing was sent"))
    #expect(try !hasAll("user_0000001"))
  }

  @Test func `an empty id is an error that reads well`() throws {
    try write([], saved: 1...1)
    let result = try restore("")
    #expect(result.code == 64)
    #expect(result.error.contains("Error: An empty text cannot be a user's id"), "\(result.text)")
  }
}
