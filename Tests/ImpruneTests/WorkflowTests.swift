import Foundation
import TestSupport
import Testing

/// The workflows of `examples/`, with their steps run against the sandbox in their own repository.
@Suite struct WorkflowTests {
  private static let environment = [
    "IMPRUNE_SECRET_KEY": Sandbox.key, "IMPRUNE_POLICY_TEXT": "version: 1\nmax_removals: 130\n",
  ]
  private static let ids = madeIDs(1...130)

  let gitHost: FakeGitHost

  init() throws {
    gitHost = try FakeGitHost()
  }

  // MARK: - Scenes

  private func sandbox(_ options: String...) throws -> Sandbox {
    try Sandbox(
      ["--edition", "ultimate", "--enabled", "account_deletion", "--users", "140"] + options)
  }

  private func manifest(_ ids: [String], _ sandbox: Sandbox) -> String {
    manifestText(
      port: sandbox.port,
      users: ids.map { "  - {id: \($0), account: absent}" }.joined(separator: "\n"))
  }

  private func setUp(_ sandbox: Sandbox) throws {
    try gitHost.setUp(manifest(Array(Self.ids[..<1]), sandbox))
  }

  private func onMain(_ environment: [String: String] = environment) throws -> GitHubRun {
    try GitHubRun(
      "imprune.yml", gitHost, event: "push", ref: "refs/heads/main", secrets: environment)
  }

  private func onPullRequest(_ number: Int = 1) throws -> GitHubRun {
    let run = try GitHubRun(
      "imprune.yml", gitHost, event: "pull_request", ref: "refs/pull/\(number)/merge",
      secrets: Self.environment)
    run.values["github.base_ref"] = "main"
    return run
  }

  /// Runs plan and apply to their ends.
  @discardableResult
  private func applyAll(sourceLocation: SourceLocation = #_sourceLocation) throws -> GitHubRun.Job {
    let run = try onMain()
    #expect(try run.run("plan")?.hasFailed == false, sourceLocation: sourceLocation)
    let apply = try #require(try run.run("apply"), sourceLocation: sourceLocation)
    #expect(!apply.hasFailed, "\(apply.steps)", sourceLocation: sourceLocation)
    return apply
  }

  /// Checks that the state on main and the service agree, and that there is nothing left to do.
  private func expectAllDone(
    _ sandbox: Sandbox, ids: [String] = ids, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let run = try onMain()
    #expect(try run.run("plan")?.outputs["has_changes"] == "false", sourceLocation: sourceLocation)
    #expect(try run.run("apply") == nil, sourceLocation: sourceLocation)
    let done = try recorded()
    #expect(done.map(\.id) == ids, sourceLocation: sourceLocation)
    #expect(
      done.allSatisfy { ["removed", "already-absent"].contains($0.outcome) },
      sourceLocation: sourceLocation)
    let histories = try sandbox.histories()
    #expect(histories.map(\.id) == ids, sourceLocation: sourceLocation)
    #expect(histories.allSatisfy { $0.removed == 1 }, sourceLocation: sourceLocation)
    try gitHost.place.expectNoSecrets(sourceLocation: sourceLocation)
  }

  private struct Recorded {
    var id: String
    var outcome: String
    var run: String
  }

  private func recorded() throws -> [Recorded] {
    try gitHost.text("imprune.state").split(separator: "\n").compactMap { line in
      let columns = line.split(separator: "\t").map(String.init)
      guard columns.count == 10 else { return nil }
      return Recorded(id: columns[0], outcome: columns[3], run: columns[5])
    }
  }

  // MARK: - A change from plan to apply

  @Test func `the workflow plans, merges, approves and applies a change`() throws {
    let sandbox = try sandbox()
    try setUp(sandbox)
    try gitHost.commit(["imprune.yaml": manifest(Self.ids, sandbox)], to: "refs/pull/1/merge")
    let review = try #require(try onPullRequest().run("review"))
    #expect(!review.hasFailed, "\(review.steps)")
    let comment = try gitHost.place.text("\(review.folder)/comment.md")
    #expect(comment.utf8.count <= 60_000)
    #expect(comment.hasPrefix("<!-- imprune-plan: 1400000000 imprune.yaml -->\n"))
    #expect(comment.contains("130 to remove"))
    #expect(try onPullRequest().run("plan") == nil)
    #expect(try onPullRequest().run("apply") == nil)

    try gitHost.git("update-ref", "refs/heads/main", "refs/pull/1/merge", in: "remote.git")
    let run = try onMain()
    #expect(try run.run("review") == nil)
    let plan = try #require(try run.run("plan"))
    #expect(plan.outputs["has_changes"] == "true")
    let token = try #require(plan.outputs["token"])
    #expect(token.hasPrefix("130r-0c-"))
    let summary = try gitHost.place.text("\(plan.folder)-files/summary.md")
    #expect(Self.ids.allSatisfy(summary.contains))
    let apply = try #require(try run.run("apply"))
    #expect(!apply.hasFailed, "\(apply.steps)")
    #expect(apply.environments["Apply"]?["TOKEN"] == token)
    #expect(try gitHost.messages.first == "Record what imprune did")
    let kept = try #require(run.artifacts["imprune-state"])
    #expect(try gitHost.place.text("\(kept)/imprune.state") == gitHost.text("imprune.state"))
    #expect(gitHost.place.exists("\(kept)/report.json"))
    try expectAllDone(sandbox)
  }

  // MARK: - Interruptions

  @Test(arguments: [SIGKILL, SIGINT])
  func `the workflow keeps the state of an interrupted apply, and the next run continues`(
    signal: Int32
  ) throws {
    // The first changing call is the probe, and the ramp takes two; the fourth takes effect but
    // gets no response.
    let sandbox = try sandbox("--fault", "stall-after:4", "--latency", "20")
    try setUp(sandbox)
    try gitHost.commit(["imprune.yaml": manifest(Self.ids, sandbox)])
    let run = try onMain()
    _ = try run.run("plan")
    run.during["Apply"] = { process in
      // The shell's own process: `exec` has replaced it with imprune.
      let isUnderWay = try eventually { try sandbox.counters().removed > 11 }
      #expect(isUnderWay)
      process.signal(signal)
    }
    let apply = try #require(try run.run("apply"))
    #expect(apply.hasFailed)
    #expect(apply.steps["Apply"]?.code == (signal == SIGKILL ? nil : 130))
    #expect(apply.steps["Keep the state"]?.code == 0, "\(apply.steps)")
    #expect(try gitHost.messages.first == "Record what imprune did")
    let outcomes = try recorded()
    #expect(outcomes.count { $0.outcome == "removed" } >= 11)
    #expect(outcomes.count { $0.outcome == "removed" } < 130)
    #expect(run.artifacts["imprune-state"] != nil)
    try applyAll()
    try expectAllDone(sandbox)
  }

  @Test func `the workflow keeps a journal that cannot be folded`() throws {
    let sandbox = try sandbox()
    try setUp(sandbox)
    let run = try onMain()
    _ = try run.run("plan")
    run.rewrite = {
      $0.replacing("exec imprune apply", with: "echo broken > imprune.state.journal; exit 1 #")
    }
    let apply = try #require(try run.run("apply"))
    #expect(apply.steps["Keep the state"]?.code == 1)
    let kept = try #require(run.artifacts["imprune-state"])
    #expect(try gitHost.place.text("\(kept)/imprune.state.journal") == "broken\n")
    #expect(try gitHost.messages.count == 1)
  }

  @Test func `the workflow keeps the tags of cleared users outside the repository`() throws {
    let sandbox = try Sandbox([
      "--edition", "ultimate", "--enabled", "tag_push", "--users", "3", "--tags", "vip",
    ])
    try gitHost.setUp(
      manifestText(port: sandbox.port, users: "  - {id: \(Self.ids[0]), tags: []}"))
    let run = try onMain()
    _ = try run.run("plan")
    let apply = try #require(try run.run("apply"))
    #expect(!apply.hasFailed, "\(apply.steps)")
    let kept = try #require(run.artifacts["imprune-state"])
    let file = try #require(
      gitHost.place.names.first { $0.hasPrefix("\(kept)/imprune.state.tags-") })
    #expect(try gitHost.place.text(file).contains("\t\(Self.ids[0])\t[\"vip\"]\n"))
    #expect(try !gitHost.git("ls-tree", "--name-only", "main", in: "remote.git").contains("tags-"))
  }

  @Test func `the workflow keeps a state behind a link in the linked file`() throws {
    let sandbox = try sandbox()
    try setUp(sandbox)
    let folder = try gitHost.clone()
    try gitHost.place.makeFolder("\(folder)/states")
    try gitHost.git("mv", "imprune.state", "states/app.state", in: folder)
    try gitHost.place.link("\(folder)/imprune.state", to: "states/app.state")
    try gitHost.git("add", "--all", in: folder)
    try gitHost.git("commit", "--quiet", "--message", "Move the state", in: folder)
    try gitHost.git("push", "--quiet", "origin", "HEAD:main", in: folder)
    try applyAll()
    #expect(
      try gitHost.text("states/app.state").contains("user_0000001\tremove-account\t1\tremoved"))
    // The next run knows it.
    #expect(try onMain().run("plan")?.outputs["has_changes"] == "false")
  }

  @Test func `the artifact of the workflow contains no file that a committed link leads to`() throws
  {
    let sandbox = try sandbox()
    try setUp(sandbox)
    let folder = try gitHost.clone()
    let links = ["imprune.state.tags-x", "report.json"]
    for name in links { try gitHost.place.link("\(folder)/\(name)", to: ".git/config") }
    try gitHost.place.makeFolder("\(folder)/imprune.state.tags-y")
    try gitHost.place.link("\(folder)/imprune.state.tags-y/config", to: "../.git/config")
    try gitHost.git("add", "--force", "--all", in: folder)
    try gitHost.git("commit", "--quiet", "--message", "Add links", in: folder)
    try gitHost.git("push", "--quiet", "origin", "HEAD:main", in: folder)
    let run = try onMain()
    _ = try run.run("plan")
    // imprune does not write the report through a link.
    #expect(try run.run("apply")?.steps["Apply"]?.code == 64)
    let kept = try #require(run.artifacts["imprune-state"])
    #expect(links.allSatisfy { !gitHost.place.exists("\(kept)/\($0)") })
    #expect(!gitHost.place.exists("\(kept)/imprune.state.tags-y/config"))
    #expect(gitHost.place.exists("\(kept)/imprune.state"))
  }

  // MARK: - Concurrent runs

  @Test func `a workflow run that waited for another plans on its result`() throws {
    let sandbox = try sandbox()
    try setUp(sandbox)
    let later = try onMain()
    try applyAll()
    #expect(try later.run("plan")?.outputs["has_changes"] == "false")
  }

  @Test func `the workflow builds on a commit pushed in the meantime`() throws {
    let sandbox = try sandbox()
    try setUp(sandbox)
    let run = try onMain()
    _ = try run.run("plan")
    run.before["Keep the state"] = { try gitHost.commit(["notes.txt": "unrelated"]) }
    let apply = try #require(try run.run("apply"))
    #expect(!apply.hasFailed, "\(apply.steps)")
    #expect(try gitHost.text("notes.txt") == "unrelated")
    try expectAllDone(sandbox, ids: Array(Self.ids[..<1]))
  }

  @Test func `the workflow does not apply a manifest that changed after the plan`() throws {
    let sandbox = try sandbox()
    try setUp(sandbox)
    let run = try onMain()
    _ = try run.run("plan")
    try gitHost.commit(["imprune.yaml": manifest(Array(Self.ids[..<2]), sandbox)])
    let apply = try #require(try run.run("apply"))
    #expect(apply.hasFailed)
    #expect(apply.steps["Apply"]?.code == 5)
    #expect(apply.steps["Keep the state"]?.code == 0)
    #expect(try sandbox.counters().calls.values.allSatisfy { $0.total == 0 })
    #expect(try gitHost.messages.count == 2)
  }

  @Test(arguments: [(nil, 1), ("version: 1\nmax_removals: 0\n", 4)] as [(String?, Int32)])
  func `the workflow applies only what the policy of the environment allows`(
    policy: String?, code: Int32
  ) throws {
    let sandbox = try sandbox()
    try setUp(sandbox)
    // A policy in the repository does not count.
    try gitHost.commit(["policy.yaml": "version: 1\nmax_removals: 130\n"])
    var environment = Self.environment
    environment["IMPRUNE_POLICY_TEXT"] = policy
    let run = try onMain(environment)
    _ = try run.run("plan")
    #expect(try run.run("apply")?.steps["Apply"]?.code == code)
    #expect(try sandbox.counters().calls.values.allSatisfy { $0.total == 0 })
  }

  @Test func `two workflow runs from one commit lose nothing`() throws {
    let sandbox = try sandbox()
    try setUp(sandbox)
    let (ours, theirs) = (Array(Self.ids[..<60]), Array(Self.ids[60...]))
    try gitHost.commit([
      "imprune.yaml": manifest(ours, sandbox), "theirs.yaml": manifest(theirs, sandbox),
    ])
    let first = try onMain()
    let second = try onMain()
    second.rewrite = {
      $0.replacing("imprune plan", with: "imprune plan theirs.yaml --state imprune.state")
        .replacing("imprune apply", with: "imprune apply theirs.yaml --state imprune.state")
    }
    _ = try first.run("plan")
    _ = try second.run("plan")
    // The first run has been checked out and has applied its part when the second begins; the
    // second's state is on main before the first's.
    first.before["Apply"] = {
      let apply = try second.run("apply")
      #expect(apply?.hasFailed == false)
    }
    try race(with: "notes.txt")
    let apply = try #require(try first.run("apply"))
    #expect(!apply.hasFailed, "\(apply.steps)")
    let merged = try recorded()
    #expect(merged.map(\.id) == Self.ids)
    #expect(Set(merged.map(\.run)).count == 2)
    #expect(try gitHost.text("notes.txt") == "meanwhile\n")
    try expectAllDone(sandbox)
  }

  /// Makes someone else push before the next push, which is then refused.
  private func race(with name: String) throws {
    let folder = try gitHost.clone()
    let script = """
      cd '\(gitHost.place.path(folder))'
      git pull --quiet && echo meanwhile > \(name) && git add \(name)
      git -c user.name=B -c user.email=b@b.invalid commit --quiet --message Race
      git push --quiet
      """
    try gitHost.place.write("race.sh", script.replacing("git ", with: "/usr/bin/git "))
    try gitHost.tool(
      "git",
      """
      case "$*" in
        push*) if mkdir '\(gitHost.place.path("raced"))' 2>/dev/null; then
            sh '\(gitHost.place.path("race.sh"))'
          fi ;;
      esac
      exec /usr/bin/git "$@"
      """)
  }

  @Test func `a state that cannot be pushed fails the job and is in the artifact`() throws {
    let sandbox = try sandbox()
    try setUp(sandbox)
    try gitHost.tool("git", #"case "$*" in push*) exit 1 ;; esac; exec /usr/bin/git "$@""#)
    let run = try onMain()
    _ = try run.run("plan")
    let apply = try #require(try run.run("apply"))
    #expect(apply.hasFailed)
    #expect(apply.steps["Apply"]?.code == 0)
    let keep = try #require(apply.steps["Keep the state"])
    #expect(keep.code == 1)
    #expect(keep.error.contains("in the artifact imprune-state"))
    let kept = try #require(run.artifacts["imprune-state"])
    #expect(try gitHost.place.text("\(kept)/imprune.state").contains("\(Self.ids[0])\t"))
  }

  // MARK: - Without secrets

  @Test(.enabled(if: OfflineTests.canUnshare(), "no network namespace can be made here"))
  func `a fork without secrets and network gets the same comment`() throws {
    let sandbox = try sandbox()
    try setUp(sandbox)
    try gitHost.commit(["imprune.yaml": manifest(Self.ids, sandbox)], to: "refs/pull/1/merge")
    let ours = try #require(try onPullRequest().run("review"))
    let fork = try onPullRequest()
    fork.prefix = ["/usr/bin/unshare"] + OfflineTests.unshare
    let theirs = try #require(try fork.run("review"))
    #expect(!theirs.hasFailed, "\(theirs.steps)")
    let comments = try [ours, theirs].map { try gitHost.place.bytes("\($0.folder)/comment.md") }
    #expect(comments[0] == comments[1])
    #expect(comments[0].count > 1000)
  }

  @Test func `the plan of a pull request does not count what others merged since`() throws {
    let sandbox = try sandbox()
    try setUp(sandbox)
    let ours = manifest(Array(Self.ids[..<2]), sandbox)
    try gitHost.commit(["imprune.yaml": ours], to: "refs/pull/1/merge")
    try gitHost.commit(["imprune.yaml": manifest(Array(Self.ids[5..<6]), sandbox)])
    let review = try #require(try onPullRequest().run("review"))
    let comment = try gitHost.place.text("\(review.folder)/comment.md")
    // The first user was on main when the pull request branched off.
    #expect(comment.contains("): 1 to remove, 0 to clear; the backlog: 1 to remove"), "\(comment)")
  }

  @Test func `a refused plan still gives its comment`() throws {
    let sandbox = try sandbox()
    try setUp(sandbox)
    try gitHost.commit(
      ["imprune.yaml": manifest(["administrator"], sandbox)], to: "refs/pull/1/merge")
    let run = try onPullRequest()
    let review = try #require(try run.run("review"))
    #expect(review.steps["Plan"]?.code == 4)
    #expect(run.artifacts["imprune-comment"] != nil)
    // A manifest with errors gets a comment too, so that no older plan is mistaken for its own;
    // warnings are in it.
    let caseTwins = manifest(["anna", "Anna"], sandbox)
    try gitHost.commit(["imprune.yaml": caseTwins], to: "refs/pull/2/merge")
    let broken = try #require(try onPullRequest(2).run("review"))
    #expect(broken.steps["Plan"]?.code == 1)
    let comment = try gitHost.place.text("\(broken.folder)/comment.md")
    #expect(comment.hasPrefix(Self.mark + "\n### No plan for app 1400000000\n"))
    #expect(comment.contains("Ids that differ only by case [case-twins]"))
    // Only a manifest without the app has none.
    try gitHost.commit(["imprune.yaml": "version: 2\n"], to: "refs/pull/3/merge")
    let withoutApp = try onPullRequest(3)
    #expect(try withoutApp.run("review")?.steps["Plan"]?.code == 1)
    #expect(withoutApp.artifacts.isEmpty)
  }

  // MARK: - Security of the workflows

  @Test(arguments: ["imprune.yml", "imprune-comment.yml"])
  func `no text of a pull request reaches a secret or a shell`(name: String) throws {
    let run = try GitHubRun(name, gitHost, event: "", ref: "")
    let workflow = run.workflow
    #expect(workflow["permissions"] == .object([:]))
    #expect(workflow["on"]?.object?["pull_request_target"] == nil)
    for (name, job) in workflow["jobs"]?.object ?? [:] {
      let isApply = name == "apply"
      let permissions = run.permissions(job)
      let writes = permissions.filter { $0.value == .string("write") }.keys
      #expect(
        writes.elementsEqual(isApply ? ["contents"] : name == "comment" ? ["pull-requests"] : []))
      #expect((job["environment"] == .string("imprune")) == isApply)
      // A container would swallow the signal of a canceled run.
      #expect(job["container"] == nil)
      for step in job["steps"]?.array ?? [] {
        // An expression in a script is text that anyone may have written, executed with our
        // permissions.
        #expect(step["run"]?.string?.contains("${{") != true)
        let uses = step["uses"]?.string
        #expect(uses?.wholeMatch(of: /actions\/[a-z-]+@[0-9a-f]{40}/) != nil || uses == nil)
        let keepsCredentials = step["with"]?["persist-credentials"] != .bool(false)
        #expect(uses?.hasPrefix("actions/checkout") != true || keepsCredentials == isApply)
        let secrets = (step["env"]?.object ?? [:]).filter {
          $0.value.string?.contains("secrets.") == true
        }
        #expect(
          secrets.keys.elementsEqual(
            isApply && step["name"] == .string("Apply") ? ["IMPRUNE_SECRET_KEY"] : []))
        // Only the comment workflow uses what a pull request's run has kept.
        #expect(uses?.contains("download-artifact") != true || name == "comment")
      }
    }
  }

  @Test func `the workflow of a pull request gets no secret`() throws {
    let sandbox = try sandbox()
    try setUp(sandbox)
    try gitHost.commit(["imprune.yaml": manifest(Self.ids, sandbox)], to: "refs/pull/1/merge")
    let review = try #require(try onPullRequest().run("review"))
    let base = FakeGitHost.release.merging([
      "BASE": "origin/main...", "IMPRUNE_POLICY": "",
    ]) { $1 }
    #expect(review.environments["Plan"] == base)
    let run = try onMain()
    #expect(
      try run.run("plan")?.environments["Plan"]
        == FakeGitHost.release.merging(["IMPRUNE_POLICY": ""]) { $1 })
    #expect(try run.run("apply")?.environments["Keep the state"] == FakeGitHost.release)
    #expect(
      try gitHost.git("remote", "get-url", "--push", "origin", in: review.folder) == "/refused\n")
  }

  // MARK: - The comment

  /// Runs the comment workflow with a `gh` that records its calls; returns them.
  private func comment(
    _ text: String?, number: String = "7\n", comments: String = ""
  ) throws -> [String] {
    try gitHost.place.write("gh/number", number)
    try gitHost.place.write("gh/comments", comments)
    try gitHost.place.write("gh/calls", "")
    try gitHost.tool(
      "gh",
      """
      cd '\(gitHost.place.path("gh"))'
      printf '%s ' "$@" | tr '\\n' ' ' >> calls; echo "as $GH_TOKEN by $MARK" >> calls
      case "$*" in
        *'/pulls '*) cat number ;;
        *'--paginate '*) cat comments ;;
      esac
      """)
    let run = try GitHubRun(
      "imprune-comment.yml", gitHost, event: "workflow_run", ref: "")
    if let text {
      try gitHost.place.write("given/comment.md", text)
      run.artifacts["imprune-comment"] = "given"
    }
    run.values.merge([
      "github.token": "T", "github.repository": "o/r", "github.event.workflow_run.id": "9",
      "github.event.workflow_run.event": "pull_request",
      "github.event.workflow_run.head_sha": "c0ffee",
      "github.event.workflow_run.head_repository.owner.login": "someone",
      "github.event.workflow_run.head_branch": "$(touch hacked)`id`;x",
    ]) { $1 }
    let job = try #require(try run.run("comment"))
    #expect(!job.hasFailed, "\(job.steps)")
    #expect(!gitHost.place.names.contains { $0.hasSuffix("hacked") })
    return try gitHost.place.text("gh/calls").split(separator: "\n").map(String.init)
  }

  private static let mark = "<!-- imprune-plan: 1400000000 imprune.yaml -->"

  @Test func `the workflow creates one comment and then replaces it`() throws {
    let text = Self.mark + "\n# Plan\n"
    let first = try comment(text)
    #expect(first.count == 3)
    #expect(
      first[0].hasPrefix(
        "api --method GET repos/o/r/pulls -f state=open -f head=someone:$(touch hacked)`id`;x "))
    #expect(first[1].hasPrefix("api --paginate repos/o/r/issues/7/comments "))
    #expect(
      first[2].hasPrefix(
        "api --silent --method POST repos/o/r/issues/7/comments -F body=@comment.md "))
    #expect(first.allSatisfy { $0.hasSuffix("as T by \(Self.mark)") })
    let second = try comment(text, comments: "31\n32\n")
    #expect(second.count == 3)
    #expect(
      second[2].hasPrefix(
        "api --silent --method PATCH repos/o/r/issues/comments/31 -F body=@comment.md "))
  }

  @Test func `the workflow skips other comments and runs without a pull request`() throws {
    #expect(try comment(nil) == [])
    #expect(try comment("# Plan\n") == [])
    #expect(try comment("<!-- other -->\n\(Self.mark)\n") == [])
    #expect(try comment("") == [])
    #expect(try comment(Self.mark + "\n", number: "").count == 1)
  }
}
