import Foundation
import TestSupport
import Testing

/// The built tool against the built sandbox, over real sockets.
@Suite struct ApplyTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace.withKey()
  }

  private static let open = ["--edition", "ultimate", "--enabled", "tag_push,account_deletion"]

  /// Checks that a second plan finds nothing to do.
  private func expectNoChanges(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let plan = try place.imprune("plan", "--detailed-exitcode")
    #expect(plan.code == 0, sourceLocation: sourceLocation)
    #expect(
      plan.out.contains("No changes. State matches the manifest."), sourceLocation: sourceLocation)
  }

  // MARK: - To the end

  @Test func `apply clears and removes exactly the listed users, each once`() throws {
    let sandbox = try Sandbox(Self.open + ["--users", "400", "--tags", "vip"])
    let removals = madeIDs(1...150)
    let clears = madeIDs(201...330)
    try place.write("leavers.txt", (removals + ["never_was"]).joined(separator: "\n") + "\n")
    try place.write("movers.txt", clears.joined(separator: "\n") + "\n")
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, expect: "{removals: 151, clears: 130}",
        users: """
            - {ids_from: leavers.txt, account: absent}
            - {ids_from: movers.txt, tags: []}
          """))
    #expect(try place.imprune("init").code == 0)

    let apply = try place.imprune("apply", "--auto-approve", "--rate", "100")
    #expect(apply.code == 0)
    #expect(apply.out.contains("Plan: 151 to remove (irreversible), 130 to clear, 0 unchanged"))
    #expect(
      apply.out.contains(
        "Apply complete! 150 removed, 1 already absent, 130 cleared, 0 failed, 0 unknown.\n"))
    #expect(apply.out.contains("(130 lines)"))
    #expect(try sandbox.users() == madeIDs(151...400))
    #expect(try sandbox.tagged() == madeIDs(151...200) + madeIDs(331...400))
    let counters = try sandbox.counters()
    // The ramp of 1, 10 and 100 for clears, then for removals, with the probe first.
    #expect(counters.taken("im_remove_all_tags") == 4)
    #expect(counters.taken("account_delete") == 5)
    #expect(counters.removed == 150)
    #expect(counters.deletesOfAbsent == 2)
    #expect(!place.exists("imprune.state.journal"))

    try expectNoChanges()
    let again = try place.imprune("apply")
    #expect(again.code == 0)
    #expect(try sandbox.counters().calls.count == counters.calls.count)
    #expect(try sandbox.counters().taken("account_check") == counters.taken("account_check"))
    let verify = try place.imprune("state", "verify")
    #expect(verify.out.contains("serial 1, 281 records"))
    try place.expectNoSecrets()
  }

  @Test func `only its owner can read a tag file, whoever may read the state`() throws {
    let sandbox = try Sandbox(Self.open + ["--users", "3", "--tags", "vip"])
    try place.write(
      "imprune.yaml", manifestText(port: sandbox.port, users: "  - {id: user_0000001, tags: []}"))
    #expect(try place.imprune("init").code == 0)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o644], ofItemAtPath: place.path("imprune.state"))
    #expect(try place.imprune("apply", "--auto-approve", "--report", "report.json").code == 0)
    let file = try #require(place.names.first { $0.hasPrefix("imprune.state.tags-") })
    let attributes = try FileManager.default.attributesOfItem(atPath: place.path(file))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(try place.imprune("tags", "list", file).out.contains("  user_0000001  [\"vip\"]\n"))
    #expect(try JSONValue(place.bytes("report.json"))["tag_file"] == .string(file))
  }

  @Test func `a higher revision removes the id again`() throws {
    let sandbox = try Sandbox(["--users", "3"])
    func manifest(_ revision: Int) -> String {
      manifestText(
        port: sandbox.port, edition: "trial", enabled: "",
        users: "  - {id: user_0000001, account: absent, revision: \(revision)}")
    }
    try place.write("imprune.yaml", manifest(1))
    #expect(try place.imprune("apply", "--auto-approve", "--new-state").code == 0)
    try place.write("imprune.yaml", manifest(2))
    let plan = try place.imprune("plan")
    #expect(plan.out.contains("again, revision 2"))
    let apply = try place.imprune("apply", "--auto-approve")
    #expect(apply.out.contains("0 removed, 1 already absent"))
    #expect(try place.doneRecords() == ["user_0000001 remove-account 2 already-absent -"])
    try expectNoChanges()
  }

  @Test func `a person approves at a terminal by typing the app and the number of removals`()
    throws
  {
    let sandbox = try Sandbox(["--users", "2"])
    try writeRemoval(sandbox)
    for (typed, code) in [("yes", Int32(5)), ("1400000000/1", 0)] {
      let terminal = try Terminal()
      terminal.type(typed + "\n")
      let result = try place.imprune("apply", "--new-state", input: terminal.inside)
      #expect(result.code == code)
      #expect(result.error.contains("Removal cannot be undone."))
      #expect(result.error.contains("1400000000/1"))
    }
    #expect(try sandbox.users() == ["user_0000002"])
  }

  @Test func `an approval prompt for clears alone does not mention removals`() throws {
    let sandbox = try Sandbox(Self.open + ["--users", "2", "--tags", "vip"])
    try place.write(
      "imprune.yaml",
      manifestText(port: sandbox.port, users: "  - {id: user_0000001, tags: []}"))
    let terminal = try Terminal()
    terminal.type("1400000000/0\n")
    let result = try place.imprune("apply", input: terminal.inside)
    #expect(result.code == 0)
    #expect(!result.error.contains("cannot be undone"))
    #expect(try sandbox.tagged() == ["user_0000002"])
  }

  // MARK: - Refused before anything is changed

  /// A manifest that removes one user of a sandbox, and its state.
  private func writeRemoval(
    _ sandbox: Sandbox, app: Int = 1_400_000_000, admin: String = "administrator",
    withState: Bool = false
  ) throws {
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, app: app, admin: admin, edition: "trial", enabled: "",
        users: "  - {id: user_0000001, account: absent}"))
    if withState { #expect(try place.imprune("init").code == 0) }
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var environment: [String: String] = [:]
    var app = 1_400_000_000
    var admin = "administrator"
    var words: [String]
  }

  @Test(arguments: [
    Refusal(
      testDescription: "wrong key", environment: ["IMPRUNE_SECRET_KEY": "another"],
      words: ["70009", "Check that it was made with the secret key"]),
    Refusal(testDescription: "wrong app", app: 1_400_000_001, words: ["70020", "sdk_app_id"]),
    Refusal(testDescription: "no admin", admin: "somebody", words: ["70403", "Correct `admin`"]),
    Refusal(
      testDescription: "expired signature",
      environment: ["IMPRUNE_SECRET_KEY": "", "IMPRUNE_USERSIG": Signatures.expired],
      words: ["70001", "has expired"]),
    Refusal(
      testDescription: "garbled signature",
      environment: ["IMPRUNE_SECRET_KEY": "", "IMPRUNE_USERSIG": "eJxgarbled"],
      words: ["70003", "refused the UserSig"]),
    Refusal(
      testDescription: "no signature at all",
      environment: ["IMPRUNE_SECRET_KEY": "", "IMPRUNE_USERSIG": "two words & a=b#c"],
      words: ["IMPRUNE_USERSIG does not contain a usable signature"]),
    Refusal(
      testDescription: "no credentials", environment: ["IMPRUNE_SECRET_KEY": ""],
      words: ["no credentials", "IMPRUNE_SECRET_KEY_FILE"]),
    Refusal(
      testDescription: "blank key", environment: ["IMPRUNE_SECRET_KEY": " "],
      words: ["IMPRUNE_SECRET_KEY does not contain a usable key"]),
    Refusal(
      testDescription: "missing key file",
      environment: ["IMPRUNE_SECRET_KEY_FILE": "none.key"],
      words: ["cannot read the file that IMPRUNE_SECRET_KEY_FILE names", "No such file"]),
  ])
  func `wrong credentials or a wrong app change nothing`(refusal: Refusal) throws {
    let sandbox = try Sandbox(["--users", "3"])
    try writeRemoval(sandbox, app: refusal.app, admin: refusal.admin, withState: true)
    let result = try place.imprune(
      "apply", "--auto-approve", environment: refusal.environment)
    #expect(result.code == 1)
    for word in refusal.words { #expect(result.text.contains(word)) }
    #expect(try sandbox.users() == madeIDs(1...3))
    #expect(try sandbox.counters().calls["account_delete"] == nil)
    #expect(try place.doneRecords() == [])
    #expect(!place.exists("imprune.state.journal"))
    try place.expectNoSecrets([Sandbox.key, Signatures.expired, "eJxgarbled", "two words"])
  }

  @Test func `an unreachable host ends with advice on what to check`() throws {
    let closed: Int
    do {
      // The port of a stopped sandbox.
      closed = try Sandbox([]).port
    }
    try place.write(
      "imprune.yaml",
      manifestText(port: closed, users: "  - {id: user_0000001, account: absent}"))
    let result = try place.imprune("apply", "--auto-approve", "--new-state")
    #expect(result.code == 1)
    #expect(result.out.contains("cannot reach the service"))
    #expect(result.out.contains("No user was changed."))
    try place.expectNoSecrets()
  }

  @Test func `imprune sends no signature to a host that only the manifest names`() throws {
    try place.write(
      "imprune.yaml",
      manifestText(users: "  - {id: a, account: absent}")
        .replacing("http://127.0.0.1:9", with: "https://collector.example"))
    let result = try place.imprune("apply", "--auto-approve", "--new-state")
    #expect(result.code == 1)
    #expect(result.error.contains("IMPRUNE_ALLOW_HOST=collector.example"))
    #expect(!place.exists("imprune.state"))
  }

  @Test(arguments: ["top", "item", "existing"])
  func `an edition refused by the service stops the run before any user is sent`(
    level: String
  ) throws {
    let sandbox = try Sandbox(["--edition", "pro", "--users", "3", "--denial-level", level])
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, edition: "trial", enabled: "",
        users: "  - {ids: [user_0000001, user_0000002], account: absent}"))
    let result = try place.imprune("apply", "--auto-approve", "--new-state")
    #expect(result.code == 4)
    #expect(result.out.contains("71000"))
    // The probe, and one user if the service looks up the account before the edition.
    let calls = try #require(try sandbox.counters().calls["account_delete"])
    #expect(calls.ok + calls.refused == (level == "existing" ? 2 : 1))
    #expect(result.out.contains("No user was changed."))
    #expect(try sandbox.users() == madeIDs(1...3))
    #expect(try place.doneRecords() == [])
  }

  @Test func `disabled tag calls stop the run before any user is sent`() throws {
    let sandbox = try Sandbox(["--edition", "ultimate", "--users", "3", "--tags", "vip"])
    try place.write(
      "imprune.yaml",
      manifestText(port: sandbox.port, users: "  - {id: user_0000001, tags: []}"))
    let result = try place.imprune("apply", "--auto-approve")
    #expect(result.code == 4)
    #expect(result.out.contains("90045"))
    #expect(try sandbox.tagged() == madeIDs(1...3))
  }

  @Test func `imprune sends nothing without a terminal and without approval`() throws {
    let sandbox = try Sandbox(["--users", "2"])
    try writeRemoval(sandbox, withState: true)
    let before = try place.bytes("imprune.state")
    let result = try place.imprune("apply")
    #expect(result.code == 5)
    #expect(result.error.contains("--auto-approve"))
    #expect(try sandbox.counters().calls.isEmpty)
    #expect(try place.bytes("imprune.state") == before)
  }

  @Test func `removals without a state need an explicit flag`() throws {
    let sandbox = try Sandbox(["--users", "2"])
    try writeRemoval(sandbox)
    let refused = try place.imprune("apply", "--auto-approve")
    #expect(refused.code == 4)
    #expect(refused.error.contains("--new-state"))
    #expect(try sandbox.counters().calls.isEmpty)
    #expect(!place.exists("imprune.state"))
    #expect(try place.imprune("apply", "--auto-approve", "--new-state").code == 0)
    #expect(try sandbox.users() == ["user_0000002"])
    try expectNoChanges()
  }

  @Test func `a plan above a cap is refused`() throws {
    let sandbox = try Sandbox(["--users", "101"])
    try place.write("all.txt", madeIDs(1...101).joined(separator: "\n"))
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, edition: "trial", enabled: "", guards: "{}",
        users: "  - {ids_from: all.txt, account: absent}"))
    let result = try place.imprune("apply", "--auto-approve", "--new-state")
    #expect(result.code == 4)
    #expect(result.out.contains("guards.max_removals"))
    #expect(try sandbox.counters().calls.isEmpty)
  }

  @Test func `a second apply reports who holds the lock`() throws {
    let sandbox = try Sandbox(["--users", "2", "--latency", "60000"])
    try writeRemoval(sandbox, withState: true)
    let first = try place.start("apply", "--auto-approve")
    #expect(try eventually { try sandbox.counters().calls["account_check"] != nil })
    let before = try place.bytes("imprune.state")
    for words in [["apply", "--auto-approve"], ["state", "recover"]] {
      let second = try ChildProcess(
        Built.imprune, words, in: place.folder, environment: place.environment
      ).end()
      #expect(second.code == 6)
      #expect(second.error.contains("pid \(first.identifier) on "))
      #expect(second.error.contains("imprune apply imprune.yaml"))
    }
    // A plan takes no lock, but reports the run.
    let plan = try place.imprune("plan")
    #expect(plan.code == 0)
    #expect(plan.error.contains("is in progress or was interrupted"))
    #expect(try place.bytes("imprune.state") == before)
    first.signal(SIGKILL)
    _ = first.end()
  }

  // MARK: - Refused states

  struct WrongState: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var state: String
    var words: String
  }

  @Test(arguments: [
    WrongState(
      testDescription: "another app", state: StateFixture(app: "1400000001").text,
      words: "The state belongs to app 1400000001, but the manifest is for app 1400000000"),
    WrongState(
      testDescription: "the live service", state: StateFixture(service: "live").text,
      words: "The state belongs to the live service"),
    WrongState(
      testDescription: "a newer version", state: StateFixture(version: "2").text,
      words: "version 2"),
    WrongState(
      testDescription: "a changed byte",
      state: StateFixture().text.replacing("serial\t3", with: "serial\t4"),
      words: "The checksum does not match"),
    WrongState(
      testDescription: "a missing end", state: String(StateFixture().text.dropLast(40)),
      words: "file"),
    WrongState(testDescription: "an empty file", state: "", words: "The file is empty"),
    WrongState(
      testDescription: "something else", state: "{}\n",
      words: "is not the header of an imprune state"),
    WrongState(
      testDescription: "a record that is none",
      state: StateFixture(records: ["a\tremove-account\tx"]).text, words: "Line 8"),
  ])
  func `a mismatched state is refused and left unchanged`(wrongState: WrongState) throws {
    let sandbox = try Sandbox(["--users", "2"])
    try writeRemoval(sandbox)
    try place.write("imprune.state", wrongState.state)
    for words in [["apply", "--auto-approve", "--new-state"], ["plan"]] {
      let result = place.end(
        try ChildProcess(Built.imprune, words, in: place.folder, environment: place.environment))
      #expect(result.code == 1)
      #expect(result.error.contains(wrongState.words))
    }
    #expect(try place.text("imprune.state") == wrongState.state)
    #expect(try sandbox.counters().calls.isEmpty)
    #expect(!place.exists("imprune.state.journal"))
  }

  @Test func `imprune sends no user if it could not save the outcome`() throws {
    let sandbox = try Sandbox(["--users", "2"])
    try writeRemoval(sandbox)
    let state = StateFixture(serial: "\(Int64.max)").text
    try place.write("imprune.state", state)
    #expect(try place.imprune("plan").code == 0)
    let apply = try place.imprune("apply", "--auto-approve")
    #expect(apply.code == 1)
    #expect(apply.error.contains("The serial is the highest number that a state can have"))
    #expect(try place.text("imprune.state") == state)
    #expect(try sandbox.counters().calls.isEmpty)
    #expect(!place.exists("imprune.state.journal"))
  }

  @Test func `a sandbox's state is refused for the live service`() throws {
    try place.write(
      "imprune.yaml",
      manifestText(users: "  - {id: a, account: absent}")
        .replacing("endpoint: http://127.0.0.1:9", with: "region: china"))
    let state = StateFixture(service: "loopback").text
    try place.write("imprune.state", state)
    let result = try place.imprune("apply", "--auto-approve")
    #expect(result.code == 1)
    #expect(result.error.contains("The state belongs to the loopback service"))
    #expect(try place.text("imprune.state") == state)
  }
}
