import Foundation
import TestSupport
import Testing

/// Output of `apply` for other programs: the report file and the event stream.
@Suite struct ReportTests {
  let place: TemporaryWorkspace
  let sandbox: Sandbox
  private let reports = Result { try ProgramSchema("report") }
  private let events = Result { try ProgramSchema("events") }

  init() throws {
    place = try TemporaryWorkspace.withKey()
    sandbox = try Sandbox([
      "--edition", "ultimate", "--enabled", "tag_push,account_deletion", "--users", "150",
      "--tags", "vip",
    ])
    try place.write("ids.txt", madeIDs(1...120).joined(separator: "\n") + "\nnever_was\n")
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port,
        users: """
            - {ids_from: ids.txt, account: absent, reason: "says \\"gone\\""}
            - {ids: [user_0000130, user_0000131], tags: []}
          """))
    #expect(try place.imprune("init").code == 0)
  }

  struct Report: Decodable, Sendable {
    struct User: Decodable {
      var operation: String
      var id: String
      var revision: Int
      var outcome: String
      var code: Int?
      var reason: String?
      var place: String?
    }
    var format_version: String
    var app: Int?
    var run: String?
    var token: String?
    var planned: [String: Int]?
    var counts: [String: Int]
    var exit_code: Int32
    var stopped: String?
    var error: String?
    var next: String?
    var users: [User]

    /// The counts, recomputed from the users.
    var recounted: [String: Int] {
      let names = ["removed", "already-absent", "cleared", "failed", "unknown", "not-attempted"]
      return Dictionary(
        uniqueKeysWithValues: names.map { name in
          (name.replacing("-", with: "_"), users.count { $0.outcome == name })
        })
    }
  }

  private func report(_ name: String = "report.json") throws -> Report {
    let attributes = try FileManager.default.attributesOfItem(atPath: place.path(name))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(!place.exists(name + ".tmp"))
    #expect(try reports.get().problems(in: JSONValue(place.bytes(name))) == [])
    return try JSONDecoder().decode(Report.self, from: Data(place.bytes(name)))
  }

  @Test func `a report lists every user's outcome, and the counts add up`() throws {
    let ended = try place.imprune("apply", "--auto-approve", "--report", "report.json")
    #expect(ended.code == 0)
    let report = try report()
    #expect(report.format_version == "1.4")
    #expect(report.exit_code == 0)
    #expect(report.planned?["removals"] == 121)
    #expect(
      report.counts == [
        "removed": 120, "already_absent": 1, "cleared": 2, "failed": 0, "unknown": 0,
        "not_attempted": 0,
      ])
    #expect(report.recounted == report.counts)
    #expect((report.error, report.stopped, report.next) == (nil, nil, nil))
    let first = try #require(report.users.first { $0.id == "user_0000001" })
    #expect(first.place == "ids.txt:1")
    #expect(first.reason == "says \"gone\"")
    try place.expectNoSecrets()
  }

  @Test func `a report of an interrupted run lists the users not attempted`() throws {
    let run = try place.start(
      "apply", "--auto-approve", "--rate", "1", "--report", "report.json")
    #expect(try eventually { try sandbox.counters().removed >= 1 })
    run.signal(SIGTERM)
    #expect(place.end(run).code == 143)
    let report = try report()
    #expect(report.exit_code == 143)
    #expect(report.stopped == "imprune received SIGTERM.")
    #expect(report.next == "imprune apply imprune.yaml --rate 1")
    #expect(report.recounted == report.counts)
    #expect(report.counts["not_attempted"] ?? 0 > 0)
    #expect(report.users.count == 123)
  }

  @Test func `imprune writes the report for every exit code`() throws {
    func refused(_ words: [String], _ code: Int32, _ error: String) throws {
      let process = try ChildProcess(
        Built.imprune, ["apply", "--report", "report.json"] + words, in: place.folder,
        environment: place.environment)
      #expect(place.end(process).code == code)
      let report = try report()
      #expect(report.exit_code == code)
      #expect(report.error?.contains(error) == true, "\(report.error ?? "none")")
      #expect(report.run == nil)
      #expect(report.users.allSatisfy { $0.outcome == "not-attempted" })
      #expect(report.recounted == report.counts)
      try place.remove("report.json")
    }
    try refused([], 5, "no approval")
    try refused(["--approve", "1r-0c-00000000000000000000000000000000"], 5, "for another plan")
    try refused(["--max-removals", "3", "--auto-approve"], 4, "the plan is refused")
    try refused(["nothing.yaml", "--auto-approve"], 1, "no manifest to read")
    try place.write("wrong.yaml", "version: 1\n")
    try refused(["wrong.yaml", "--auto-approve"], 1, "the manifest has errors")
    #expect(try sandbox.counters().calls.isEmpty)
  }

  @Test func `a report keeps the old file's mode, and an unwritable report stops the run`() throws {
    try place.write("report.json", "old")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o640], ofItemAtPath: place.path("report.json"))
    let ended = try place.imprune("apply", "--report", "missing/report.json", "--auto-approve")
    #expect(ended.code == 1)
    #expect(ended.error.contains("cannot write the report"))
    #expect(try sandbox.counters().calls.isEmpty)
    #expect(try place.imprune("apply", "--report", "report.json", "--auto-approve").code == 0)
    let attributes = try FileManager.default.attributesOfItem(atPath: place.path("report.json"))
    #expect(attributes[.posixPermissions] as? Int == 0o640)
  }

  @Test func `report and events say how the service throttled a run`() throws {
    let sandbox = try Sandbox(["--users", "1500", "--rate", "10"])
    try place.write("ids.txt", madeIDs(1...1500).joined(separator: "\n"))
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, edition: "trial", enabled: "",
        users: "  - {ids_from: ids.txt, account: absent}"))
    let ended = try place.imprune(
      "apply", "--auto-approve", "--json", "--report", "report.json", "--rate", "100")
    #expect(ended.code == 0)
    _ = try report()
    _ = try lines(ended)
    let pace = try #require(try JSONValue(place.bytes("report.json"))["pace"]?.array?.first)
    #expect(pace["call"] == .string("account_delete"))
    let throttled = try #require(sandbox.counters().calls["account_delete"]).throttled
    #expect(pace["refused_calls"] == .number(Double(throttled)))
    #expect(try #require(pace["ceiling"]?.number) <= 12)
    #expect(ended.error.contains("rate limited by the service, which accepts about"))
  }

  @Test func `the event stream contains every outcome and nothing else`() throws {
    let ended = try place.imprune("apply", "--auto-approve", "--json")
    #expect(ended.code == 0)
    #expect(ended.error.contains("Plan: 121 to remove"))
    #expect(ended.error.contains("Apply complete!"))
    let lines = try lines(ended)
    var outcomes: [String: String] = [:]
    for line in lines where line["type"] == .string("outcomes") {
      for user in line["users"]?.array ?? [] {
        let id = try #require(user["id"]?.string)
        // Absent before any existing user was found, and corrected then.
        let corrected = id == "never_was" ? outcomes.removeValue(forKey: id) : nil
        #expect(corrected == nil || corrected == "failed")
        #expect(outcomes.updateValue(try #require(user["outcome"]?.string), forKey: id) == nil)
      }
    }
    #expect(outcomes.count == 123)
    #expect(outcomes["never_was"] == "already-absent")
    #expect(outcomes.values.count { $0 == "removed" } == 120)
    let result = try #require(lines.last)
    #expect(result["removed"] == .number(120))
    #expect(result["exit_code"] == .number(0))
    try place.expectNoSecrets()
  }

  /// The lines of an event stream, valid under the schema, from `version` to `result`.
  private func lines(_ ended: ProcessResult) throws -> [JSONValue] {
    let lines = try ended.out.utf8.split(separator: UInt8(ascii: "\n")).map { try JSONValue($0) }
    let schema = try events.get()
    for line in lines { #expect(try schema.problems(in: line) == [], "\(line)") }
    #expect(lines.first?["type"] == .string("version"))
    #expect(lines.last?["type"] == .string("result"))
    #expect(lines.last?["exit_code"] == ended.code.map { .number(Double($0)) })
    return lines
  }

  @Test func `the event stream covers every event type and every exit`() throws {
    // The first changing call is the probe. The second, a clear, is refused transiently and
    // retried; among the removals, one has a user who fails, and one omits a user, who is then
    // read.
    let sandbox = try Sandbox([
      "--edition", "ultimate", "--enabled", "tag_push,account_deletion", "--users", "20",
      "--fault", "code-before=70169:2", "--fault", "items=70402*1:5", "--fault",
      "omit-after*1:6",
    ])
    func write(_ users: String) throws {
      try place.write("imprune.yaml", manifestText(port: sandbox.port, users: users))
    }
    let ids = madeIDs(1...13).joined(separator: ", ")
    try write("  - {ids: [\(ids)], account: absent}\n  - {id: user_0000014, tags: []}")
    let run = try lines(
      place.imprune("apply", "--auto-approve", "--json", "--report", "report.json"))
    let types = Set(run.compactMap { $0["type"]?.string })
    let told = try events.get().types
    #expect(types == told)
    let outcomes = run.flatMap { $0["users"]?.array ?? [] }
    #expect(outcomes.contains { $0["outcome"] == .string("failed") })
    #expect(try report().users.contains { $0.code == 70402 })

    // The results of an apply that starts no run.
    func ends(_ code: Int32, _ last: [String], _ words: String...) throws {
      let process = try ChildProcess(
        Built.imprune, ["apply", "--json"] + words, in: place.folder,
        environment: place.environment)
      let lines = try lines(place.end(process))
      #expect(lines.last?["exit_code"] == .number(Double(code)))
      #expect(lines.compactMap { $0["type"]?.string } == ["version"] + last + ["result"])
    }
    try ends(5, ["plan"])
    try ends(1, [], "nothing.yaml")
    try write("  - {ids: [administrator, b], account: absent}")
    try ends(4, ["plan"])
    try write("  - {id: user_0000001, account: absent}")
    try ends(0, ["plan"])
  }

  @Test func `a report counts users left unknown by an earlier run, even if no run starts`() throws
  {
    let attempt = "1\tunknown\t2026-01-02T03:04:05Z\t0123456789ab"
    try place.write(
      "imprune.state",
      StateFixture(records: [
        "former\tclear-tags\t-\t-\t-\t-\t" + attempt,
        "user_0000001\tremove-account\t-\t-\t-\t-\t" + attempt,
      ]).text)
    #expect(try place.imprune("apply", "--report", "report.json").code == 5)
    let report = try report()
    #expect(report.recounted == report.counts)
    #expect(report.counts["unknown"] == 2)
    #expect(report.counts["not_attempted"] == 122)
    // As in the token: users that may change, including unresolved ones.
    #expect(report.planned?["removals"] == 121)
    #expect(report.planned?["unknown"] == 1)
    #expect(report.token?.hasPrefix("121r-2c-") == true)
  }

  @Test func `imprune sends nothing if standard output has no reader`() throws {
    let shell = try ChildProcess(
      "/bin/sh", ["-c", "\(Built.imprune) apply --auto-approve --report report.json >/dev/full"],
      in: place.folder, environment: place.environment)
    let ended = place.end(shell)
    #expect(ended.code == 1)
    #expect(ended.error.contains("the plan could not be shown"))
    #expect(try sandbox.counters().calls.isEmpty)
    #expect(try report().exit_code == 1)
  }

  @Test func `a run stops when standard output loses its reader, and says so on standard error`()
    throws
  {
    let script = """
      \(Built.imprune) apply --auto-approve --rate 2 --report report.json \
      | (read line; exit 0)
      """
    let shell = try ChildProcess(
      "/bin/sh", ["-c", script], in: place.folder, environment: place.environment)
    let ended = place.end(shell)
    #expect(ended.error.contains("cannot write its output any more"))
    #expect(ended.error.contains(" not attempted."))
    let report = try report()
    #expect([1, 3].contains(report.exit_code))
    #expect(report.recounted == report.counts)
    #expect(report.counts["not_attempted"] ?? 0 > 0)
    #expect(try place.imprune("apply", "--auto-approve").code == 0)
  }

  @Test func `a run stops when its event stream loses its reader, and reports what was done`()
    throws
  {
    // The reader takes the first outcomes and closes the pipe.
    let script = """
      \(Built.imprune) apply --auto-approve --json --rate 2 --report report.json \
      | (while read line; do case $line in *'"outcomes"'*) exit 0;; esac; done)
      """
    let shell = try ChildProcess(
      "/bin/sh", ["-c", script], in: place.folder, environment: place.environment)
    let ended = place.end(shell)
    #expect(ended.error.contains("cannot write its output any more"))
    let report = try report()
    #expect(report.exit_code == 3)
    #expect(report.recounted == report.counts)
    #expect(report.counts["not_attempted"] ?? 0 > 0)
    let gone = 150 - (try sandbox.users().count)
    #expect(report.counts["removed"] == gone)
    #expect(!place.exists("imprune.state.journal"))
    #expect(try place.imprune("apply", "--auto-approve").code == 0)
  }
}
