import Foundation
import TestSupport
import Testing

/// Every exit code (docs/architecture.md, "Exit codes"), and its promise: 1, 4, 5, 6 and 64 changed
/// no user.
@Suite struct ExitCodeTests {
  /// One cause of an exit code.
  struct Way: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var code: Int32
    /// The arguments.
    var words: [String]
    /// The sandbox's options, in addition to its users.
    var sandbox: [String] = ["--edition", "ultimate", "--enabled", "tag_push,account_deletion"]
    var environment: [String: String] = [:]
    /// The replacement in the manifest.
    var replacing: [String: String] = [:]
    /// The state's records; nil for no state.
    var records: [String]? = []
    /// How many of the sandbox's five users are gone or without tags afterwards.
    var changed = 0
    /// Sent once the sandbox has accepted a call.
    var signal: Int32?
    /// Whether another run holds the lock.
    var isLocked = false
    /// The expected text.
    var says: String
  }

  private static let zeros = String(repeating: "0", count: 32)
  private static let removalsRefused = ["--edition", "pro", "--enabled", "tag_push"]
  private static let old = "\t-\t-\t-\t-\t1\tunknown\t2026-01-01T00:00:00Z\t0000000000aa"

  static let ways: [Way] = [
    // 0 and 2
    Way(testDescription: "a plan with changes", code: 0, words: ["plan"], says: "2 to remove"),
    Way(
      testDescription: "changes, with --detailed-exitcode", code: 2,
      words: ["plan", "--detailed-exitcode"], says: "2 to remove"),
    Way(
      testDescription: "an apply to the end", code: 0, words: ["apply", "--auto-approve"],
      changed: 3, says: "Apply complete! 2 removed, 0 already absent, 1 cleared"),
    Way(
      testDescription: "a valid manifest", code: 0, words: ["validate", "--strict"], says: "Valid."),
    Way(
      testDescription: "a precheck", code: 0, words: ["precheck"], says: "accounts can be removed"),
    // 1
    Way(
      testDescription: "a manifest with an error", code: 1, words: ["apply", "--auto-approve"],
      replacing: ["account: absent": "account: gone"], says: "Invalid value"),
    Way(
      testDescription: "a warning, taken strictly", code: 1,
      words: ["apply", "--auto-approve", "--strict"],
      replacing: ["user_0000002,": "user_0000002, User_0000002,"], says: "[case-twins]"),
    Way(
      testDescription: "no credentials", code: 1, words: ["apply", "--auto-approve"],
      environment: ["IMPRUNE_SECRET_KEY": ""], says: "IMPRUNE_SECRET_KEY"),
    Way(
      testDescription: "a wrong key", code: 1, words: ["apply", "--auto-approve"],
      environment: ["IMPRUNE_SECRET_KEY": "another"], says: "70009"),
    Way(
      testDescription: "a state of another app", code: 1, words: ["apply", "--auto-approve"],
      replacing: ["1400000000": "1400000001"], says: "1400000000"),
    // 3
    Way(
      testDescription: "one user unknown for too long", code: 3,
      words: ["apply", "--auto-approve"], records: ["user_0000001\tremove-account" + old],
      changed: 2, says: "1 removed, 0 already absent, 1 cleared, 0 failed, 1 unknown"),
    // 4
    Way(
      testDescription: "above the manifest's cap", code: 4, words: ["apply", "--auto-approve"],
      replacing: ["max_removals: 100000": "max_removals: 1"], says: "guards.max_removals"),
    Way(
      testDescription: "above the cap of the command line", code: 4,
      words: ["apply", "--auto-approve", "--max-removals", "1"], says: "--max-removals allows 1"),
    Way(
      testDescription: "a cap of the command line cannot raise the manifest's", code: 4,
      words: ["apply", "--auto-approve", "--max-removals", "9"],
      replacing: ["max_removals: 100000": "max_removals: 1"], says: "guards.max_removals"),
    Way(
      testDescription: "a refused plan, with --detailed-exitcode", code: 4,
      words: ["plan", "--detailed-exitcode", "--max-removals", "0"],
      says: "A guard refused this plan"),
    Way(
      testDescription: "another number than expected", code: 4,
      words: ["apply", "--auto-approve"], replacing: ["expect: {}": "expect: {removals: 3}"],
      says: "expect.removals"),
    Way(
      testDescription: "a protected user", code: 4, words: ["apply", "--auto-approve"],
      replacing: ["max_removals": "protected: [\"*_0000002\"], max_removals"],
      says: "guards.protected"),
    Way(
      testDescription: "the calling admin", code: 4, words: ["apply", "--auto-approve"],
      replacing: ["admin: administrator": "admin: user_0000002"],
      says: "imprune never changes the admin account that it uses for its calls"),
    Way(
      testDescription: "the administrator", code: 4, words: ["validate"],
      replacing: ["user_0000002": "administrator"], says: "imprune never changes `administrator`"),
    Way(
      testDescription: "a precheck of what is refused", code: 4, words: ["precheck"],
      replacing: ["ultimate": "pro", "tag_push, account_deletion": "tag_push"], says: "71000"),
    Way(
      testDescription: "a dry run without a state", code: 4, words: ["apply", "--dry-run"],
      records: nil, says: "--new-state"),
    Way(
      testDescription: "an edition without removals", code: 4, words: ["apply", "--auto-approve"],
      replacing: ["ultimate": "pro", "tag_push, account_deletion": "tag_push"], says: "71000"),
    Way(
      testDescription: "tag calls that are not enabled", code: 4,
      words: ["validate"],
      replacing: ["tag_push, account_deletion": "account_deletion"], says: "90045"),
    Way(
      testDescription: "no state", code: 4, words: ["apply", "--auto-approve"], records: nil,
      says: "--new-state"),
    Way(
      testDescription: "71000 for the probe as a whole", code: 4,
      words: ["apply", "--auto-approve"], sandbox: removalsRefused + ["--denial-level", "top"],
      says: "71000"),
    Way(
      testDescription: "71000 for the probe's id", code: 4,
      words: ["apply", "--auto-approve"], sandbox: removalsRefused + ["--denial-level", "item"],
      says: "71000"),
    Way(
      testDescription: "71000 for the first user", code: 4, words: ["apply", "--auto-approve"],
      sandbox: removalsRefused + ["--denial-level", "existing"],
      replacing: ["user_0000003, tags: []": "user_0000003, account: absent"], says: "71000"),
    Way(
      testDescription: "90045 for the first read", code: 4, words: ["apply", "--auto-approve"],
      sandbox: ["--edition", "ultimate", "--enabled", "account_deletion"], says: "90045"),
    // 5
    Way(
      testDescription: "no approval", code: 5, words: ["apply"], says: "--approve 2r-1c-"),
    Way(
      testDescription: "the approval of another plan", code: 5,
      words: ["apply", "--approve", "2r-1c-\(zeros)"], says: "for another plan"),
    Way(
      testDescription: "a plan file of another plan", code: 5,
      words: ["apply", "--plan", "other.json", "--auto-approve"], says: "user_0000005"),
    Way(
      testDescription: "a dry run of another plan than approved", code: 5,
      words: ["apply", "--dry-run", "--approve", "2r-1c-\(zeros)"], says: "for another plan"),
    // 6
    Way(
      testDescription: "a state that another run holds", code: 6,
      words: ["apply", "--auto-approve"], isLocked: true, says: "the state is locked"),
    // 64
    Way(
      testDescription: "a report over the manifest", code: 64,
      words: ["apply", "--auto-approve", "--report", "imprune.yaml"], says: "does not overwrite"),
    Way(
      testDescription: "a plan over the state", code: 64,
      words: ["plan", "--out", "imprune.state"],
      says: "does not overwrite"),
    Way(
      testDescription: "no limit, against another machine", code: 64,
      words: ["apply", "--auto-approve", "--rate", "none"],
      replacing: ["http://127.0.0.1": "https://api.example"], says: "--rate none"),
    Way(
      testDescription: "a flag that does not exist", code: 64,
      words: ["apply", "--auto-approve", "--force"], says: "--force"),
    Way(
      testDescription: "no token", code: 64, words: ["apply", "--approve", "all"],
      says: "is not a token"),
    Way(
      testDescription: "no number", code: 64,
      words: ["apply", "--auto-approve", "--max-removals=-1"], says: "must be 0 or more"),
    Way(
      testDescription: "a rate above the service's", code: 64,
      words: ["apply", "--auto-approve", "--rate", "101"], says: "--rate"),
    // Signals
    Way(
      testDescription: "Ctrl-C", code: 130, words: ["apply", "--auto-approve"], signal: SIGINT,
      says: "received SIGINT"),
    Way(
      testDescription: "a request to end", code: 143, words: ["apply", "--auto-approve"],
      signal: SIGTERM, says: "received SIGTERM"),
    Way(
      testDescription: "a terminal that went away", code: 129, words: ["apply", "--auto-approve"],
      signal: SIGHUP, says: "received SIGHUP"),
  ]

  @Test(arguments: ways)
  func `each exit code has the effect that it promises`(way: Way) throws {
    let place = try TemporaryWorkspace.withKey()
    let options = way.signal == nil ? [] : ["--latency", "300"]
    let sandbox = try Sandbox(way.sandbox + ["--users", "5", "--tags", "vip"] + options)
    func write(_ users: String) throws {
      var text = manifestText(port: sandbox.port, users: users)
      for (old, new) in way.replacing {
        text = text.replacing(old, with: new)
      }
      try place.write("imprune.yaml", text)
    }
    try write("  - {ids: [user_0000005], account: absent}")
    if way.words.contains("other.json") {
      #expect(try place.imprune("plan", "--out", "other.json").code == 0)
    }
    try write(
      """
        - {ids: [user_0000001, user_0000002,], account: absent}
        - {id: user_0000003, tags: []}
      """)
    for new in way.replacing.values { #expect(try place.text("imprune.yaml").contains(new)) }
    if let records = way.records {
      try place.write("imprune.state", StateFixture(records: records).text)
    }
    let before = place.exists("imprune.state") ? try place.bytes("imprune.state") : nil
    var holder: ChildProcess?
    if way.isLocked {
      holder = try ChildProcess(
        "/usr/bin/flock", ["-F", "imprune.state.lock", "sleep", "60"], in: place.folder)
      #expect(
        try eventually {
          try ChildProcess(
            "/usr/bin/flock", ["-n", "imprune.state.lock", "true"], in: place.folder
          )
          .end().code == 1
        })
    }

    let process = try ChildProcess(
      Built.imprune, way.words, in: place.folder,
      environment: place.environment.merging(way.environment) { $1 })
    if let signal = way.signal {
      #expect(try eventually { try sandbox.counters().taken("account_check") > 0 })
      process.signal(signal)
    }
    let result = place.end(process)
    holder?.signal(SIGKILL)

    #expect(result.code == way.code, "\(result.text)")
    #expect((result.out + result.error).contains(way.says), "\(result.text)")
    let changed = 5 - Set(try sandbox.users()).intersection(try sandbox.tagged()).count
    if way.signal == nil { #expect(changed == way.changed) }
    if [1, 2, 4, 5, 6, 64].contains(way.code) {
      #expect(try sandbox.users() == madeIDs(1...5))
      #expect(try sandbox.tagged() == madeIDs(1...5))
      // Whatever was written, no user is recorded as done.
      if place.exists("imprune.state") { #expect(try place.doneRecords() == []) }
      if [5, 6, 64].contains(way.code) {
        #expect(try sandbox.counters().calls.isEmpty)
        #expect(try (place.exists("imprune.state") ? place.bytes("imprune.state") : nil) == before)
      }
    } else if place.exists("imprune.state") {
      let done = try place.doneRecords().count { !$0.contains(" - - ") }
      #expect(done == changed)
    }
    #expect(!place.exists("imprune.state.journal"))
    try place.expectNoSecrets()
  }

  @Test func `every exit code is tested`() {
    #expect(
      Set(Self.ways.map(\.code)) == [0, 1, 2, 3, 4, 5, 6, 64, 129, 130, 143])
  }
}
