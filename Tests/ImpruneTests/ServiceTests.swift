import Foundation
import TestSupport
import Testing

/// What the service may do to a run that succeeds.
@Suite struct ServiceTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace.withKey()
  }

  private func expectNoChanges(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let plan = try place.imprune("plan", "--detailed-exitcode")
    #expect(plan.code == 0, sourceLocation: sourceLocation)
    #expect(plan.out.contains("No changes."), sourceLocation: sourceLocation)
    try place.expectNoSecrets()
  }

  @Test func `ids and admins reach the service byte for byte`() throws {
    let admin = "ops & co=é?#\"\\%41"
    let ids = ["a+b", "a b", "100%", "\"quoted\"", "back\\slash", "e\u{301}", "中文", "a&b=c"]
    let kept = ["\u{E9}", "a", "100", "A+B"]
    let sandbox = try Sandbox(
      ["--admin", admin], users: (ids + kept).map { $0 + "\n" }.joined())
    func quoted(_ text: String) -> String {
      "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, admin: quoted(admin), edition: "trial", enabled: "",
        users: "  - {ids: [\(ids.map(quoted).joined(separator: ", "))], account: absent}"))
    let apply = try place.imprune("apply", "--auto-approve", "--new-state")
    #expect(apply.code == 0)
    #expect(apply.out.contains("\(ids.count) removed, 0 already absent"))
    let left = try sandbox.users().map { Array($0.utf8) }
    #expect(Set(left) == Set(kept.map { Array($0.utf8) }))
    try expectNoChanges()
  }

  @Test(arguments: ["all_member_push", "timpush"])
  func `unknown users among clears are found and the others cleared`(family: String) throws {
    let sandbox = try Sandbox([
      "--edition", "ultimate", "--enabled", "tag_push", "--users", "130", "--tags", "vip,beta",
    ])
    let ids = madeIDs(1...120) + ["nobody_1", "user_0000050x", "zz"]
    try place.write("movers.txt", ids.joined(separator: "\n"))
    try place.write(
      "imprune.yaml",
      manifestText(port: sandbox.port, users: "  - {ids_from: movers.txt, tags: []}")
        .replacing("enabled:", with: "tags_api: \(family)\n  enabled:"))
    let apply = try place.imprune("apply", "--auto-approve", "--rate", "100")
    #expect(apply.code == 0)
    #expect(try sandbox.tagged() == madeIDs(121...130))
    #expect(try sandbox.counters().cleared == 120)
    #expect(apply.out.contains("0 removed, 3 already absent, 120 cleared, 0 failed, 0 unknown."))
    try expectNoChanges()
  }

  @Test func `a throttling service gets time, and every user is completed`() throws {
    let sandbox = try Sandbox(["--users", "3000", "--rate", "15"])
    try place.write("leavers.txt", madeIDs(1...3000).joined(separator: "\n"))
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, edition: "trial", enabled: "",
        users: "  - {ids_from: leavers.txt, account: absent}"))
    let apply = try place.imprune("apply", "--auto-approve", "--new-state", "--rate", "100")
    #expect(apply.code == 0)
    #expect(
      apply.error.contains("account_delete: rate limited by the service, which accepts about 15"))
    #expect(apply.out.contains("3,000 removed, 0 already absent"))
    #expect(try sandbox.users() == [])
    try expectNoChanges()
  }

  @Test func `the next run continues after the service disappeared in the middle`() throws {
    var sandbox: Sandbox? = try Sandbox(["--users", "1000", "--latency", "20"])
    func write(_ port: Int) throws {
      try place.write(
        "imprune.yaml",
        manifestText(
          port: port, edition: "trial", enabled: "",
          users: "  - {ids_from: leavers.txt, account: absent}"))
    }
    try place.write("leavers.txt", madeIDs(1...1000).joined(separator: "\n"))
    try write(#require(sandbox?.port))
    let run = try place.start("apply", "--auto-approve", "--new-state", "--rate", "3")
    #expect(try eventually { try sandbox?.counters().taken("account_delete") ?? 0 >= 4 })
    sandbox = nil
    let result = place.end(run)
    #expect(result.code == 3)
    #expect(result.out.contains("Apply stopped: imprune cannot reach the service"))
    #expect(result.out.contains("not attempted."))
    #expect(result.out.contains("To continue: imprune apply imprune.yaml"))
    #expect(!place.exists("imprune.state.journal"))

    // Another service without users.
    let next = try Sandbox([])
    try write(next.port)
    #expect(try place.imprune("apply", "--auto-approve", "--rate", "100").code == 3)
    let again = try place.imprune("apply", "--auto-approve", "--rate", "100", "--accept-absent")
    #expect(again.code == 0)
    #expect(try place.doneRecords().count == 1000)
    try expectNoChanges()
  }
}
