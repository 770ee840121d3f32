import Foundation
import TestSupport
import Testing

/// A list of absent users does not succeed on its own.
@Suite struct AbsenceTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace.withKey()
  }

  private func write(_ sandbox: Sandbox, _ ids: [String], goal: String = "account: absent") throws {
    try place.write("leavers.txt", ids.joined(separator: "\n") + "\n")
    try place.write(
      "imprune.yaml",
      manifestText(port: sandbox.port, users: "  - {ids_from: leavers.txt, \(goal)}"))
  }

  private static let open = ["--edition", "ultimate", "--enabled", "tag_push,account_deletion"]

  @Test(arguments: [(1, 1), (4, 4), (12, 11), (300, 11)])
  func `a list of absent users stops the run with a question`(users: Int, sent: Int) throws {
    let sandbox = try Sandbox(Self.open + ["--users", "5"])
    try write(sandbox, (1...users).map { "user_\($0)" })
    let result = try place.imprune(
      "apply", "--auto-approve", "--new-state", "--report", "report.json")
    #expect(result.code == 3)
    let words =
      sent == 1
      ? "the first user to remove does not exist."
      : "none of the first \(sent) users to remove exists."
    #expect(
      result.out.contains("Apply stopped: the service reports that " + words), "\(result.out)")
    #expect(result.out.contains("Check the app, the region and the list."))
    #expect(result.out.contains("--accept-absent"))
    #expect(
      result.out.contains(
        "0 removed, 0 already absent, 0 cleared, \(sent) failed, 0 unknown, \(users - sent) not "))
    #expect(result.out.contains("To continue: imprune apply imprune.yaml\n"))
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(try place.bytes("report.json")))
        as? [String: Any])
    #expect(report["exit_code"] as? Int == 3)
    #expect((report["stopped"] as? String)?.contains("Check the app") == true)
    #expect((report["counts"] as? [String: Int])?["failed"] == sent)
    #expect((report["counts"] as? [String: Int])?["already_absent"] == 0)
    let outcomes = (report["users"] as? [[String: Any]])?.map { $0["outcome"] as? String }
    #expect(outcomes?.count { $0 == "failed" } == sent)
    #expect(outcomes?.count { $0 == "not-attempted" } == users - sent)

    // They are in the next plan, and covered by this plan's approval.
    let plan = try place.imprune("plan")
    #expect(plan.out.contains("Plan: \(users) to remove"))
    #expect(plan.out.contains("last attempt failed: 70107"))
    #expect(try place.imprune("explain", "user_1").out.contains("--accept-absent"))
    #expect(try place.imprune("apply", "--auto-approve").code == 3)

    let accepted = try place.imprune("apply", "--auto-approve", "--accept-absent")
    #expect(accepted.code == 0)
    #expect(accepted.out.contains("Apply complete! 0 removed, \(users) already absent"))
    #expect(try place.imprune("plan", "--detailed-exitcode").code == 0)
    #expect(try sandbox.users() == madeIDs(1...5))
    try place.expectNoSecrets()
  }

  @Test func `the suggested command repeats the accepted options`() throws {
    let sandbox = try Sandbox(["--users", "2", "--fault", "code-before=12345:2"])
    try write(sandbox, ["user_0000001"])
    let result = try place.imprune("apply", "--auto-approve", "--new-state", "--accept-absent")
    #expect(result.code == 3)
    #expect(result.out.contains("To continue: imprune apply imprune.yaml --accept-absent\n"))
  }

  @Test func `once a user exists, absent users are recorded as already absent`() throws {
    let sandbox = try Sandbox(Self.open + ["--users", "5"])
    try write(sandbox, (1...8).map { "nobody_\($0)" } + ["user_0000003"])
    let result = try place.imprune("apply", "--auto-approve", "--new-state", "--json")
    #expect(result.code == 0)
    let last = try #require(result.out.split(separator: "\n").last)
    #expect(last.contains(#""removed": 1, "already_absent": 8, "#))
    // The first outcomes of held users are corrected, as the schema says.
    var outcomes: [String: String] = [:]
    for line in result.out.split(separator: "\n") where line.contains(#""type": "outcomes""#) {
      let json = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      for user in json?["users"] as? [[String: Any]] ?? [] {
        outcomes[user["id"] as? String ?? ""] = user["outcome"] as? String
      }
    }
    #expect(outcomes.count == 9)
    #expect(outcomes.values.count { $0 == "already-absent" } == 8)
    #expect(try place.doneRecords().count == 9)
  }

  @Test func `after earlier removals, absent users are recorded as already absent`() throws {
    let sandbox = try Sandbox(Self.open + ["--users", "5"])
    try write(sandbox, ["user_0000001"])
    #expect(try place.imprune("apply", "--auto-approve", "--new-state").code == 0)
    try write(sandbox, ["user_0000001"] + (1...50).map { "nobody_\($0)" })
    let result = try place.imprune("apply", "--auto-approve")
    #expect(result.code == 0)
    #expect(result.out.contains("0 removed, 50 already absent"))
    #expect(result.error.contains("none of the first accounts exists"))
    // A hundred and eleven are too many for any state.
    try write(sandbox, ["user_0000001"] + (1...200).map { "none_\($0)" })
    let many = try place.imprune("apply", "--auto-approve")
    #expect(many.code == 3)
    #expect(many.out.contains("the service reports that none of the first"))
    #expect(many.out.contains(" 0 already absent"))
  }

  @Test(arguments: ["all_member_push", "timpush"])
  func `clears of absent users alone stop the run before any removal`(family: String) throws {
    let sandbox = try Sandbox(Self.open + ["--users", "5", "--tags", "vip"])
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port,
        users: """
            - {ids: [nobody_1, nobody_2, nobody_3], tags: []}
            - {ids: [user_0000001], account: absent}
          """
      ).replacing("guards:", with: "  tags_api: \(family)\nguards:"))
    let result = try place.imprune("apply", "--auto-approve", "--new-state")
    #expect(result.code == 3)
    #expect(result.out.contains("none of the first 3 users to clear exists"))
    #expect(try sandbox.users() == madeIDs(1...5))
    let accepted = try place.imprune("apply", "--auto-approve", "--accept-absent")
    #expect(accepted.code == 0)
    #expect(accepted.out.contains("1 removed, 3 already absent"))
  }
}
