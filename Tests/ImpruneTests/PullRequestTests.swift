import Foundation
import PruneCore
import TestSupport
import Testing

/// A throw-away repository with a remote: what a pull request may do to rules and state, and what a
/// plan against its base says.
@Suite struct PullRequestTests {
  let place: TemporaryWorkspace

  /// A remote with main, and a clone of it in `work`: a manifest with two users who were removed,
  /// and the state that says so.
  init() throws {
    place = try TemporaryWorkspace()
    try git("init", "--quiet", "--bare", "--initial-branch", "main", "remote.git", in: "")
    try git("clone", "--quiet", "remote.git", "work", in: "")
    try write(users: "{ids: [gone_1, gone_2], account: absent}")
    try place.write("work/imprune.state", state(done: ["gone_1", "gone_2"]))
    try place.write("work/.gitattributes", "*.state -text merge=imprune\n")
    try commit("the first state")
    try git("push", "--quiet", "origin", "main")
    try git("checkout", "--quiet", "-b", "change")
  }

  @discardableResult
  private func git(_ words: String..., in folder: String = "work") throws -> String {
    let process = try ChildProcess(
      "/usr/bin/git",
      ["-c", "user.name=a tester", "-c", "user.email=tester@example.invalid"]
        + ["-c", "protocol.file.allow=always"] + words,
      in: place.path(folder),
      environment: ["GIT_CONFIG_GLOBAL": "/dev/null", "HOME": place.folder])
    let result = process.end()
    #expect(result.code == 0, "git \(words): \(result.text)")
    return result.out
  }

  private func write(
    users: String, guards: String = "{max_removals: 2, protected: [ceo]}",
    to file: String = "work/imprune.yaml"
  ) throws {
    try place.write(
      file,
      """
      version: 1
      app: {sdk_app_id: 1400000000, region: china, edition: trial, enabled: [tag_push]}
      guards: \(guards)
      users:
        - \(users)

      """)
  }

  /// A state whose checksum is right, as anyone can make one with `state repair`.
  private func state(
    done: [String], serial: UInt64 = 3, lineage: UInt64 = 1
  ) throws -> [UInt8] {
    let records = try done.sorted().map { id in
      StateRecord(
        id: try #require(UserID(id)), operation: .removeAccount,
        done: .init(
          revision: .first, outcome: .removed, time: Timestamp(seconds: 1_767_322_000),
          run: RunID(7)))
    }
    let header = StateHeader(
      app: try #require(SDKAppID(1_400_000_000)), service: .live, lineage: Lineage(lineage),
      serial: serial)
    return WholeState(header: header, records: records).bytes()
  }

  /// The journal of a run that removed a user of the manifest that the state still has to do.
  private func journal(removing id: String) throws -> [UInt8] {
    let header = JournalHeader(
      app: try #require(SDKAppID(1_400_000_000)), service: .live, lineage: Lineage(1), serial: 3,
      run: RunID(8), digest: try #require(PlanDigest(hex: String(repeating: "0a", count: 32))))
    let time = Timestamp(seconds: 1_767_322_000)
    let user = JournalRecord.User(id: try #require(UserID(id)), revision: .first)
    var bytes: [UInt8] = []
    header.append(to: &bytes)
    let records: [JournalRecord] = [
      .intent(.init(number: 1, operation: .removeAccount, time: time, users: [user])),
      .outcome(.init(intent: 1, time: time, users: [.done(.removed)])),
    ]
    for record in records { record.append(to: &bytes) }
    return bytes
  }

  private func commit(_ message: String) throws {
    try git("add", "-A")
    try git("commit", "--quiet", "--message", message)
  }

  private func plan(_ words: String..., base: String = "origin/main") throws -> ProcessResult {
    try run(["plan", "--base", base] + words)
  }

  private func run(
    _ words: [String], in folder: String = "work", _ environment: [String: String] = [:]
  ) throws -> ProcessResult {
    let process = try ChildProcess(
      Built.imprune, words, in: place.path(folder),
      environment: ["PATH": "/usr/bin:/bin", "HOME": place.folder].merging(environment) { $1 })
    return place.end(process)
  }

  private static let both = "{ids: [gone_1, gone_2, ceo], account: absent}"

  // MARK: - Rules

  @Test func `a rule is loosened in one pull request and used in the next`() throws {
    try write(users: Self.both, guards: "{max_removals: 2}")
    try commit("unprotect and use")
    let refused = try plan()
    #expect(refused.code == 4, "\(refused)")
    #expect(
      refused.out.contains(
        "This change loosens rules of the manifest:\n"
          + "  ! loosened  guards.protected  removed ceo\n"))
    #expect(refused.out.contains("protected by `ceo` in guards.protected before this change"))
    let advice =
      "1 user is blocked (unprotected). Change guards.protected in a pull request of its own, and "
      + "merge that first.\n"
    #expect(refused.out.contains("\nRefused: " + advice))
    #expect(try plan("--format", "markdown").out.contains("\n- **Refused:** " + advice))
    #expect(!refused.out.contains("Token: "))

    try write(users: "{ids: [gone_1, gone_2], account: absent}", guards: "{max_removals: 2}")
    try commit("only unprotect")
    let loosened = try plan()
    #expect(loosened.code == 0, "\(loosened)")
    #expect(loosened.out.contains("! loosened  guards.protected"))
    try git("push", "--quiet", "origin", "change:main")
    try git("fetch", "--quiet", "origin")

    try git("checkout", "--quiet", "-b", "next")
    try write(users: Self.both, guards: "{max_removals: 2}")
    try commit("use")
    let goes = try plan()
    #expect(goes.code == 0, "\(goes)")
    #expect(goes.out.contains("Token: 1r-0c-"))
    #expect(!goes.out.contains("loosen"))
  }

  @Test func `each form of a plan shows loosened rules first`() throws {
    try write(users: "{ids: [gone_1, gone_2], account: absent}", guards: "{max_removals: 50}")
    try commit("loosen")
    let job = [
      "GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": place.path("outputs"),
      "GITHUB_STEP_SUMMARY": place.path("summary.md"), "GITHUB_WORKSPACE": place.path("work"),
    ]
    try place.write("outputs", "")
    try place.write("summary.md", "")
    let result = try run(
      ["plan", "--base", "origin/main", "--json-out", "plan.json"], job)
    #expect(result.code == 0, "\(result)")
    #expect(
      result.error.contains(
        "::warning file=imprune.yaml,line=3,col=24,title=Rule loosened::"
          + "guards.max_removals: 2 -> 50\n"), "\(result.out)")
    #expect(try place.text("outputs").contains("\nguards_loosened=true\nstate_edited=false\n"))
    let summary = try place.text("summary.md")
    #expect(
      summary.contains(
        "**This change loosens rules of the manifest:**\n\n```\n"
          + "! loosened  guards.max_removals  2 -> 50\n"
          + "! loosened  guards.protected     removed ceo\n```\n"))
    let document = try JSONValue(place.bytes("work/plan.json"))
    #expect(try ProgramSchema("plan").problems(in: document) == [])
    let rules = document["rule_changes"]?.array ?? []
    #expect(rules.map { $0["effect"]?.string } == ["loosened", "loosened"])
    #expect(rules.first?["before"] == .number(2) && rules.first?["after"] == .number(50))
    #expect(rules.last?["removed"] == .array([.string("ceo")]))
    let text = try plan()
    try place.expect("plan-rules", text)
    let shown = try run(["show", "plan.json"])
    let part = text.out.components(separatedBy: "\n\n")[1]
    #expect(shown.code == 0 && shown.out.contains(part), "\(shown)")
  }

  // MARK: - The state

  @Test func `a state edited by hand refuses the plan`() throws {
    try place.write("work/imprune.state", try state(done: ["gone_2"]))
    try commit("drop a record")
    for words in [[], ["--strict"]] {
      let refused = try run(["plan", "--base", "origin/main"] + words)
      #expect(refused.code == 4, "\(refused)")
      #expect(
        refused.out.contains(
          "this change edits the state, which only imprune may write: 1 record dropped (gone_1)"))
      #expect(refused.out.contains("this change (against origin/main): 1 to remove"))
    }
    let json = try run(["plan", "--base", "origin/main", "--format", "json"])
    let document = try JSONValue(Array(json.out.utf8))
    #expect(try ProgramSchema("plan").problems(in: document) == [])
    #expect(document["state_edits"]?["dropped"] == .number(1))
    #expect(
      document["refusals"]?.array?.map { $0["code"]?.string } == ["state-edited"])
    let allowed = try plan("--allow-state-edits")
    #expect(allowed.code == 0, "\(allowed)")
    #expect(allowed.out.contains("this change (against origin/main): 1 to remove"))
    let warning =
      "Warning: this change edits the state, and --allow-state-edits permits that: 1 record"
    #expect(allowed.out.contains(warning))
    #expect(try plan("--allow-state-edits", "--out", "plan.json").code == 0)
    #expect(try run(["show", "plan.json"]).out.contains(warning))
  }

  @Test func `a refusal names the command that restores the state`() throws {
    try place.makeFolder("work/a team")
    try place.write("work/a team/x.state", try state(done: ["gone_1", "gone_2"]))
    try commit("a state in a folder")
    try git("push", "--quiet", "origin", "change:main")
    try git("fetch", "--quiet", "origin")
    let base = try git("rev-parse", "HEAD").trimmingCharacters(in: .newlines)
    for (name, words) in [
      ("imprune.state", "git checkout \(base) -- imprune.state"),
      ("a team/x.state", "git -C 'a team' checkout \(base) -- x.state"),
    ] {
      try place.write("work/" + name, try state(done: []))
      try commit("edit \(name)")
      let refused = try plan("--state", name)
      let sentence = "To restore the state of the base, run `\(words)` and commit it."
      #expect(refused.out.contains(sentence), "\(refused)")
      let result = try ChildProcess(
        "/bin/sh", ["-c", words], in: place.path("work"),
        environment: ["PATH": "/usr/bin:/bin", "HOME": place.folder]
      ).end()
      #expect(result.code == 0, "\(result.text)")
      #expect(try plan("--state", name).code == 0)
    }
  }

  @Test func `with a base, a limit is to be raised in a pull request of its own`() throws {
    try write(users: "{ids: [gone_1, new_1], account: absent}", guards: "{max_removals: 0}")
    try commit("a limit")
    let raise = "raise guards.max_removals in "
    let words = raise + "a pull request of its own, and merge that first."
    for format in ["text", "markdown", "json"] {
      #expect(try plan("--format", format).out.contains(words), "\(format)")
    }
    #expect(try run(["plan"]).out.contains(raise + "the manifest."))
  }

  @Test func `ids of edited records are code in Markdown`() throws {
    let ids = ["**all good**", "[plan](https://a.b)", "`a`", "<b>"]
    try place.write("work/imprune.state", try state(done: ["gone_1", "gone_2"] + ids))
    try commit("records of a pull request")
    let markdown = try plan("--format", "markdown").out
    let line = try #require(
      markdown.split(separator: "\n").first { $0.contains("edits the state") })
    #expect(
      line.contains("4 records added (`**all good**`, `<b>`, `[plan](https://a.b)`, `` `a` ``)"),
      "\(line)")
    let allowed = try plan("--format", "markdown", "--allow-state-edits").out
    let warning = try #require(
      allowed.split(separator: "\n").first { $0.contains("--allow-state-edits") })
    #expect(warning.hasPrefix("- **Warning:**"))
    #expect(
      warning.contains("(`**all good**`, `<b>`, `[plan](https://a.b)`, `` `a` ``)"), "\(warning)")
  }

  @Test(arguments: ["deleted", "another lineage", "a link", "a journal", "not committed"])
  func `a state is edited in other ways too`(way: String) throws {
    switch way {
    case "deleted": try place.remove("work/imprune.state")
    case "another lineage":
      try place.write(
        "work/imprune.state",
        state(done: ["gone_1", "gone_2"], lineage: 9))
    case "a link":
      try place.write("work/other.state", try state(done: []))
      try place.remove("work/imprune.state")
      try place.link("work/imprune.state", to: "other.state")
    case "a journal":
      try place.write("work/imprune.state.journal", try journal(removing: "late"))
    default: try place.write("work/imprune.state", try state(done: []))
    }
    if way != "not committed" { try commit(way) }
    let refused = try plan()
    #expect(refused.code == 4, "\(way): \(refused)")
    #expect(refused.out.contains("this change edits the state"))
    #expect(try plan("--format", "json").out.contains(#""code": "state-edited""#))
  }

  @Test func `a state that git does not have is not compared`() throws {
    try git("rm", "--quiet", "--cached", "imprune.state")
    try git("commit", "--quiet", "--message", "the state moves out of git")
    try git("push", "--quiet", "origin", "change:main")
    try git("fetch", "--quiet", "origin")
    try place.write("work/imprune.state", try state(done: ["gone_1"]))
    let result = try plan()
    #expect(result.code == 0, "\(result)")
    // A change that puts it back is an edit.
    try commit("the state comes back")
    #expect(try plan().code == 4)
  }

  @Test func `a state outside the repository cannot be exchanged for one inside`() throws {
    try place.write("shared.state", try state(done: ["gone_1", "gone_2"]))
    try place.remove("work/imprune.state")
    try place.link("work/imprune.state", to: place.path("shared.state"))
    try commit("the state moves out")
    #expect(try plan().code == 4)
    try git("push", "--quiet", "origin", "change:main")
    try git("fetch", "--quiet", "origin")
    #expect(try plan().code == 0)
    try place.remove("work/imprune.state")
    try place.write("work/imprune.state", try state(done: []))
    try commit("a state of its own")
    #expect(try plan().code == 4)
  }

  @Test func `a state is compared whatever its path is called`() throws {
    try place.write("work/imprune.state", try state(done: []))
    try commit("drop records")
    try place.makeFolder("work/build")
    try place.makeFolder("work/docs")
    try place.write("work/docs/notes.txt", "")
    try git("add", "docs")
    try git("commit", "--quiet", "--message", "a folder")
    try place.link("shortcut", to: "work")
    let names: [(folder: String, words: [String])] = [
      ("work/build", ["../imprune.yaml"]), ("work", ["--state", "build/../imprune.state"]),
      ("work", ["--state", "./docs/..//imprune.state"]), ("work", ["../work/imprune.yaml"]),
      ("", ["work/imprune.yaml"]), ("", ["shortcut/imprune.yaml"]),
      ("work", ["--state", place.path("work/imprune.state")]),
      ("work", ["--state", place.path("shortcut/imprune.state")]),
    ]
    for (folder, words) in names {
      let result = try run(["plan", "--base", "origin/main"] + words, in: folder)
      #expect(result.code == 4, "\(folder) \(words): \(result)")
      #expect(result.out.contains("2 records dropped (gone_1, gone_2)"))
    }
  }

  @Test func `a folder of the state that becomes a link is an edit`() throws {
    try place.makeFolder("work/data")
    try place.write("work/data/x.state", try state(done: ["gone_1", "gone_2"]))
    try commit("a folder")
    try git("push", "--quiet", "origin", "change:main")
    try git("fetch", "--quiet", "origin")
    #expect(try plan("--state", "data/x.state").code == 0)
    try place.makeFolder("elsewhere")
    try place.write("elsewhere/x.state", try state(done: []))
    try place.makeFolder("work/other")
    try place.write("work/other/x.state", try state(done: []))
    for target in [place.path("elsewhere"), "other"] {
      try place.remove("work/data")
      try place.link("work/data", to: target)
      try commit("a link to \(target == "other" ? target : "elsewhere")")
      #expect(try plan("--state", "data/x.state").code == 4, "\(target)")
    }
  }

  @Test func `a manifest's folder that becomes a link does not choose another base`() throws {
    // The first pull request adds a manifest that nobody plans, the second puts it in place.
    for folder in ["work/teams", "work/teams/a", "work/attic"] { try place.makeFolder(folder) }
    try write(users: "{id: gone_1, account: absent}", to: "work/teams/a/imprune.yaml")
    try write(users: Self.both, guards: "{max_removals: 5000}", to: "work/attic/imprune.yaml")
    try place.write("work/attic/imprune.state", try state(done: []))
    try place.write("work/teams/a/imprune.state", try state(done: ["gone_1"]))
    try commit("a manifest of two teams")
    try git("push", "--quiet", "origin", "change:main")
    try git("fetch", "--quiet", "origin")
    #expect(try plan("teams/a/imprune.yaml").code == 0)
    try place.write("work/teams/notes.txt", "")
    try git("rm", "--quiet", "-r", "teams/a")
    try place.link("work/teams/a", to: "../attic")
    try commit("one team")
    for (folder, name) in [("work", "teams/a/imprune.yaml"), ("work/teams", "a/imprune.yaml")] {
      let refused = try run(["plan", name, "--base", "origin/main"], in: folder)
      #expect(refused.code == 1, "\(name): \(refused)")
      #expect(refused.error.contains("contains a link that pointed elsewhere at the base commit"))
    }
    let inside = try run(
      ["plan", "--base", "origin/main"], in: "work/attic", ["PWD": place.path("work/teams/a")])
    #expect(inside.code == 1, "\(inside)")
    // By its own path, it is what it is.
    let own = try plan("attic/imprune.yaml")
    #expect(own.code == 0, "\(own)")
  }

  @Test func `the entry that protects no more is named first`() throws {
    let entries = (1...12).map { "svc_\($0)" }
    try write(
      users: "{ids: [gone_1, gone_2], account: absent}",
      guards: "{protected: [\(entries.joined(separator: ", ")), ceo]}")
    try commit("entries")
    try git("push", "--quiet", "origin", "change:main")
    try git("fetch", "--quiet", "origin")
    try write(
      users: "{ids: [gone_1, gone_2], account: absent}", guards: "{protected: [\"svc_*\"]}")
    try commit("one glob")
    for format in ["text", "markdown"] {
      let result = try plan("--format", format)
      #expect(result.out.contains("guards.protected  removed ceo, svc_1, "), "\(result.out)")
      #expect(result.out.contains("svc_9 and 3 more; added svc_*"))
    }
  }

  @Test func `a state in a submodule is refused`() throws {
    try git("init", "--quiet", "--bare", "--initial-branch", "main", "data.git", in: "")
    try git("clone", "--quiet", "data.git", "data", in: "")
    try place.write("data/x.state", try state(done: ["gone_1", "gone_2"]))
    try git("add", "-A", in: "data")
    try git("commit", "--quiet", "--message", "a state", in: "data")
    try git("push", "--quiet", "origin", "HEAD:main", in: "data")
    try git("submodule", "--quiet", "add", place.path("data.git"), "data")
    try commit("a submodule")
    let result = try plan("--state", "data/x.state")
    #expect(result.code == 1, "\(result)")
    #expect(result.error.contains("is in a submodule"))
    #expect(try plan("--state", "data/x.state", "--allow-state-edits").code == 0)
  }

  // MARK: - What happens on main meanwhile

  @Test func `main may move on, with a state that a run has committed`() throws {
    try write(users: "{ids: [gone_1, gone_2, new_1], account: absent}")
    try commit("a user")
    // A run on main records more and commits the state.
    try git("checkout", "--quiet", "main")
    try place.write("work/imprune.state", try state(done: ["gone_1", "gone_2", "more"], serial: 4))
    try commit("Save the state of imprune")
    try git("push", "--quiet", "origin", "main")
    // The branch as it is, as GitLab plans it.
    try git("checkout", "--quiet", "change")
    #expect(try plan().code == 0)
    // Merged with main, as GitHub plans it.
    try git("checkout", "--quiet", "--detach", "origin/main")
    try git("merge", "--quiet", "--no-edit", "change")
    let merged = try plan()
    #expect(merged.code == 0, "\(merged)")
    #expect(merged.out.contains("this change (against origin/main): 1 to remove"))
    // On main itself, against the commit before.
    try git("checkout", "--quiet", "main")
    let own = try plan(base: "HEAD~1")
    #expect(own.code == 4, "a run's own commit is an edit for whoever compares with the one before")
    #expect(try plan("--allow-state-edits", base: "HEAD~1").code == 0)
  }

  @Test func `a clone without the merge base is an error, not an unchanged state`() throws {
    try commit(amending: "a change")
    try git("checkout", "--quiet", "main")
    try write(users: Self.both, guards: "{max_removals: 9}")
    try commit("main moves on")
    try git("push", "--quiet", "origin", "main", "change")
    try git(
      "clone", "--quiet", "--depth", "1", "--no-single-branch", "--branch", "change",
      "file://" + place.path("remote.git"), "shallow", in: "")
    let shallow = try run(["plan", "--base", "origin/main"], in: "shallow")
    #expect(shallow.code == 1, "\(shallow)")
    #expect(shallow.error.contains("cannot tell whether this change edits the state"))
    #expect(shallow.error.contains("git fetch --unshallow"))
    try git("fetch", "--quiet", "--unshallow", in: "shallow")
    #expect(try run(["plan", "--base", "origin/main"], in: "shallow").code == 0)
  }

  private func commit(amending message: String) throws {
    try place.write("work/notes.txt", message)
    try commit(message)
  }

  // MARK: - Manifests that come and go

  @Test func `a new, a renamed and a deleted manifest`() throws {
    // A new one with an empty state goes; with records it is refused.
    try write(users: "{id: new_1, account: absent}", guards: "{}", to: "work/new.yaml")
    try place.write("work/new.state", try state(done: []))
    try commit("a new manifest")
    let new = try plan("new.yaml")
    #expect(new.code == 0, "\(new)")
    #expect(new.error.contains("new.yaml does not exist at origin/main, so"))
    try place.write("work/new.state", try state(done: ["new_1"]))
    try commit("with a record")
    #expect(try plan("new.yaml").code == 4)
    // A limit above the default is loosened.
    let many = madeIDs(1...101).joined(separator: ", ")
    try write(
      users: "{ids: [\(many)], account: absent}", guards: "{max_removals: 200}",
      to: "work/large.yaml")
    try commit("a large manifest")
    let large = try plan("large.yaml")
    #expect(large.code == 4)
    #expect(large.out.contains("guards.max_removals  100 -> 200"))

    try git("mv", "imprune.yaml", "renamed.yaml")
    try git("mv", "imprune.state", "renamed.state")
    try commit("rename")
    let renamed = try plan("renamed.yaml")
    #expect(renamed.code == 4, "\(renamed)")
    #expect(renamed.out.contains("if the change only renames the manifest and its state, pass"))
    #expect(!renamed.out.contains("To restore the state"))
    #expect(renamed.out.contains("2 records added (gone_1, gone_2)"))
    #expect(try plan("renamed.yaml", "--allow-state-edits").code == 0)

    let deleted = try plan()
    #expect(deleted.code == 1)
    #expect(deleted.error.contains("There is no manifest at imprune.yaml"))
  }
}
