import Foundation
import TestSupport
import Testing

/// The built kit against the built sandbox.
@Suite struct ContractTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace.withKey()
  }

  private static let everything = [
    "--users", "5", "--tags", "vip", "--edition", "ultimate", "--enabled",
    "tag_push,account_deletion",
  ]

  /// What no kit may change.
  private static let untouched = Dictionary(
    uniqueKeysWithValues: madeIDs(1...5).map { ($0, ["vip"]) })

  private func start(
    _ arguments: [String], environment: [String: String]? = nil, input: FileHandle? = nil
  ) throws -> ChildProcess {
    try ChildProcess(
      Built.sandbox, ["contract", "--app", "1400000000"] + arguments, in: place.folder,
      environment: environment ?? place.environment, input: input)
  }

  private func ask(_ sandbox: Sandbox, _ arguments: String...) throws -> ProcessResult {
    place.end(
      try start(["--endpoint", sandbox.endpoint, "--report", "facts.json"] + arguments))
  }

  /// The answers of facts.json by name, once it was checked against its schema.
  private func facts(_ name: String = "facts.json") throws -> [String: String] {
    let report = try JSONValue(place.bytes(name))
    #expect(try ProgramSchema("facts").problems(in: report) == [])
    var answers: [String: String] = [:]
    for fact in report["facts"]?.array ?? [] {
      answers[fact["name"]?.string ?? ""] = fact["answer"]?.string ?? "-"
    }
    return answers
  }

  /// Checks that the sandbox is as it was before the kit came.
  private func expectUntouched(
    _ sandbox: Sandbox, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(try sandbox.tags() == Self.untouched, sourceLocation: sourceLocation)
    for history in try sandbox.histories() {
      #expect(
        history.id.wholeMatch(of: /imprune-contract-[0-9a-f]{8}-[0-9]{2}/) != nil,
        "\(history.id)", sourceLocation: sourceLocation)
    }
    try place.expectNoSecrets()
  }

  @Test func `the kit settles every fact, writes a report, and leaves nothing`() throws {
    let sandbox = try Sandbox(Self.everything)
    let result = try ask(sandbox)
    #expect(result.code == 0, "\(result.text)")
    #expect(
      result.out.contains("duplicate_id                    each (assumed)"), "\(result.out)")
    #expect(
      result.out.contains("23 of 25 facts seen, 0 not as expected; "), "\(result.out)")
    #expect(result.out.hasSuffix("24 of 24 accounts removed.\n"))
    let facts = try facts()
    #expect(facts.count == 25)
    #expect(facts.filter { $0.value == "-" }.keys.sorted() == ["denial_level", "denial_order"])
    #expect(try sandbox.histories().count == 24)
    #expect(try !place.text("facts.json").contains("1400000000"))
    try expectUntouched(sandbox)
  }

  /// Every fact turned, as far as they can be at the same time.
  @Test func `a sandbox answers as the service in a report did`() throws {
    let turned = [
      "keep_alive": "closed", "date": "absent", "http_version": "1.0",
      "stored_deflate": "refused", "deletion": "allowed", "all_failed": "code_only",
      "invalid_id": "item_refused", "duplicate_id": "once", "check_after_removal": "within_10_s",
      "all_member_push.calls": "allowed", "all_member_push.clear_unknown": "ignored",
      "all_member_push.read_unknown": "left_out", "all_member_push.clear_untagged": "listed",
      "all_member_push.read_untagged": "left_out", "timpush.calls": "allowed",
      "timpush.clear_unknown": "refused_but_cleared", "timpush.read_unknown": "empty",
      "timpush.clear_untagged": "call_refused", "timpush.read_untagged": "left_out",
      "shared_tags": "separate", "limit_unit": "users", "limit_scope": "app",
      "limit_refused": "not_counted",
    ]
    try place.write("turned.json", factsText(turned))
    let first = try Sandbox(
      ["--users", "5", "--tags", "vip", "--edition", "pro", "--facts", place.path("turned.json")])
    let result = try ask(first)
    #expect(result.code == 0, "\(result.text)")
    #expect(result.out.contains("DIFFERS"))
    let seen = try facts()
    for (name, answer) in turned { #expect(seen[name] == answer, "\(name)") }
    try expectUntouched(first)

    let second = try Sandbox(
      ["--users", "5", "--tags", "vip", "--facts", place.path("facts.json")])
    #expect(try ask(second, "--report", "again.json").code == 0)
    #expect(try facts("again.json") == seen)
    try expectUntouched(second)
  }

  @Test func `a report that the sandbox does not understand stops it`() throws {
    try place.write("facts.json", factsText(["duplicate_id": "thrice"]))
    for (path, words) in [
      ("facts.json", "known answers: each, each_ok, once, call_refused"),
      ("missing.json", "cannot read"), ("/dev/zero", "not a regular file"),
    ] {
      let result = try ChildProcess(
        Built.sandbox, ["--port", "0", "--facts", path], in: place.folder
      ).end()
      #expect(result.code == 1)
      #expect(result.error.contains(words), "\(result.error)")
    }
  }

  // MARK: - Failures

  @Test(arguments: [
    "drop-after:3-5", "502-before:3-9", "garbage:4-6", "cut-json:5", "code-after:3",
  ])
  func `after a failure the kit removes its accounts`(fault: String) throws {
    let sandbox = try Sandbox(Self.everything + ["--fault", fault])
    let result = try ask(sandbox)
    #expect(result.code == 0 || result.code == 3, "\(result.text)")
    #expect(result.out.hasSuffix("24 of 24 accounts removed.\n"), "\(result.out)")
    _ = try facts()
    try expectUntouched(sandbox)
  }

  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143)), (SIGHUP, Int32(129))])
  func `after a signal the kit removes its accounts`(signal: Int32, code: Int32) throws {
    let sandbox = try Sandbox(Self.everything + ["--latency", "30"])
    let kit = try start(["--endpoint", sandbox.endpoint, "--report", "facts.json"])
    #expect(try eventually { try sandbox.counters().taken("account_import") >= 10 })
    kit.signal(signal)
    let result = place.end(kit)
    #expect(result.code == code, "\(result.text)")
    #expect(result.out.contains("-  (interrupted)"))
    #expect(try facts()["limit_scope"] == "-")
    try expectUntouched(sandbox)
  }

  @Test(arguments: [[SIGHUP, SIGHUP], [SIGTERM, SIGTERM]])
  func `signals that come together leave no accounts`(signals: [Int32]) throws {
    let sandbox = try Sandbox(Self.everything + ["--latency", "30"])
    let kit = try start(["--endpoint", sandbox.endpoint, "--report", "facts.json"])
    #expect(try eventually { try sandbox.counters().taken("account_import") >= 10 })
    kit.signal(signals[0])
    // The kit has seen the first one, so that the second cannot become one with it.
    #expect(eventually { kit.errorSoFar.contains("removing its accounts") })
    kit.signal(signals[1])
    #expect(place.end(kit).code == 128 + signals[0])
    #expect(try facts()["limit_scope"] == "-")
    try expectUntouched(sandbox)
    #expect(try sandbox.users().count == 5)
  }

  @Test(arguments: ["2>&1 | head -n 1", ">&- 2>&-"])
  func `lost output leaves no accounts`(redirection: String) throws {
    let sandbox = try Sandbox(Self.everything)
    let shell = try ChildProcess(
      "/bin/sh",
      [
        "-c",
        "\"$0\" contract --app 1400000000 --endpoint \"$1\" --report facts.json \(redirection)",
        Built.sandbox, sandbox.endpoint,
      ], in: place.folder, environment: place.environment)
    _ = place.end(shell)
    #expect(try facts()["limit_scope"] == "endpoint")
    #expect(try sandbox.users().count == 5)
  }

  @Test func `what is left is named even if nothing can be written`() throws {
    let sandbox = try Sandbox(
      ["--users", "5", "--tags", "vip", "--edition", "pro", "--denial-level", "existing"])
    let result = try ask(sandbox, "--report", "/dev/full")
    #expect(result.code == 1)
    #expect(result.error.contains(/accounts may be left: imprune-contract-[0-9a-f]{8}-01\n/))
    #expect(result.error.contains("the report /dev/full could not be written"), "\(result.error)")
  }

  @Test func `a table that cannot be written is an error`() throws {
    let sandbox = try Sandbox(Self.everything)
    let shell = try ChildProcess(
      "/bin/sh",
      [
        "-c", "\"$0\" contract --app 1400000000 --endpoint \"$1\" >/dev/full", Built.sandbox,
        sandbox.endpoint,
      ], in: place.folder, environment: place.environment)
    let result = place.end(shell)
    #expect(result.code == 1)
    #expect(result.error.contains("the table could not be written"), "\(result.error)")
  }

  @Test func `accounts that cannot be removed are named`() throws {
    let sandbox = try Sandbox(
      ["--users", "5", "--tags", "vip", "--edition", "pro", "--denial-level", "existing"])
    let result = try ask(sandbox)
    #expect(result.code == 1)
    let left = try #require(result.error.firstMatch(of: /imprune-contract-[0-9a-f]{8}-01\n/))
    #expect(result.error.contains("accounts may be left: \(left.0)"))
    #expect(result.error.contains("Delete them in the console"))
    #expect(try sandbox.users().count == 6)
    #expect(try facts()["denial_order"] == "lookup_first")
  }

  @Test(arguments: [
    "<html>sign in</html>", "{}", #"{"ErrorCode":"0"}"#, "[[[[[[[[",
    #"{"ErrorCode":0,"ActionStatus":"FAIL"}"#,
    #"{"ErrorCode":0,"ResultItem":[{"UserID":"u1","ResultCode":0}]}"#,
    #"{"ErrorCode":70009,"ErrorInfo":"no"}"#,
  ])
  func `an answer of any kind ends in a table`(body: String) throws {
    let counters = #"{"users":0,"removed":0,"deletes_of_absent":0,"calls":{}}"#
    let service = try FakeService { path in .body(path == "/sandbox/counters" ? counters : body) }
    let result = place.end(
      try start(["--endpoint", "http://127.0.0.1:\(service.port)", "--report", "facts.json"]),
      timeout: 90)
    #expect(result.code != nil && result.code != 0, "\(result.text)")
    #expect(result.out.contains("facts seen"))
    #expect(!result.text.contains("u1"))
    _ = try facts()
  }

  // MARK: - Refusals

  private static let distant = [
    "--endpoint", "https://service.invalid", "--report", "facts.json",
  ]

  private var allowing: [String: String] {
    place.environment.merging(["IMPRUNE_ALLOW_HOST": "service.invalid"]) { $1 }
  }

  @Test func `another machine is asked only with --test-app and the typed app id`() throws {
    let noFlag = place.end(try start(Self.distant, environment: allowing))
    #expect(noFlag.code == 5)
    #expect(noFlag.error.contains("add --test-app"), "\(noFlag.error)")

    let noTerminal = place.end(try start(Self.distant + ["--test-app"], environment: allowing))
    #expect(noTerminal.code == 5)
    #expect(noTerminal.error.contains("Run the command at a terminal"))

    let terminal = try Terminal()
    terminal.type("1400000001\n")
    let wrong = place.end(
      try start(Self.distant + ["--test-app"], environment: allowing, input: terminal.inside))
    #expect(wrong.code == 5)
    #expect(wrong.error.contains("this is not the app id 1400000000\nNothing was asked."))
    #expect(!place.exists("facts.json"))

    // The host does not exist.
    terminal.type("1400000000\n")
    let right = place.end(
      try start(Self.distant + ["--test-app"], environment: allowing, input: terminal.inside))
    #expect(right.code == 1)
    #expect(right.error.contains("not everything could be asked"), "\(right.error)")
    #expect(try Set(facts().values) == ["-"])
  }

  /// It could be the service, behind a forwarder.
  @Test(arguments: [
    "{}", #"{"ErrorCode":60009,"ActionStatus":"FAIL"}"#, #"{"users":0,"calls":{}}"#,
  ])
  func `an address of this machine at which no sandbox answers is asked as another machine`(
    page: String
  ) throws {
    let service = try FakeService { _ in .body(page) }
    let endpoint = ["--endpoint", "http://127.0.0.1:\(service.port)"]
    let noFlag = place.end(try start(endpoint))
    #expect(noFlag.code == 5)
    #expect(noFlag.error.contains("is no imprune-sandbox"), "\(noFlag.error)")
    #expect(noFlag.error.contains("add --test-app"))
    let noTerminal = place.end(try start(endpoint + ["--test-app"]))
    #expect(noTerminal.code == 5)
    #expect(noTerminal.error.contains("Run the command at a terminal"))
    #expect(service.paths == ["/sandbox/counters", "/sandbox/counters"])
  }

  @Test func `what cannot work is refused before any call`() throws {
    let sandbox = try Sandbox(Self.everything)
    for (arguments, environment, code, words) in [
      (["--endpoint", "https://example.com"], place.environment, Int32(1), "IMPRUNE_ALLOW_HOST="),
      (["--endpoint", "http://example.com"], place.environment, 64, "http:// works for this"),
      (["--region", "mars"], place.environment, 64, "silicon_valley"),
      ([], place.environment, 64, "either --endpoint or --region"),
      (["--endpoint", sandbox.endpoint], [:], 1, "IMPRUNE_SECRET_KEY_FILE"),
      (["--endpoint", sandbox.endpoint, "--report", "/dev/fd/9"], place.environment, 64, "open"),
    ] {
      let result = place.end(try start(arguments, environment: environment))
      #expect(result.code == code, "\(arguments): \(result.text)")
      #expect(result.error.contains(words), "\(arguments): \(result.error)")
    }
    #expect(try sandbox.counters().calls.isEmpty)
  }
}

/// A report of the kit with these answers.
func factsText(_ answers: [String: String]) -> String {
  let facts = answers.sorted { $0.key < $1.key }.map {
    "{\"name\": \"\($0.key)\", \"answer\": \"\($0.value)\"}"
  }
  return "{\"format_version\": \"1.0\", \"facts\": [\(facts.joined(separator: ",\n"))]}\n"
}
