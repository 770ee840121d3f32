import Foundation
import TestSupport
import Testing

@testable import imprune

/// What the built tool prints, against golden files.
@Suite struct OutputTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace()
  }

  private func run(_ arguments: String...) throws -> ProcessResult {
    let process = try ChildProcess(Built.imprune, arguments, in: place.folder)
    return place.end(process)
  }

  // MARK: - Help

  @Test(arguments: [
    [], ["validate"], ["plan"], ["apply"], ["explain"], ["init"], ["schema"], ["version"],
    ["state"], ["approve"],
    ["state", "list"],
    ["state", "show"], ["state", "verify"], ["state", "recover"], ["state", "resolve"],
    ["state", "forget"], ["state", "merge"], ["state", "repair"], ["state", "pull"],
    ["state", "push"],
    ["tags"], ["tags", "list"], ["tags", "restore"],
  ])
  func `every command has a help text`(command: [String]) throws {
    let process = try ChildProcess(
      Built.imprune, command + ["--help"], in: place.folder, environment: ["COLUMNS": "80"])
    let result = process.end()
    #expect(result.code == 0)
    try place.expect((["help"] + command).joined(separator: "-"), result)
  }

  @Test func `the verbose version names the build and its libraries`() throws {
    let lines = try run("version", "--verbose").out.components(separatedBy: "\n")
    #expect(lines.first == "imprune \(Version.current)")
    // Not built by `make dist`.
    #expect(lines.contains("commit:      unknown (not built by `make dist`)"))
    for library in ["libcurl", "libyaml", "OpenSSL", "zlib"] {
      #expect(
        lines.contains { $0.wholeMatch(of: /\w+: +\d+\.\d+.*/) != nil && $0.hasPrefix(library) })
    }
  }

  @Test func `both version flags print the same`() throws {
    let command = try run("version")
    let flag = try run("--version")
    #expect(command == ProcessResult(out: "imprune 0.2.0\n", error: "", code: 0))
    #expect(flag.out == "0.2.0\n")
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func `completions are generated for every shell`(shell: String) throws {
    let result = try run("--generate-completion-script", shell)
    #expect(result.code == 0)
    #expect(result.out.contains("imprune"))
    #expect(result.out.contains("detailed-exitcode"))
    #expect(result.error == "")
  }

  @Test(arguments: [
    ["nonsense"], ["plan", "--nonsense"], ["plan", "one.yaml", "two.yaml"],
    ["apply", "--rate", "0"], ["apply", "--rate", "101"], ["apply", "--rate", "ten"],
    ["apply", "--state"], ["state", "show"], ["state", "show", ""],
    ["state", "show", "an-id-that-is-longer-than-32-bytes-is"],
    ["init"], ["init", "--app", "0", "--region", "china", "--edition", "trial"],
    ["init", "--app", "1", "--region", "mars", "--edition", "trial"],
    ["init", "--app", "1", "--region", "china", "--edition", "gold"],
    ["init", "--app", "1", "--endpoint", "http://example.com", "--edition", "trial"],
    ["init", "--app", "1", "--edition", "trial"],
    ["tags", "list"], ["tags", "list", ""], ["tags", "list", "-"],
    ["tags", "list", "f", "--format", "xml"], ["tags", "restore"],
    ["tags", "restore", "f", "--rate", "none"], ["tags", "restore", "f", "--manifest", "-"],
  ])
  func `meaningless arguments are a usage error`(arguments: [String]) throws {
    let result = try ChildProcess(Built.imprune, arguments, in: place.folder).end()
    #expect(result.code == 64)
    #expect(result.error.hasPrefix("Error: "))
    #expect(result.out == "")
    #expect(place.names == [])
  }

  // MARK: - init

  @Test func `init writes a manifest and an empty state`() throws {
    let result = try run(
      "init", "--app", "1400000000", "--region", "singapore", "--edition", "trial")
    try place.expect("init", result)
    #expect(place.names == ["imprune.state", "imprune.state.lock", "imprune.yaml"])
    let files = try place.text("imprune.yaml") + "--- state\n" + place.text("imprune.state")
    try Golden.expect("init-files", Golden.normal(files, place))
  }

  @Test func `init never overwrites anything`() throws {
    _ = try run("init", "--app", "1", "--region", "china", "--edition", "trial")
    let files = try (place.bytes("imprune.yaml"), place.bytes("imprune.state"))
    let again = try run("init", "--app", "2", "--region", "seoul", "--edition", "pro")
    #expect(again.code == 0)
    #expect(again.out.contains("imprune changed nothing"))
    #expect(try place.bytes("imprune.yaml") == files.0)
    #expect(try place.bytes("imprune.state") == files.1)
  }

  @Test func `init creates the missing state of an existing manifest`() throws {
    try place.write("leavers.yaml", manifestText(users: "  - {id: a, account: absent}"))
    let result = try run("init", "leavers.yaml")
    #expect(result.code == 0)
    #expect(try place.text("leavers.state").contains("service\tloopback\n"))
  }

  @Test func `imprune can plan and apply the manifest that init writes`() throws {
    let start = try run(
      "init", "--app", "1400000000", "--region", "riyadh", "--edition", "free_trial")
    #expect(start.code == 0)
    let plan = try run("plan")
    #expect(plan.code == 0 && plan.error == "", "\(plan.text)")
    #expect(plan.out.contains("App 1400000000 at riyadh, edition developer, state serial 0."))
    #expect(plan.out.contains("No changes."))
    #expect(try run("plan", "--detailed-exitcode", "--strict").code == 0)
    #expect(try run("validate", "--strict").code == 0)
    let apply = try run("apply")
    #expect(apply.code == 0, "\(apply.text)")
    #expect(apply.out.contains("No changes."))
  }

  @Test func `the manifest that init writes is valid once it has a user`() throws {
    _ = try run("init", "--app", "7", "--endpoint", "http://127.0.0.1:9", "--edition", "trial")
    let text = try place.text("imprune.yaml").replacing("users: []", with: "users:")
      .replacing("#  - id: UserID_1", with: "  - id: UserID_1")
      .replacing("#    account: absent         #", with: "    account: absent         #")
    try place.write("imprune.yaml", text)
    let result = try run("validate")
    #expect(result.error == "")
    #expect(result.code == 0)
  }

  // MARK: - validate

  @Test func `validate shows all problems with their locations`() throws {
    try place.write("lists/leavers.txt", "one\n\u{200B}two\n three\n")
    try place.write(
      "imprune.yaml",
      """
      version: 1
      app:
        sdk_app_id: 14e8
        region: singapor
        edition: trial
      guard: {}
      users:
        - id: 007
          account: absent
        - {id: zoë 1, account: gone}
        - {id: tab, tags: []}
        - {id: tab, account: absent}
        - ids_from: lists/leavers.txt
          account: absent
        - ids_from: lists/none.txt
          account: absent

      """)
    let result = try run("validate")
    #expect(result.code == 1)
    try place.expect("validate-errors", result)
  }

  @Test func `warnings do not make a manifest invalid`() throws {
    try place.write(
      "imprune.yaml",
      manifestText(
        users: """
            - {id: zoë, account: absent}
            - {id: twice, tags: []}
            - {id: twice, tags: []}
          """))
    let result = try run("validate")
    #expect(result.code == 0)
    try place.expect("validate-warnings", result)
  }

  @Test func `validate checks several manifests, and the worst sets the exit code`() throws {
    for (name, users, edition) in [
      ("good.yaml", "  - {id: a, account: absent}", "trial"),
      ("refused.yaml", "  - {id: a, account: absent}", "pro"),
      ("wrong.yaml", "  - {id: a, acount: absent}", "trial"),
    ] {
      try place.write(name, manifestText(edition: edition, enabled: "", users: users))
    }
    #expect(try run("validate", "good.yaml", "good.yaml").code == 0)
    #expect(try run("validate", "good.yaml", "refused.yaml").code == 4)
    #expect(try run("validate", "wrong.yaml", "refused.yaml").code == 1)
    let result = try run("validate", "refused.yaml", "wrong.yaml", "good.yaml")
    #expect(result.code == 1)
    #expect(result.out.hasPrefix("good.yaml: Valid."))
  }

  @Test func `validate prints the counts of a valid manifest`() throws {
    try place.write("leavers.txt", "a\nb\n# a comment\nc\n")
    try place.write(
      "imprune.yaml",
      manifestText(
        users: """
            - {ids_from: leavers.txt, account: absent}
            - {id: d, tags: []}
          """))
    let result = try run("validate")
    #expect(
      result
        == ProcessResult(
          out: "Valid. App 1400000000: 3 to remove, 1 to clear, from 2 files.\n",
          error: "", code: 0))
  }

  // MARK: - plan

  /// A mixed manifest and a state in which some of it is done, failed and unknown.
  private func writeMixed() throws {
    try place.write("leavers.txt", "from_list_1\nfrom_list_2\n")
    try place.write(
      "imprune.yaml",
      manifestText(
        users: """
            - {id: new, account: absent, reason: GDPR-2231}
            - {id: done, account: absent}
            - {id: again, account: absent, revision: 2}
            - {id: failed, account: absent}
            - {id: unknown, account: absent}
            - {id: cleared, tags: []}
            - {id: tagged, tags: [], reason: moved}
            - {ids_from: leavers.txt, account: absent, reason: contract ended}
          """))
    try place.write("imprune.state", stateText)
  }

  private var stateText: String {
    StateFixture(
      records: [
        "again\tremove-account\t1\tremoved\t2026-01-02T03:04:05Z\t0123456789ab\t-\t-\t-\t-",
        "cleared\tclear-tags\t1\tcleared\t2026-01-02T03:04:05Z\t0123456789ab\t-\t-\t-\t-",
        "done\tremove-account\t1\talready-absent\t2026-01-02T03:04:05Z\t0123456789ab\t-\t-\t-\t-",
        "failed\tremove-account\t-\t-\t-\t-\t1\tfailed(70402)\t2026-01-02T03:04:05Z\t0123456789ab",
        "unknown\tremove-account\t-\t-\t-\t-\t1\tunknown\t2026-01-02T03:04:05Z\t0123456789ab",
      ]
    ).text
  }

  @Test func `a plan shows each action with its reason and location`() throws {
    try writeMixed()
    let before = try place.bytes("imprune.state")
    try place.expect("plan-mixed", try run("plan"))
    #expect(try run("plan", "--detailed-exitcode").code == 2)
    #expect(try place.bytes("imprune.state") == before)
    #expect(place.names == ["imprune.state", "imprune.yaml", "leavers.txt"])
  }

  @Test func `a long plan shows its first and last items and all blocked ones`() throws {
    let ids = madeIDs(1...60).joined(separator: "\n")
    try place.write("leavers.txt", ids + "\n")
    try place.write(
      "imprune.yaml",
      manifestText(
        guards: "{protected: [user_0000030, \"svc_*\"]}",
        users: """
            - {ids_from: leavers.txt, account: absent}
            - {id: administrator, account: absent}
            - {id: \"@RBT#1\", account: absent}
            - {id: svc_1, tags: []}
          """))
    try place.write("imprune.state", StateFixture(records: []).text)
    let short = try run("plan")
    try place.expect("plan-long-blocked", short)
    #expect(short.code == 4)
    let long = try run("plan", "--all")
    #expect(long.out.contains("user_0000044"))
    #expect(!short.out.contains("user_0000044"))
    #expect(long.out.split(separator: "\n").count > 60)
  }

  /// 1,490 users of a list, 28 single ids with reasons of their own, and a few others.
  private func writeManyEntries() throws {
    try place.write("leavers.txt", madeIDs(1...1_490).joined(separator: "\n"))
    try place.write("movers.csv", "name,user id\nAnna,anna.k\nBo,bo.l\nCy,cy.m\n")
    let single = (1...28).map {
      "  - {id: single_\($0), \($0 > 20 ? "tags: []" : "account: absent"), reason: GDPR-\($0)}"
    }
    try place.write(
      "imprune.yaml",
      manifestText(
        users: """
            - {ids: [gone_1, gone_2], account: absent, reason: asked for}
            - {ids_from: leavers.txt, account: absent, reason: contract ended}
          \(single.joined(separator: "\n"))
            - {ids_from: {path: movers.csv, column: user id}, tags: [], reason: moved to "B"}
            - {id: gone_3, account: absent, reason: asked for}
          """))
    try place.write("imprune.state", StateFixture(records: []).text)
  }

  @Test func `a plan of many users begins with a summary by entry`() throws {
    try writeManyEntries()
    try place.expect("plan-entries", try run("plan"))
    #expect(try run("plan", "--out", "plan.json").code == 0)
    let shown = try run("show", "plan.json")
    try place.expect(
      "show-entries",
      ProcessResult(
        out: shown.out.replacing(/sha256 [0-9a-f]{64}/, with: "sha256 HASH"), error: shown.error,
        code: shown.code))
  }

  @Test func `every guard names the setting that changes it`() throws {
    try place.write("imprune.state", StateFixture(records: []).text)
    try place.write(
      "imprune.yaml",
      manifestText(
        edition: "pro", enabled: "", guards: "{max_removals: 1, max_clears: 0}",
        expect: "{removals: 3, clears: 2}",
        users: """
            - {ids: [a, b], account: absent}
            - {id: c, tags: []}
          """))
    let result = try run("plan")
    #expect(result.code == 4)
    try place.expect("plan-refused", result)
    // Refusals come before changes.
    #expect(try run("plan", "--detailed-exitcode").code == 4)
  }

  @Test func `tags below the ultimate edition are a warning`() throws {
    try place.write("imprune.state", StateFixture(records: []).text)
    try place.write(
      "imprune.yaml",
      manifestText(edition: "pro", enabled: "tag_push", users: "  - {id: c, tags: []}"))
    let result = try run("plan")
    #expect(result.code == 0)
    try place.expect("plan-caution", result)
  }

  @Test func `a plan without a state says that no earlier outcome is known`() throws {
    try place.write("imprune.yaml", manifestText(users: "  - {id: a, account: absent}"))
    let result = try run("plan")
    #expect(result.code == 0)
    try place.expect("plan-without-state", result)
    #expect(place.names == ["imprune.yaml"])
  }

  @Test func `a plan without changes says so`() throws {
    try place.write("imprune.yaml", manifestText(users: "  - {id: done, account: absent}"))
    try place.write(
      "imprune.state",
      StateFixture(records: [
        "done\tremove-account\t1\tremoved\t2026-01-02T03:04:05Z\t0123456789ab\t-\t-\t-\t-"
      ]).text)
    let result = try run("plan", "--detailed-exitcode")
    #expect(result.code == 0)
    try place.expect("plan-no-changes", result)
  }

  @Test func `output without a terminal has no color`() throws {
    try writeMixed()
    for environment in [[:], ["NO_COLOR": "1"], ["TERM": "dumb"], ["TERM": "xterm"]] {
      let result = try place.imprune("plan", environment: environment)
      #expect(!result.text.contains("\u{1B}"))
    }
  }

  @Test(arguments: [
    (["TERM": "xterm"], "", true), (["TERM": "xterm", "NO_COLOR": "1"], "", false),
    (["TERM": "xterm", "NO_COLOR": ""], "", true), (["TERM": "dumb"], "", false),
    (["TERM": "xterm"], "--no-color", false),
  ])
  func `output on a terminal has color unless it is turned off`(
    environment: [String: String], flag: String, areWanted: Bool
  ) throws {
    try writeMixed()
    let process = try ChildProcess(
      "/usr/bin/script", ["-qec", "\(Built.imprune) plan \(flag)", "/dev/null"], in: place.folder,
      environment: environment.merging(["PATH": "/usr/bin:/bin"]) { $1 })
    let result = process.end()
    #expect(result.out.contains("5 to remove (irreversible)"))
    #expect(result.out.contains("\u{1B}[") == areWanted)
  }

  // MARK: - explain

  @Test func `explain shows what will happen to a user, why and since when`() throws {
    try writeMixed()
    for id in ["new", "done", "again", "failed", "unknown", "tagged", "nobody"] {
      try place.expect("explain-\(id)", try run("explain", id))
    }
    try place.expect("explain-twin", try run("explain", "Done"))
    #expect(try run("explain", "").code == 64)
    #expect(try run("explain", "x", "nothing.yaml").code == 1)
  }

  @Test func `explain names the guard that blocks a user, and why the plan is refused`() throws {
    try place.write(
      "imprune.yaml",
      manifestText(
        edition: "pro", enabled: "", guards: "{protected: [\"svc_*\"]}",
        users: "  - {ids: [svc_1, b], account: absent}"))
    try place.expect("explain-blocked", try run("explain", "svc_1"))
    try place.expect("explain-refused", try run("explain", "b"))
  }

  // MARK: - state

  @Test func `the state commands show its records`() throws {
    try place.write("imprune.state", stateText)
    try place.expect("state-list", try run("state", "list"))
    try place.expect("state-show", try run("state", "show", "failed"))
    try place.expect("state-show-none", try run("state", "show", "nobody"))
    try place.expect("state-verify", try run("state", "verify"))
    let before = try place.bytes("imprune.state")
    try place.expect("state-recover-nothing", try run("state", "recover"))
    #expect(try place.bytes("imprune.state") == before)
  }

  @Test(arguments: [
    "list", "show a", "verify", "recover", "resolve a --as open", "forget a --auto-approve",
    "forget a --dry-run", "repair", "repair --dry-run",
    "merge imprune.state imprune.state imprune.state",
  ])
  func `a missing state is an error`(command: String) throws {
    let words = ["state"] + command.split(separator: " ").map(String.init)
    let result = try ChildProcess(Built.imprune, words, in: place.folder).end()
    #expect(result.code == 1)
    #expect(result.error.contains("there is no state at imprune.state"))
    #expect(place.names == [])
  }

  @Test func `a closed reader of standard output is not an error`() throws {
    let ids = madeIDs(1...20_000).joined(separator: "\n")
    try place.write("leavers.txt", ids + "\n")
    try place.write(
      "imprune.yaml", manifestText(users: "  - {ids_from: leavers.txt, account: absent}"))
    let process = try ChildProcess(
      "/bin/sh", ["-c", "\"$0\" plan --all | head -n 1; exit 0", Built.imprune],
      in: place.folder, environment: ["PATH": "/usr/bin:/bin"])
    let result = process.end()
    #expect(result.out.hasPrefix("App 1400000000"))
    #expect(!result.error.contains("ignal"))
  }
}
