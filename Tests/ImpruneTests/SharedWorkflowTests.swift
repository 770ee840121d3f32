import Foundation
import TestSupport
import Testing

/// The workflows of `examples/` for a shared state, with their steps run against the sandbox in their own
/// repository. A file outside of the repository stands for the state, except in the tests that need a store.
@Suite struct SharedWorkflowTests {
  private static let ids = madeIDs(1...130)
  private static let workflow = "imprune-shared-state.yml"

  private let gitHost: FakeGitHost
  private let sandbox: Sandbox

  init() throws {
    gitHost = try FakeGitHost()
    // The first changing calls are the probe, the clear, and two of the ramp; the fifth takes effect but gets no
    // response.
    sandbox = try Sandbox([
      "--edition", "ultimate", "--enabled", "account_deletion,tag_push", "--users", "140", "--tags",
      "vip", "--fault", "stall-after:5", "--latency", "20",
    ])
  }

  // MARK: - Scenes

  /// A state, and what the roles of a workflow get to reach it.
  private struct Store {
    var state: String
    var reader: [String: String]
    var writer: [String: String]
  }

  private func fileStore() throws -> Store {
    try gitHost.place.makeFolder("store")
    return Store(
      state: gitHost.place.path("store/imprune.state"), reader: ["AWS_ACCESS_KEY_ID": "reader"],
      writer: ["AWS_ACCESS_KEY_ID": "writer"])
  }

  private func objectStore() throws -> Store {
    let address = ProcessInfo.processInfo.environment["IMPRUNE_TEST_S3"] ?? ""
    let endpoint = "http://\(address)"
    return Store(
      state: "s3://imprune-tests/\(UInt64.random(in: .min ... .max))/imprune.state",
      reader: try #require(StoreSession.reader).environment(endpoint: endpoint),
      writer: try #require(StoreSession.writer).environment(endpoint: endpoint))
  }

  /// The removal of these users, with a clear of the tags of the last.
  private func manifest(_ ids: some Collection<String>) -> String {
    let users = ids.dropLast().map { "  - {id: \($0), account: absent}" }
    return manifestText(
      port: sandbox.port,
      users: (users + ids.suffix(1).map { "  - {id: \($0), tags: []}" }).joined(separator: "\n"))
  }

  /// The repository with one user on main, and all in a pull request.
  private func setUp(_ store: Store) throws {
    try gitHost.setUp(manifest(Self.ids.suffix(1)), stateAt: store.state, store.writer)
    try gitHost.commit(["imprune.yaml": manifest(Self.ids)], to: "refs/pull/1/merge")
  }

  private func merge() throws {
    try gitHost.git("update-ref", "refs/heads/main", "refs/pull/1/merge", in: "remote.git")
  }

  private func expectAllDone(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let histories = try sandbox.histories()
    #expect(histories.map(\.id) == Self.ids, sourceLocation: sourceLocation)
    #expect(
      histories.dropLast().allSatisfy { $0.removed == 1 && $0.cleared == 0 },
      sourceLocation: sourceLocation)
    #expect(histories.last?.cleared == 1, sourceLocation: sourceLocation)
  }

  // MARK: - GitHub

  private func onMain(_ store: Store) throws -> GitHubRun {
    let run = try GitHubRun(
      Self.workflow, gitHost, event: "push", ref: "refs/heads/main",
      secrets: [
        "IMPRUNE_SECRET_KEY": Sandbox.key, "IMPRUNE_POLICY_TEXT": "version: 1\nmax_removals: 129\n",
      ])
    run.replaced = ["IMPRUNE_STATE": store.state]
    run.roles = ["imprune-read": store.reader, "imprune-write": store.writer]
    return run
  }

  private func onPullRequest(_ store: Store, from repository: String = "o/r") throws -> GitHubRun {
    let run = try GitHubRun(
      Self.workflow, gitHost, event: "pull_request", ref: "refs/pull/1/merge")
    run.replaced = ["IMPRUNE_STATE": store.state]
    run.roles = ["imprune-read": store.reader]
    run.values.merge([
      "github.base_ref": "main", "github.repository": "o/r",
      "github.event.pull_request.head.repo.full_name": repository,
    ]) { $1 }
    return run
  }

  /// Plans, merges and applies, with an apply that is killed and a run that continues.
  private func playGitHub(_ store: Store) throws {
    try setUp(store)
    let request = try onPullRequest(store)
    let review = try #require(try request.run("review"))
    #expect(!review.hasFailed, "\(review.steps)")
    #expect(review.credentials["AWS_ACCESS_KEY_ID"] == store.reader["AWS_ACCESS_KEY_ID"])
    let comment = try gitHost.place.text("\(review.folder)/comment.md")
    #expect(comment.contains("state serial 0"))
    #expect(comment.contains("129 to remove"))
    #expect(try request.run("plan") == nil && request.run("apply") == nil)

    try merge()
    let first = try onMain(store)
    let plan = try #require(try first.run("plan"))
    #expect(plan.outputs["token"]?.hasPrefix("129r-1c-") == true)
    #expect(plan.credentials["AWS_ACCESS_KEY_ID"] == store.reader["AWS_ACCESS_KEY_ID"])
    first.during["Apply"] = { process in
      let isUnderWay = try eventually { try sandbox.counters().removed > 11 }
      #expect(isUnderWay)
      // The shell's own process: `exec` has replaced it with imprune.
      process.signal(SIGKILL)
    }
    let killed = try #require(try first.run("apply"))
    #expect(killed.hasFailed && killed.steps["Apply"]?.code == nil)
    #expect(killed.credentials["AWS_ACCESS_KEY_ID"] == store.writer["AWS_ACCESS_KEY_ID"])

    let second = try onMain(store)
    #expect(try second.run("plan")?.outputs["has_changes"] == "true")
    let apply = try #require(try second.run("apply"))
    #expect(!apply.hasFailed, "\(apply.steps)")
    let kept = try #require(second.artifacts["imprune-report"])
    #expect(gitHost.place.exists("\(kept)/report.json"))
    let third = try onMain(store)
    #expect(try third.run("plan")?.outputs["has_changes"] == "false")
    #expect(try third.run("apply") == nil)
    // The set-up and the change: no run has pushed anything.
    #expect(try gitHost.messages.count == 2)
    try expectAllDone()
    let tokens = [store.reader, store.writer].compactMap { $0["AWS_SESSION_TOKEN"] }
    try gitHost.place.expectNoSecrets([Sandbox.key] + tokens)
  }

  @Test func `GitHub's workflow for a shared state plans, applies, and continues a killed apply`()
    throws
  {
    try playGitHub(fileStore())
  }

  @Test(.enabled(if: StoreSession.writer != nil, "needs a session; run .ci/test-stores"))
  func `GitHub's workflow for a shared state works with roles and a real store`() throws {
    let store = try objectStore()
    try playGitHub(store)
    // The killed apply has cleared the tags; their file is an artifact of that run, as is no state.
    let kept = gitHost.place.names.filter { $0.hasPrefix("artifacts/") }
    #expect(kept.contains { $0.contains("/imprune.state.tags-") })
    #expect(!kept.contains { $0.hasSuffix("/imprune.state") })
  }

  @Test func `a run for a fork gets no role and compares with no state`() throws {
    let store = try fileStore()
    try setUp(store)
    let run = try onPullRequest(store, from: "someone/r")
    // A fork has no role: an attempt to get one fails the test.
    run.roles = [:]
    let review = try #require(try run.run("review"))
    #expect(!review.hasFailed, "\(review.steps)")
    #expect(review.credentials.isEmpty)
    let comment = try gitHost.place.text("\(review.folder)/comment.md")
    #expect(comment.contains("no state."))
    #expect(comment.contains("**Warning:** imprune compared with no state"))
    #expect(comment.contains("this change (against `origin/main...`): 129 to remove"), "\(comment)")
  }

  @Test func `roles for the state are given to the right jobs, and only the apply has a secret`()
    throws
  {
    let run = try GitHubRun(Self.workflow, gitHost, event: "", ref: "")
    #expect(run.workflow["permissions"] == .object([:]))
    #expect(run.workflow["on"]?.object?["pull_request_target"] == nil)
    for (name, job) in run.workflow["jobs"]?.object ?? [:] {
      let isApply = name == "apply"
      #expect(
        run.permissions(job) == ["contents": .string("read"), "id-token": .string("write")])
      #expect((job["environment"] == .string("imprune")) == isApply)
      // A container would swallow the signal of a canceled run.
      #expect(job["container"] == nil)
      var roles: [String] = []
      for step in job["steps"]?.array ?? [] {
        #expect(step["run"]?.string?.contains("${{") != true)
        let uses = step["uses"]?.string ?? ""
        #expect(
          uses.isEmpty
            || uses.wholeMatch(of: /(?:actions|aws-actions)\/[a-z-]+@[0-9a-f]{40}/) != nil)
        #expect(!uses.contains("download-artifact"))
        if uses.hasPrefix("actions/checkout@") {
          #expect(step["with"]?["persist-credentials"] == .bool(false))
        }
        if let role = step["with"]?["role-to-assume"]?.string {
          roles.append(role)
          let condition = "github.event.pull_request.head.repo.full_name == github.repository"
          #expect(step["if"]?.string == (name == "review" ? condition : nil))
        }
        let secrets = (step["env"]?.object ?? [:]).filter {
          $0.value.string?.contains("secrets.") == true
        }
        #expect(
          secrets.keys.elementsEqual(
            isApply && step["name"] == .string("Apply") ? ["IMPRUNE_SECRET_KEY"] : []))
      }
      let role = isApply ? "imprune-write" : "imprune-read"
      #expect(roles == ["arn:aws:iam::ACCOUNT:role/\(role)"], "\(name)")
    }
  }

  // MARK: - GitLab

  private func pipeline(_ store: Store, _ variables: [String: String]) throws -> GitLabPipeline {
    try gitHost.place.write("key", Sandbox.key)
    try gitHost.place.write("policy", "version: 1\nmax_removals: 129\n")
    // What the commands of the scripts get for GitLab.
    try gitHost.tool(
      "imprune",
      """
      echo "$TF_HTTP_USERNAME $TF_HTTP_PASSWORD" >>'\(gitHost.place.path("logins"))'
      exec '\(Built.imprune)' "$@"
      """)
    let server = [
      "CI_SERVER_HOST": "gitlab.invalid", "CI_SERVER_PORT": "443", "CI_PROJECT_ID": "7",
      "CI_JOB_TOKEN": "JOB",
    ]
    let pipeline = try GitLabPipeline(
      gitHost, file: "shared-state.gitlab-ci.yml", variables: server.merging(variables) { $1 },
      secrets: [
        "IMPRUNE_SECRET_KEY_FILE": gitHost.place.path("key"),
        "IMPRUNE_POLICY": gitHost.place.path("policy"),
      ])
    pipeline.replaced = ["IMPRUNE_STATE": store.state]
    return pipeline
  }

  private func pipelineOnMain(_ store: Store) throws -> GitLabPipeline {
    try pipeline(store, ["CI_COMMIT_BRANCH": "main", "CI_PIPELINE_SOURCE": "push"])
  }

  /// The pipeline of a merge request from the project with this number.
  private func onMergeRequest(_ store: Store, from source: String) throws -> GitLabPipeline {
    let base = try gitHost.git("rev-parse", "main", in: "remote.git")
    return try pipeline(
      store,
      [
        "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_PROJECT_ID": "7",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": source,
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base.trimmingCharacters(in: .newlines),
      ])
  }

  @Test func `GitLab's pipeline for a shared state plans, applies, and continues a killed apply`()
    throws
  {
    let store = try fileStore()
    try setUp(store)
    let request = try onMergeRequest(store, from: "7")
    let review = try #require(try request.run("review", at: "refs/pull/1/merge"))
    #expect(review.script.code == 0, "\(review.script)")
    #expect(
      review.given
        == FakeGitHost.release.merging([
          "GIT_DEPTH": "0", "IMPRUNE_POLICY": "",
          "IMPRUNE_STATE": "gitlab://gitlab.invalid:443/7/imprune",
        ]) { $1 })
    let comment = try gitHost.place.text("\(review.artifacts)/comment.md")
    #expect(comment.contains("state serial 0") && comment.contains("129 to remove"))
    #expect(try request.run("plan") == nil && request.run("apply") == nil)

    try merge()
    let first = try pipelineOnMain(store)
    #expect(try first.run("plan")?.outputs["PLAN_TOKEN"]?.hasPrefix("129r-1c-") == true)
    first.during["apply"] = { process in
      let isUnderWay = try eventually { try sandbox.counters().removed > 11 }
      #expect(isUnderWay)
      process.signal(SIGKILL)
    }
    #expect(try first.run("apply")?.script.code == nil)

    let second = try pipelineOnMain(store)
    _ = try second.run("plan")
    let apply = try #require(try second.run("apply"))
    #expect(apply.script.code == 0, "\(apply.script)")
    #expect(gitHost.place.exists("\(apply.artifacts)/report.json"))
    let third = try pipelineOnMain(store)
    #expect(try third.run("plan")?.outputs["PLAN_TOKEN"]?.hasPrefix("0r-0c-") == true)
    #expect(try gitHost.messages.count == 2)
    try expectAllDone()
    let logins = try gitHost.place.text("logins").split(separator: "\n")
    #expect(logins.count == 6 && logins.allSatisfy { $0 == "gitlab-ci-token JOB" }, "\(logins)")
    try gitHost.place.remove("key")
    try gitHost.place.expectNoSecrets()
  }

  @Test func `the pipeline of a fork compares with no state`() throws {
    let store = try fileStore()
    try setUp(store)
    let request = try onMergeRequest(store, from: "8")
    let review = try #require(try request.run("review", at: "refs/pull/1/merge"))
    #expect(review.script.code == 0, "\(review.script)")
    let comment = try gitHost.place.text("\(review.artifacts)/comment.md")
    #expect(comment.contains("**Warning:** imprune compared with no state"), "\(comment)")
  }
}
