import Foundation
import TestSupport
import Testing

/// `plan --refresh` and `imprune refresh`: they read, show, and change nothing.
@Suite struct RefreshTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace.withKey()
  }

  private func sandbox(_ options: String...) throws -> Sandbox {
    try Sandbox(
      ["--users", "300", "--tags", "vip,beta", "--edition", "ultimate"]
        + ["--enabled", "tag_push,account_deletion"] + options)
  }

  /// 250 users to remove, of whom 50 do not exist, and three whose tags to clear.
  private func write(_ sandbox: Sandbox, guards: String = "{max_removals: 1000}") throws {
    let ids = madeIDs(1...200) + (1...50).map { "zghost_\($0)" }
    try place.write("ids.txt", ids.joined(separator: "\n") + "\n")
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, guards: guards,
        users: """
            - {ids_from: ids.txt, account: absent, reason: left}
            - {ids: [user_0000290, user_0000291, zghost_99], tags: []}
          """))
    #expect(try place.imprune("init").code == 0)
  }

  /// Runs a command that must change no file and no user.
  private func reading(
    _ arguments: String..., sandbox: Sandbox, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> ProcessResult {
    let before = try place.names.map { ($0, try place.bytes($0)) }
    let users = try sandbox.counters()
    let process = try ChildProcess(
      Built.imprune, arguments, in: place.folder, environment: place.environment)
    let result = place.end(process)
    let after = try place.names.map { ($0, try place.bytes($0)) }
    #expect(before.map(\.0) == after.map(\.0), sourceLocation: sourceLocation)
    #expect(before.map(\.1) == after.map(\.1), sourceLocation: sourceLocation)
    let counters = try sandbox.counters()
    #expect(counters.removed == users.removed && counters.cleared == users.cleared)
    let changing = ["account_delete", "im_remove_all_tags", "clear_all_tags"]
    #expect(changing.allSatisfy { counters.calls[$0]?.total == users.calls[$0]?.total })
    try place.expectNoSecrets(sourceLocation: sourceLocation)
    return result
  }

  private func item(_ id: String, of document: JSONValue) -> JSONValue? {
    document["items"]?.array?.first { $0["id"]?.string == id }
  }

  // MARK: - plan --refresh

  @Test func `a refreshed plan shows who exists and who has tags, and keeps its token`() throws {
    let sandbox = try sandbox()
    try write(sandbox)
    let offline = try place.imprune("plan")
    let result = try reading("plan", "--refresh", "--all", sandbox: sandbox)
    #expect(result.code == 0, "\(result)")
    #expect(
      result.out.contains("At the service: 200 exist, 51 are already absent, 2 have tags.\n"))
    #expect(result.out.contains("  - remove  zghost_1      absent  ids.txt:201  left\n"))
    #expect(result.out.contains("  - remove  user_0000001  exists  ids.txt:1    left\n"))
    #expect(result.out.contains("  ~ clear  user_0000290  2 tags  imprune.yaml:"))
    let token = { (text: String) in text.split(separator: "\n").first { $0.hasPrefix("Token: ") } }
    #expect(token(result.out) != nil && token(result.out) == token(offline.out))
    // 250 removals and 3 clears in calls of 100, and the check of access.
    #expect(try sandbox.counters().taken("account_check") == 1 + 3)
    // The absent user is found by halving the call.
    #expect(try sandbox.counters().taken("im_get_tag") > 0)
  }

  @Test func `every format shows the same`() throws {
    let sandbox = try sandbox()
    try write(sandbox)
    let json = try reading("plan", "--refresh", "--format", "json", sandbox: sandbox)
    let document = try JSONValue(Array(json.out.utf8))
    #expect(try ProgramSchema("plan").problems(in: document) == [])
    let refresh = try #require(document["refresh"])
    #expect(refresh["existing"] == .number(200))
    #expect(refresh["absent"] == .number(51))
    #expect(refresh["tagged"] == .number(2))
    #expect(refresh["unread"] == .number(0))
    #expect(item("zghost_1", of: document)?["at_service"] == .string("absent"))
    #expect(item("user_0000001", of: document)?["at_service"] == .string("exists"))
    #expect(item("user_0000290", of: document)?["tags"] == .number(2))
    let markdown = try reading("plan", "--refresh", "--format", "markdown", sandbox: sandbox)
    #expect(
      markdown.out.contains("At the service: 200 exist, 51 are already absent, 2 have tags."))
    #expect(markdown.out.contains("- remove  user_0000001  exists    ids.txt:1  left\n"))
  }

  @Test func `a saved refreshed plan can be shown and applied`() throws {
    let sandbox = try sandbox()
    try write(sandbox)
    #expect(try place.imprune("plan", "--refresh", "--out", "plan.json").code == 0)
    let shown = try place.imprune("show", "plan.json", "--all")
    #expect(shown.code == 0, "\(shown)")
    #expect(shown.out.contains("  - remove  user_0000001  exists  ids.txt:1  left\n"))
    #expect(shown.out.contains("  - remove  zghost_1  absent  ids.txt:201  left\n"))
    #expect(shown.out.contains("  ~ clear   user_0000290  2 tags  imprune.yaml:"))
    #expect(
      shown.out.contains(
        "At the service, when the plan was made: 200 exist, 51 are already absent, 2 have tags.\n"))
    let apply = try place.imprune("apply", "--plan", "plan.json", "--auto-approve")
    #expect(apply.code == 0, "\(apply)")
    #expect(try sandbox.counters().removed == 200)
  }

  @Test func `too many absent users refuse a refreshed plan, and only that`() throws {
    let sandbox = try sandbox()
    // 51 of 253 are 20.2 %.
    try write(sandbox, guards: "{max_removals: 1000, max_absent: 20%}")
    let refused = try reading("plan", "--refresh", sandbox: sandbox)
    #expect(refused.code == 4)
    #expect(
      refused.out.contains(
        "51 of 253 users have no account, but guards.max_absent allows only 20%."))
    #expect(!refused.out.contains("Token: "))
    let dryRun = try reading("apply", "--dry-run", sandbox: sandbox)
    #expect(dryRun.code == 4, "\(dryRun)")
    #expect(try place.imprune("plan").code == 0)
    try write(sandbox, guards: "{max_removals: 1000, max_absent: 21%}")
    #expect(try reading("plan", "--refresh", sandbox: sandbox).code == 0)
  }

  @Test func `a dry run with credentials shows what the service holds`() throws {
    let sandbox = try sandbox()
    try write(sandbox)
    let result = try reading("apply", "--dry-run", sandbox: sandbox)
    #expect(result.code == 0, "\(result)")
    #expect(
      result.out.contains("At the service: 200 exist, 51 are already absent, 2 have tags.\n"))
  }

  @Test func `users who cannot be read are shown with the reason, and the others too`() throws {
    // The reading calls: access, tags, then three of accounts, two of which fail on every attempt.
    let sandbox = try sandbox("--fault", "code-before=70500:read/4-20")
    try write(sandbox)
    let result = try reading(
      "plan", "--refresh", "--format", "json", sandbox: sandbox)
    #expect(result.code == 0, "\(result)")
    let document = try JSONValue(Array(result.out.utf8))
    #expect(try ProgramSchema("plan").problems(in: document) == [])
    let unread = document["items"]?.array?.filter { $0["at_service"] == .string("unread") } ?? []
    #expect(!unread.isEmpty && unread.count < 253)
    #expect(unread.allSatisfy { $0["unread_code"] == .number(70500) })
    #expect(unread.allSatisfy { $0["unread_reason"] == .string("refused") })
    #expect(document["refresh"]?["unread"] == .number(Double(unread.count)))
    // The exit code is 0, so a warning says it. How many calls fail to the end depends on timing.
    let users = unread.count == 1 ? "1 user" : "\(unread.count) users; the first"
    let words = "Warning: imprune could not read \(users): the service returned 70500."
    #expect(result.error.replacing("\n", with: " ").contains(words), "\(result)")
  }

  @Test func `tags that the app may not read are no obstacle to reading accounts`() throws {
    let sandbox = try Sandbox([
      "--users", "300", "--edition", "ultimate", "--enabled", "account_deletion",
    ])
    try write(sandbox)
    let result = try reading("plan", "--refresh", sandbox: sandbox)
    #expect(result.code == 0, "\(result)")
    #expect(
      result.out.contains(
        "At the service: 200 exist, 50 are already absent, 3 could not be read.\n"))
    #expect(result.out.contains("not read  imprune.yaml:"))
    #expect(result.out.contains("not read: the service returned "))
    #expect(try place.imprune("plan", "--refresh", "--out", "saved.json").code == 0)
    let shown = try place.imprune("show", "saved.json")
    #expect(shown.out.contains("not read  imprune.yaml:"), "\(shown)")
    #expect(shown.out.contains("not read: the service returned "), "\(shown)")
  }

  @Test func `removed users of the manifest who exist again are listed`() throws {
    // The calls that change users: the probe, the clears, then the removals of 1, 10 and 100 users.
    let sandbox = try sandbox("--reregister", "user_0000001@6")
    try write(sandbox)
    #expect(try place.imprune("apply", "--auto-approve").code == 0)
    #expect(try sandbox.counters().reregistered == 1)
    let plan = try reading("plan", "--refresh", sandbox: sandbox)
    #expect(plan.code == 0)
    #expect(plan.out.contains("No changes."))
    #expect(plan.out.contains("1 user recorded as gone exists again: user_0000001."))
    let json = try reading("plan", "--refresh", "--format", "json", sandbox: sandbox)
    let document = try JSONValue(Array(json.out.utf8))
    #expect(document["refresh"]?["registered_again"] == .array([.string("user_0000001")]))

    let refresh = try reading("refresh", "--detailed-exitcode", sandbox: sandbox)
    #expect(refresh.code == 2)
    #expect(refresh.out.contains("  user_0000001  exists again  removed 20"))
    #expect(refresh.out.hasSuffix("1 record differs. 253 completed records compared.\n"))
    #expect(try reading("refresh", sandbox: sandbox).code == 0)
    let comparison = try reading("refresh", "--format", "json", sandbox: sandbox)
    #expect(comparison.error == "", "\(comparison)")
    let compared = try JSONValue(Array(comparison.out.utf8))
    #expect(try ProgramSchema("refresh").problems(in: compared) == [])
    #expect(compared["differences"]?.array?.map { $0["id"] } == [.string("user_0000001")])
  }

  /// Runs a command with the same state at a service that reads no user after the check of access.
  private func atSilentService(
    insteadOf service: Sandbox, _ arguments: String...
  ) throws -> ProcessResult {
    let silent = try sandbox("--fault", "code-before=70500:read/2-900")
    let manifest = try place.text("imprune.yaml")
    defer { try? place.write("imprune.yaml", manifest) }
    try place.write(
      "imprune.yaml", manifest.replacing(":\(service.port)", with: ":\(silent.port)"))
    let process = try ChildProcess(
      Built.imprune, arguments, in: place.folder, environment: place.environment)
    return place.end(process)
  }

  @Test func `users recorded as gone who cannot be read are not passed over`() throws {
    let service = try sandbox()
    try write(service)
    #expect(try place.imprune("apply", "--auto-approve").code == 0)
    let plan = try atSilentService(insteadOf: service, "plan", "--refresh")
    #expect(plan.code == 0)
    #expect(plan.out.contains("250 users recorded as gone could not be read."))
    #expect(plan.error.contains("Warning: imprune could not read 250 users; the first: "))
    #expect(!plan.out.contains("exists again"))
    let refresh = try atSilentService(insteadOf: service, "refresh")
    #expect(refresh.code == 1)
    #expect(refresh.out.hasSuffix("\n0 completed records compared. 253 could not be read.\n"))
    #expect(
      refresh.out.contains("  user_0000001  not read: the service returned 70500  removed 20"))
    #expect(refresh.out.contains("  ... 213 more; --all shows them ...\n"))
    #expect(refresh.error.contains("could not read the users of 253 records"))
    let json = try atSilentService(insteadOf: service, "refresh", "--format", "json")
    #expect(json.code == 1)
    let document = try JSONValue(Array(json.out.utf8))
    #expect(try ProgramSchema("refresh").problems(in: document) == [])
    let users = document["unread_users"]?.array ?? []
    #expect(users.count == 253 && document["unread"] == .number(253))
    #expect(users.allSatisfy { $0["unread_code"] == .number(70500) })
    // The page says it too, not that nothing was compared.
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).html")
    defer { try? FileManager.default.removeItem(at: file) }
    let paged = try atSilentService(insteadOf: service, "refresh", "--html-out", file.path)
    #expect(paged.code == 1)
    #expect(
      try String(contentsOf: file, encoding: .utf8).contains("<b class=\"amber\">253</b>not read"))
  }

  @Test func `a refresh without credentials or a usable service is an error that says so`() throws {
    let sandbox = try sandbox()
    try write(sandbox)
    for command in [["plan", "--refresh"], ["refresh"]] {
      let process = try ChildProcess(Built.imprune, command, in: place.folder, environment: [:])
      let result = place.end(process)
      #expect(result.code == 1)
      for name in ["IMPRUNE_SECRET_KEY_FILE", "IMPRUNE_SECRET_KEY", "IMPRUNE_USERSIG"] {
        #expect(result.error.contains(name), "\(command)")
      }
    }
    place.environment["IMPRUNE_SECRET_KEY"] = "a-wrong-key-of-the-tests"
    #expect(try place.imprune("plan", "--refresh").code == 1)
    #expect(try place.imprune("plan", "--ca-file", "ids.txt").code == 64)
  }

  @Test func `a signal ends a refresh, and nothing is left behind`() throws {
    let sandbox = try sandbox("--latency", "2000")
    try write(sandbox)
    let before = place.names
    let process = try ChildProcess(
      Built.imprune, ["plan", "--refresh"], in: place.folder, environment: place.environment)
    #expect(try eventually { try sandbox.counters().calls["account_check"]?.total ?? 0 > 0 })
    process.signal(SIGINT)
    let result = place.end(process)
    #expect(result.code == 130, "\(result)")
    #expect(!result.out.contains("Token: "))
    #expect(place.names == before)
  }
}
