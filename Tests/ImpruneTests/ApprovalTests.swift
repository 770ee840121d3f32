import Foundation
import TestSupport
import Testing

/// Approval by token, by file and by neither (docs/architecture.md, "Approval"), on the built tool.
@Suite struct ApprovalTests {
  let place: TemporaryWorkspace
  let sandbox: Sandbox

  init() throws {
    place = try TemporaryWorkspace.withKey()
    sandbox = try Sandbox(["--users", "900", "--latency", "20"])
    try write(madeIDs(1...800))
    #expect(try place.imprune("init").code == 0)
  }

  private func write(_ ids: [String]) throws {
    try place.write("ids.txt", ids.joined(separator: "\n") + "\n")
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, edition: "trial", enabled: "",
        users: "  - {ids_from: ids.txt, account: absent}"))
  }

  private func token(_ result: ProcessResult) throws -> String {
    let line = try #require(result.out.split(separator: "\n").last { $0.hasPrefix("Token: ") })
    return String(line.dropFirst("Token: ".count))
  }

  /// Checks that an apply was refused without an approval and that nothing was sent.
  private func expectNoApproval(
    _ arguments: String..., words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let process = try ChildProcess(
      Built.imprune, ["apply"] + arguments, in: place.folder, environment: place.environment)
    let result = place.end(process)
    #expect(result.code == 5, sourceLocation: sourceLocation)
    #expect(result.error.contains(words), "\(result.error)", sourceLocation: sourceLocation)
    #expect(try sandbox.counters().calls.isEmpty, sourceLocation: sourceLocation)
    #expect(!place.exists("imprune.state.journal"), sourceLocation: sourceLocation)
  }

  @Test func `the plan's token approves exactly that plan`() throws {
    let token = try token(place.imprune("plan"))
    #expect(token.hasPrefix("800r-0c-"))
    try expectNoApproval("--approve", "799" + token.dropFirst(3), words: "for another plan")
    try write(madeIDs(1...801))
    try expectNoApproval("--approve", token, words: "the token of this plan is 801r-0c-")
    try expectNoApproval(words: "pass --approve 801r-0c-")
    try write(madeIDs(1...800))
    #expect(try place.imprune("apply", "--approve", token).code == 0)
    #expect(try sandbox.counters().removed == 800)
    // An empty plan needs no approval, so an old one does no harm.
    #expect(try place.imprune("apply", "--approve", token).code == 0)
    #expect(try sandbox.counters().taken("account_delete") == 1 + 10)
  }

  @Test func `a malformed token is a usage error`() throws {
    let digits = "7f3a9c01d2e4b58806c1f7d09a3e5b62"
    for text in [
      "", "800", "800r-0c-XYZ", "800r-0c-\(digits)x", "0800r-0c-\(digits)", "800r-0c-\(digits)0",
      "800r-0c-\(digits.dropLast())", "800r-0c-7f3a9c01d2e4b588",
    ] {
      #expect(try place.imprune("apply", "--approve", text).code == 64, "\(text)")
    }
  }

  /// A token of 48 bits, for which two plans can be found in minutes, approves neither.
  @Test func `a token of twelve digits is refused with its reason`() throws {
    let token = try token(place.imprune("plan"))
    #expect(token.dropFirst("800r-0c-".count).count == 32)
    let former = String(token.dropLast(20))
    for approval in [former, former.uppercased() + "\n"] {
      try expectNoApproval("--approve", approval, words: "is too short")
    }
    try expectNoApproval("--approve", former, words: "Run `imprune plan`")
    #expect(try place.imprune("apply", "--dry-run", "--approve", former).code == 5)
    let again = try place.imprune("apply", "--approve", former, "--report", "report.json")
    #expect(again.code == 5)
    #expect(try place.text("report.json").contains("too short"))
  }

  @Test func `plans whose digests share twelve digits have different tokens`() throws {
    let token = try token(place.imprune("plan"))
    let last = try #require(token.last)
    try expectNoApproval(
      "--approve", token.dropLast() + (last == "0" ? "1" : "0"), words: "for another plan")
  }

  @Test func `whitespace and case of a pasted token do not matter`() throws {
    let token = try token(place.imprune("plan"))
    let pasted = " \t\(token.uppercased())\r\n"
    #expect(try place.imprune("apply", "--approve", pasted).code == 0)
    #expect(try sandbox.counters().removed == 800)
  }

  @Test func `an interrupted run continues under its approval, unless a user is added`()
    throws
  {
    let saved = try place.imprune("plan", "--out", "plan.json")
    let token = try token(saved)
    for round in 1...2 {
      let run = try place.start("apply", "--approve", token, "--rate", "4")
      let calls = try sandbox.counters().taken("account_delete")
      #expect(try eventually { try sandbox.counters().taken("account_delete") >= calls + 4 })
      run.signal(SIGINT)
      #expect(place.end(run).code == 130, "round \(round)")
    }
    let removed = try sandbox.counters().removed
    #expect((1..<800).contains(removed))
    try write(madeIDs(1...801))
    let added = try place.imprune("apply", "--approve", token)
    #expect(added.code == 5)
    let file = try place.imprune("apply", "--plan", "plan.json", "--auto-approve")
    #expect(file.code == 5)
    #expect(file.error.contains("user_0000801"))
    #expect(try sandbox.counters().removed == removed)
    try write(madeIDs(1...800))
    #expect(try place.imprune("apply", "--plan", "plan.json", "--approve", token).code == 0)
    #expect(try sandbox.counters().removed == 800)
    #expect(try sandbox.counters().deletesOfAbsent == 3)
  }

  @Test func `a saved plan can be shown, approves its plan once, and supplies no ids`() throws {
    try write(madeIDs(1...11) + ["foreign"])
    #expect(try place.imprune("plan", "--out", "more.json").code == 0)
    try write(madeIDs(1...10))
    #expect(try place.imprune("plan", "--out", "less.json").code == 0)
    try write(madeIDs(1...11))
    let plan = try place.imprune("plan", "--out", "plan.json")
    #expect(plan.code == 0)
    let shown = try ChildProcess(Built.imprune, ["show", "plan.json"], in: place.folder).end()
    #expect(shown.code == 0)
    #expect(try token(shown) == token(plan))

    // More than the manifest asks for, with a matching digest; less; edited by hand; newer.
    try expectNoApproval("--plan", "more.json", "--auto-approve", words: "foreign")
    try expectNoApproval("--plan", "less.json", "--auto-approve", words: "user_0000011")
    let text = try place.text("plan.json")
    try place.write("changed.json", text.replacing("user_0000007", with: "user_0000017"))
    try expectNoApproval("--plan", "changed.json", "--auto-approve", words: "checksum")
    try place.write(
      "newer.json", text.replacing(#""format_version": "1.5""#, with: #""format_version": "2.0""#))
    try expectNoApproval("--plan", "newer.json", "--auto-approve", words: "format 2.0")
    try place.write(
      "older.json", text.replacing(#""format_version": "1.5""#, with: #""format_version": "1.2""#))
    try expectNoApproval("--plan", "older.json", "--auto-approve", words: "has format 1.2")
    try expectNoApproval("--plan", "plan.json", words: "no approval")
    #expect(try place.imprune("apply", "--plan", "plan.json", "--auto-approve").code == 0)
    #expect(try sandbox.counters().removed == 11)
    let calls = try sandbox.counters().taken("account_delete")
    let again = try place.imprune("apply", "--plan", "plan.json", "--auto-approve")
    #expect(again.code == 0)
    #expect(again.out.contains("No changes."))
    #expect(try sandbox.counters().taken("account_delete") == calls)
    try place.expectNoSecrets()
  }

  @Test func `a saved plan with edited reasons or locations is neither shown nor applied`()
    throws
  {
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, edition: "trial", enabled: "",
        users: "  - {ids_from: ids.txt, account: absent, reason: contract ended}"))
    #expect(try place.imprune("plan", "--out", "plan.json").code == 0)
    let text = try place.text("plan.json")
    for (old, new) in [("contract ended", "asked for by them"), ("ids.txt:7\"", "ids.txt:8\"")] {
      try #require(text.contains(old))
      try place.write("changed.json", text.replacing(old, with: new))
      let show = try place.imprune("show", "changed.json")
      #expect(show.code == 5)
      #expect(show.out == "")
      #expect(show.error.contains("The checksum does not match the content"))
      try expectNoApproval("--plan", "changed.json", "--auto-approve", words: "checksum")
    }
  }

  @Test func `a token for one address approves nothing at another`() throws {
    let token = try token(place.imprune("plan"))
    let other = try Sandbox(["--users", "900"])
    let manifest = try place.text("imprune.yaml")
    try place.write(
      "imprune.yaml", manifest.replacing("\(sandbox.port)", with: "\(other.port)"))
    try expectNoApproval("--approve", token, words: "for another plan")
    #expect(try other.counters().calls.isEmpty)
  }

  @Test func `a plan for another state approves nothing`() throws {
    #expect(try place.imprune("plan", "--out", "plan.json").code == 0)
    try place.remove("imprune.state")
    #expect(try place.imprune("init").code == 0)
    try expectNoApproval("--plan", "plan.json", "--auto-approve", words: "another state")
  }

  @Test func `a dry run prints what an apply would send, and changes no user`() throws {
    let dry = try place.imprune("apply", "--dry-run")
    #expect(dry.code == 0)
    #expect(dry.out.contains("would remove 1 user, user_0000001, "))
    #expect(dry.out.contains("would remove 10 users, user_0000002 to user_0000011, "))
    #expect(dry.out.contains("Dry run: 10 batches would be sent."))
    #expect(dry.out.contains("precheck: the service accepts the credentials for this app"))
    #expect(dry.out.contains("At the service: 800 exist.\n"))
    #expect(try sandbox.counters().taken("account_delete") == 0)
    // The check of access, then that of the refresh and 800 users.
    let reads = 1 + 1 + 8
    #expect(try sandbox.counters().taken("account_check") == reads)
    #expect(!place.exists("imprune.state.journal"))
    let offline = try ChildProcess(Built.imprune, ["apply", "--dry-run"], in: place.folder).end()
    #expect(offline.code == 0)
    #expect(offline.out.contains("Not checked, because no credentials are set"))
    #expect(try sandbox.counters().taken("account_check") == reads)
  }

  @Test func `a dry run warns about users whose ids look like a probe's`() throws {
    try write(["imprune-probe-0123456789abcdef"])
    let dry = try place.imprune("apply", "--dry-run")
    #expect(dry.out.contains("would remove 1 user, imprune-probe-0123456789abcdef, "))
    #expect(dry.out.contains("Dry run: 1 batch would be sent."))
  }

  @Test func `precheck changes no user and records nothing`() throws {
    let state = try place.bytes("imprune.state")
    let result = try place.imprune("precheck")
    #expect(result.code == 0)
    #expect(result.out.contains("for the made-up id imprune-probe-"))
    #expect(try sandbox.counters().removed == 0)
    #expect(try place.bytes("imprune.state") == state)
    #expect(!place.exists("imprune.state.journal"))
  }
}
