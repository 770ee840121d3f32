import Foundation
import TestSupport
import Testing

/// One plan in all its formats.
@Suite struct PlanFormatTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace()
  }

  private static let records = [
    "again\tremove-account\t1\tremoved\t2026-01-02T03:04:05Z\t0123456789ab\t-\t-\t-\t-",
    "done\tremove-account\t1\tremoved\t2026-01-02T03:04:05Z\t0123456789ab\t-\t-\t-\t-",
    "failed\tremove-account\t-\t-\t-\t-\t1\tfailed(70402)\t2026-01-02T03:04:05Z\t0123456789ab",
    "former\tclear-tags\t-\t-\t-\t-\t1\tunknown\t2026-01-02T03:04:05Z\t0123456789ab",
    "unknown\tremove-account\t-\t-\t-\t-\t1\tunknown\t2026-01-02T03:04:05Z\t0123456789ab",
  ]

  /// A plan of each kind: manifest, records of the state or nil for no state, exit code.
  struct Kind: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var manifest: String
    var records: [String]? = []
    var code: Int32 = 0
  }

  static let kinds: [Kind] = [
    Kind(
      testDescription: "of everything",
      manifest: manifestText(
        users: """
            - {ids: [new, "##[error]x", failed, unknown, done], account: absent, reason: "a|b `c`"}
            - {id: again, account: absent, revision: 2}
            - {id: tagged, tags: []}
          """), records: records),
    Kind(
      testDescription: "of nothing",
      manifest: manifestText(users: "  - {id: done, account: absent}"),
      records: [records[1]]),
    Kind(
      testDescription: "without a state",
      manifest: manifestText(edition: "pro", users: "  - {id: a, tags: []}"), records: nil),
    Kind(
      testDescription: "with blocked users",
      manifest: manifestText(
        admin: "caller", guards: "{protected: [done, \"svc_*\"]}",
        users: """
            - {ids: [administrator, caller, "@RBT#1", done, svc_1, fine], account: absent}
          """), records: records, code: 4),
    Kind(
      testDescription: "refused for every reason",
      manifest: manifestText(
        edition: "pro", enabled: "", guards: "{max_removals: 1, max_clears: 0}",
        expect: "{removals: 3, clears: 2}",
        users: """
            - {ids: [a, b], account: absent}
            - {id: c, tags: []}
          """), code: 4),
    Kind(
      testDescription: "refused with nothing to do",
      manifest: manifestText(
        expect: "{removals: 2}", users: "  - {id: done, account: absent}"),
      records: [records[1]], code: 4),
    Kind(
      testDescription: "with many users",
      manifest: manifestText(
        guards: "{max_removals: 100000, protected: [user_0000007]}",
        users: """
            - {ids_from: leavers.txt, account: absent, reason: "ended `2026`|10"}
            - {ids_from: {path: users.csv, column: "the id"}, tags: []}
            - {id: unknown, account: absent, reason: GDPR}
            - {ids: [mover_1, mover_2], tags: [], reason: moved}
            - {id: other, account: absent, reason: GDPR}
          """), records: records, code: 4),
    Kind(
      testDescription: "with warnings",
      manifest: manifestText(
        guards: "{protected: [\"svc_*\"]}",
        users: """
            - {ids: [anna, Anna, "zoë `1`"], account: absent}
            - {id: anna, account: absent, reason: twice}
          """)),
  ]

  private func write(_ kind: Kind) throws {
    try place.write("imprune.yaml", kind.manifest)
    try place.write("leavers.txt", madeIDs(1...15).joined(separator: "\n"))
    try place.write("users.csv", "name,the id\nAnna,anna.k\nBo,bo.l\n")
    if let records = kind.records {
      try place.write("imprune.state", StateFixture(records: records).text)
    }
  }

  @Test(arguments: kinds)
  func `a plan's JSON matches the schema`(kind: Kind) throws {
    try write(kind)
    let schema = try ProgramSchema("plan")
    let result = try place.imprune("plan", "--format", "json", "--json-out", "plan.json")
    #expect(result.code == kind.code)
    let document = try JSONValue(result.out.utf8)
    #expect(try schema.problems(in: document) == [])
    #expect(document["refused"] == .bool(kind.code == 4))
    #expect(try place.text("plan.json") == result.out)
  }

  @Test(arguments: kinds)
  func `a plan's Markdown matches its golden file`(kind: Kind) throws {
    try write(kind)
    let result = try place.imprune("plan", "--format", "markdown", "--markdown-out", "plan.md")
    #expect(result.code == kind.code)
    #expect(try place.text("plan.md") == result.out)
    let name = "plan-markdown-" + kind.testDescription.replacing(" ", with: "-")
    try Golden.expect(name, Golden.normal(result.out, place))
  }

  @Test(arguments: kinds)
  func `a plan's JSON matches its golden file`(kind: Kind) throws {
    try write(kind)
    let result = try place.imprune("plan", "--format", "json")
    try Golden.expect(
      "plan-json-" + kind.testDescription.replacing(" ", with: "-"),
      Golden.normal(result.out, place).replacing(
        /"sha256": "[0-9a-f]+"/, with: "\"sha256\": \"HASH\""
      )
      .replacing(/"lineage": "[0-9a-f]+"/, with: "\"lineage\": \"LINEAGE\""))
  }

  @Test func `one run writes every format and text`() throws {
    try write(Self.kinds[0])
    let text = try place.imprune("plan")
    let all = try place.imprune(
      "plan", "--json-out", "a.json", "--markdown-out", "a.md", "--gitlab-out", "lab.json", "--out",
      "saved.json")
    #expect(all.out == text.out)
    #expect(try place.text("lab.json") == #"{"create": 0, "update": 1, "delete": 5}"# + "\n")
    #expect(try place.text("saved.json") == place.text("a.json"))
    #expect(
      try place.imprune("show", "a.json").out.contains("5 to remove (irreversible), 1 to clear"))
  }

  @Test func `a refused plan is written but approves nothing`() throws {
    try write(Self.kinds[3])
    let plan = try place.imprune(
      "plan", "--json-out", "a.json", "--markdown-out", "a.md", "--out", "saved.json")
    #expect(plan.code == 4)
    // Also as the plan file, so that an older plan in it is not mistaken for this one.
    #expect(try place.text("saved.json") == place.text("a.json"))
    #expect(try place.text("a.md").contains("A guard refused this plan"))
    let show = try place.imprune("show", "a.json")
    #expect(show.code == 4)
    try place.expect("show-refused", show)
    let apply = try place.imprune("apply", "--plan", "a.json", "--auto-approve")
    #expect(apply.code == 5)
    #expect(apply.error.contains("`imprune show FILE` prints the causes"))
  }

  @Test func `a saved plan without changes has no token`() throws {
    try write(Self.kinds[1])
    #expect(try place.imprune("plan", "--out", "a.json").code == 0)
    let show = try place.imprune("show", "a.json")
    #expect(show.code == 0 && show.out.hasSuffix("\n\nNo changes. 1 user unchanged.\n"))
    #expect(!show.out.contains("Token"))
  }

  @Test func `an empty plan that is refused says why`() throws {
    try write(Self.kinds[5])
    let result = try place.imprune("plan")
    #expect(result.code == 4)
    #expect(
      result.out.contains("Refused: the manifest lists 1 user to remove, but `expect` says 2."))
    #expect(!result.out.contains("No changes."))
  }

  @Test func `a manifest with errors has no plan in any format`() throws {
    try place.write("imprune.yaml", manifestText(users: "  - {id: a, acount: absent}"))
    let result = try place.imprune("plan", "--format", "json", "--json-out", "a.json")
    #expect(result.code == 1)
    #expect(result.out == "")
    #expect(result.error.contains("imprune.yaml:11:13: error: Unknown key"))
    #expect(!place.exists("a.json"))
  }

  @Test func `an unwritable output file is an error`() throws {
    try write(Self.kinds[0])
    for flag in ["--json-out", "--markdown-out", "--gitlab-out", "--out"] {
      let result = try place.imprune("plan", flag, "no/such/folder")
      #expect(result.code == 1)
      #expect(result.error.contains("cannot save the plan"))
    }
  }

  /// The first mebibyte of the file can be written, and no more.
  @Test(arguments: ["--out", "--json-out"])
  func `an output file that cannot be written completely stays unchanged`(flag: String) throws {
    try place.write("leavers.txt", madeIDs(1...20_000).joined(separator: "\n"))
    try place.write(
      "imprune.yaml",
      manifestText(
        guards: "{max_removals: 20000}", users: "  - {ids_from: leavers.txt, account: absent}"))
    try place.write("plan.json", "the plan before")
    let process = try ChildProcess(
      "/usr/bin/prlimit", ["--fsize=1500000", Built.imprune, "plan", flag, "plan.json"],
      in: place.folder, environment: place.environment)
    let result = place.end(process)
    #expect(result.code == 1)
    #expect(result.error.contains("cannot save the plan"), "\(result.text)")
    #expect(result.error.contains("File too large"), "\(result.text)")
    #expect(try place.text("plan.json") == "the plan before")
    #expect(place.names == ["imprune.yaml", "leavers.txt", "plan.json"])
  }

  @Test func `a plan whose reader closed the pipe ends quietly`() throws {
    try place.write("leavers.txt", madeIDs(1...20_000).joined(separator: "\n"))
    try place.write(
      "imprune.yaml", manifestText(users: "  - {ids_from: leavers.txt, account: absent}"))
    let process = try ChildProcess(
      "/bin/sh", ["-c", "\"$0\" plan --format json | head -n 1; exit 0", Built.imprune],
      in: place.folder, environment: ["PATH": "/usr/bin:/bin"])
    let result = place.end(process)
    #expect(result.out == "{\n")
    #expect(!result.error.contains("rror"), "\(result.error)")
  }

  @Test func `a plan that cannot be printed completely is an error`() throws {
    try write(Self.kinds[0])
    let process = try ChildProcess(
      "/bin/sh", ["-c", "\(Built.imprune) plan --format json >/dev/full"], in: place.folder,
      environment: place.environment)
    let result = place.end(process)
    #expect(result.code == 1)
    #expect(result.error.contains("cannot write standard output"), "\(result.error)")
  }

  @Test func `no escape sequence of a file reaches the output`() throws {
    try place.write("plan.json", #"{"format_version": "2\u001b[2J\u009b\u202e"}"#)
    let show = try place.imprune("show", "plan.json")
    #expect(show.code == 5)
    #expect(show.error.contains(#"has format 2\u{1b}[2J\u{9b}\u{202e}"#))
    try write(Self.kinds[0])
    try place.write("imprune.state.lock", "pid 1\u{9B}2J\u{202E}\n")
    for text in [show.error, try place.imprune("plan").error] {
      #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x9B })
      #expect(!text.contains("\u{202E}"))
    }
  }
}
