import Foundation
import TestSupport
import Testing

/// The pipeline of `examples/`, with its scripts run against the sandbox in their own repository.
@Suite struct GitLabTests {
  private static let ids = madeIDs(1...130)
  private static let onMain = ["CI_COMMIT_BRANCH": "main", "CI_PIPELINE_SOURCE": "push"]

  let gitHost: FakeGitHost
  let sandbox: Sandbox

  init() throws {
    gitHost = try FakeGitHost()
    // As in `WorkflowTests`: the fourth changing call never gets a response.
    sandbox = try Sandbox([
      "--edition", "ultimate", "--enabled", "account_deletion,tag_push", "--users", "140", "--tags",
      "vip", "--fault", "stall-after:4",
    ])
    try gitHost.setUp(manifest(Array(Self.ids[..<1])))
    try gitHost.git("config", "receive.advertisePushOptions", "true", in: "remote.git")
    // Where the pipeline pushes, with its token in the URL.
    try gitHost.tool(
      "git",
      """
      exec /usr/bin/git -c 'url.\(gitHost.place.path("remote.git")).insteadOf=\
      https://imprune:PUSH@gitlab.invalid:443/g/p.git' "$@"
      """)
  }

  private func manifest(_ ids: [String]) -> String {
    manifestText(
      port: sandbox.port,
      users: ids.map { "  - {id: \($0), account: absent}" }.joined(separator: "\n"))
  }

  private func pipeline(_ variables: [String: String] = onMain) throws -> GitLabPipeline {
    try gitHost.place.write("key", Sandbox.key)
    try gitHost.place.write("policy", "version: 1\nmax_removals: 130\n")
    let server = [
      "CI_SERVER_PROTOCOL": "https", "CI_SERVER_HOST": "gitlab.invalid", "CI_SERVER_PORT": "443",
      "CI_PROJECT_PATH": "g/p",
    ]
    return try GitLabPipeline(
      gitHost, variables: server.merging(variables) { $1 },
      secrets: [
        "IMPRUNE_SECRET_KEY_FILE": gitHost.place.path("key"), "IMPRUNE_PUSH_TOKEN": "PUSH",
        "IMPRUNE_POLICY": gitHost.place.path("policy"),
      ])
  }

  @Test
  func `the pipeline plans a change, applies it despite an interruption, and keeps the state`()
    throws
  {
    let base = try gitHost.git("rev-parse", "main", in: "remote.git").trimmingCharacters(
      in: .newlines)
    try gitHost.commit(["imprune.yaml": manifest(Self.ids)], to: "refs/merge-requests/1/head")
    let request = try pipeline([
      "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
    ])
    let review = try #require(try request.run("review", at: "refs/merge-requests/1/head"))
    #expect(review.script.code == 0, "\(review.script)")
    let given = FakeGitHost.release.merging(["GIT_DEPTH": "0", "IMPRUNE_POLICY": ""]) { $1 }
    #expect(review.given == given)
    #expect(try gitHost.place.text("\(review.artifacts)/comment.md").contains("130 to remove"))
    #expect(
      try JSONValue(gitHost.place.bytes("\(review.folder)/plan.gitlab.json"))["delete"]
        == .number(130))
    #expect(try request.run("plan") == nil && request.run("apply") == nil)

    try gitHost.git("update-ref", "refs/heads/main", "refs/merge-requests/1/head", in: "remote.git")
    let first = try pipeline()
    let plan = try #require(try first.run("plan"))
    #expect(plan.given == given)
    #expect(plan.outputs["PLAN_TOKEN"]?.hasPrefix("130r-0c-") == true)
    first.during["apply"] = { process in
      let isUnderWay = try eventually { try sandbox.counters().removed > 11 }
      #expect(isUnderWay)
      let name = try String(contentsOfFile: "/proc/\(process.identifier)/comm", encoding: .utf8)
      #expect(name == "imprune\n")
      process.signal(SIGKILL)
      try gitHost.commit(["notes.txt": "unrelated"])
    }
    let apply = try #require(try first.run("apply"))
    #expect(apply.script.code == nil)
    #expect(apply.after?.code == 0, "\(apply)")
    #expect(
      try gitHost.messages.starts(with: ["Record what imprune did", "Change [\"notes.txt\"]"]))
    #expect(try first.run("kept")?.script.code == 0)

    let second = try pipeline()
    _ = try second.run("plan")
    #expect(try second.run("apply")?.script.code == 0)
    #expect(try second.run("kept")?.script.code == 0)
    let third = try pipeline()
    #expect(try third.run("plan")?.outputs["PLAN_TOKEN"]?.hasPrefix("0r-0c-") == true)
    #expect(try third.run("apply")?.script.code == 0)
    #expect(try third.run("kept")?.script.code == 0)
    let histories = try sandbox.histories()
    #expect(histories.map(\.id) == Self.ids)
    #expect(histories.allSatisfy { $0.removed == 1 })
    try gitHost.place.remove("key")
    try gitHost.place.expectNoSecrets()
  }

  @Test func `the base of a merged results pipeline is the target branch`() throws {
    let base = try gitHost.git("rev-parse", "main", in: "remote.git").trimmingCharacters(
      in: .newlines)
    try gitHost.commit(["imprune.yaml": manifest(Self.ids)])
    let target = try gitHost.git("rev-parse", "main", in: "remote.git").trimmingCharacters(
      in: .newlines)
    let request = try pipeline([
      "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
      "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": target,
    ])
    let review = try #require(try request.run("review"))
    #expect(review.script.code == 0, "\(review.script)")
    let comment = try gitHost.place.text("\(review.artifacts)/comment.md")
    #expect(
      comment.contains("): 0 to remove, 0 to clear; the backlog: 130 to remove"), "\(comment)")
  }

  @Test func `a state that could not be pushed fails the pipeline`() throws {
    // Somebody may have committed a file that looks like the mark of a push.
    let manifest = try gitHost.text("imprune.yaml")
    try gitHost.commit(["imprune.yaml": manifest, "kept": "1\n"])
    try gitHost.tool("git", #"case "$*" in push*) exit 1 ;; esac; exec /usr/bin/git "$@""#)
    let pipeline = try pipeline()
    _ = try pipeline.run("plan")
    let apply = try #require(try pipeline.run("apply"))
    #expect(apply.script.code == 0)
    #expect(apply.after?.code == 1)
    #expect(try gitHost.place.text("\(apply.artifacts)/imprune.state").contains("\(Self.ids[0])\t"))
    let kept = try #require(try pipeline.run("kept"))
    #expect(kept.script.code == 1)
    #expect(kept.script.error.contains("not in the repository"))
  }

  @Test func `the pipeline keeps the tags of cleared users`() throws {
    try gitHost.commit([
      "imprune.yaml": manifestText(
        port: sandbox.port, users: "  - {id: \(Self.ids[0]), tags: []}")
    ])
    let pipeline = try pipeline()
    _ = try pipeline.run("plan")
    let apply = try #require(try pipeline.run("apply"))
    #expect(apply.script.code == 0, "\(apply)")
    let file = try #require(
      gitHost.place.names.first { $0.hasPrefix("\(apply.artifacts)/imprune.state.tags-") })
    #expect(try gitHost.place.text(file).contains("\t\(Self.ids[0])\t[\"vip\"]\n"))
  }
}
