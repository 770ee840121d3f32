import Foundation
import TestSupport
import Testing

/// `plan --base`: separates what a change of the manifest asks for from the backlog, read from git.
@Suite struct BaseTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace()
    try place.makeFolder("app")
    try git("init", "--quiet", "--initial-branch", "main")
    try git("config", "user.name", "a tester")
    try git("config", "user.email", "tester@example.invalid")
  }

  private func git(_ words: String...) throws {
    let process = try ChildProcess(
      "/usr/bin/git", words, in: place.folder,
      environment: ["GIT_CONFIG_GLOBAL": "/dev/null", "HOME": place.folder])
    let result = process.end()
    #expect(result.code == 0, "git \(words): \(result.text)")
  }

  private func write(
    users: String, list: String, guards: String = "{max_new_removals: 2}"
  ) throws {
    try place.write("app/leavers.txt", list)
    try place.write("app/imprune.yaml", manifestText(guards: guards, users: users))
  }

  private func commit() throws {
    try git("add", "-A")
    try git("commit", "--quiet", "--message", "a change")
  }

  private func plan(_ words: String..., in folder: String = "") throws -> ProcessResult {
    let process = try ChildProcess(
      Built.imprune, ["plan"] + words, in: place.path(folder),
      environment: ["PATH": "/usr/bin:/bin", "HOME": place.folder])
    return place.end(process)
  }

  private static let before = """
      - {ids_from: leavers.txt, account: absent}
      - {ids: [mover_1, mover_2], tags: []}
    """

  @Test func `a plan separates the change from the backlog, list entries included`() throws {
    try write(users: Self.before, list: "old_1\nold_2\n")
    try commit()
    try write(
      users: Self.before + "\n  - {id: mover_3, tags: []}", list: "old_1\nold_2\nnew_1\nnew_2\n")
    let text = try plan("app/imprune.yaml", "--base", "main")
    #expect(text.code == 0)
    try place.expect("plan-base", text)
    // The same from within the folder; after a commit the previous commit of the branch counts.
    try commit()
    let inside = try plan("--base", "main~1", in: "app")
    #expect(inside.out.contains("this change (against main~1): 2 to remove, 1 to clear"))
    let markdown = try plan("app/imprune.yaml", "--base", "main~1", "--format", "markdown")
    #expect(markdown.out.contains("This change: 2 to remove (irreversible)"))
    #expect(markdown.out.contains("Backlog: 2 to clear"))
    let json = try JSONValue(
      Array(plan("app/imprune.yaml", "--base", "main~1", "--format", "json").out.utf8))
    #expect(json["base"]?["change_removals"]?.number == 2)
    let changes = json["items"]?.array?.filter { $0["change"] == .bool(true) }
    #expect(changes?.compactMap { $0["id"]?.string } == ["mover_3", "new_1", "new_2"])
    let same = try plan("app/imprune.yaml", "--base", "main")
    #expect(same.out.contains("this change (against main): 0 to remove, 0 to clear"))
  }

  @Test func `the summary by entry says how many users a change adds`() throws {
    try write(users: Self.before, list: madeIDs(1...20).joined(separator: "\n"))
    try commit()
    let users = Self.before + "\n  - {id: mover_3, tags: [], reason: moved}"
    try write(users: users, list: madeIDs(1...22).joined(separator: "\n"))
    try place.expect("plan-base-entries", try plan("app/imprune.yaml", "--base", "main"))
    let markdown = try plan("app/imprune.yaml", "--base", "main", "--format", "markdown")
    #expect(
      markdown.out.contains(
        "\n```\n22 to remove, 2 in this change  app/leavers.txt\n"
          + " 2 to clear, 0 in this change   app/imprune.yaml:12\n"
          + " 1 to clear, 1 in this change   app/imprune.yaml:13  moved\n```\n"))
    let json = try JSONValue(
      Array(plan("app/imprune.yaml", "--base", "main", "--format", "json").out.utf8))
    #expect(try ProgramSchema("plan").problems(in: json) == [])
    #expect(json["entries"]?.array?.map { $0["change_users"]?.number } == [2, 0, 1])
  }

  @Test func `a change that adds more removals than allowed is refused`() throws {
    try write(users: Self.before, list: "old_1\nold_2\nold_3\n")
    try commit()
    #expect(try plan("app/imprune.yaml", "--base", "main").code == 0)
    try write(users: Self.before, list: "old_1\nold_2\nold_3\nnew_1\nnew_2\nnew_3\n")
    let refused = try plan("app/imprune.yaml", "--base", "main")
    #expect(refused.code == 4)
    #expect(refused.out.contains("this change adds 3 users to remove, but one change may add 2"))
    #expect(try plan("app/imprune.yaml").code == 0)
  }

  @Test func `a missing ref, repository or file is reported`() throws {
    try write(users: Self.before, list: "a_1\n")
    try commit()
    let unknown = try plan("app/imprune.yaml", "--base", "nowhere")
    #expect(unknown.code == 1)
    #expect(unknown.error.contains("cannot read the base at nowhere"))
    let flag = try plan("app/imprune.yaml", "--base=--output=stolen")
    #expect(flag.code == 1)
    #expect(!place.exists("stolen") && !place.exists("app/stolen"))
    #expect(try plan("app/imprune.yaml", "--base", "").code == 64)
    #expect(try plan("app/imprune.yaml", "--base", "a", "--base-manifest", "b").code == 64)
    #expect(try plan("app/imprune.yaml", "--base-manifest", "missing.yaml").code == 1)
    try FileManager.default.removeItem(atPath: place.path(".git"))
    #expect(try plan("app/imprune.yaml", "--base", "main").code == 1)
  }

  @Test func `a base can be a manifest file`() throws {
    try write(users: Self.before, list: "a_1\n")
    try place.write(
      "app/before.yaml", manifestText(users: "  - {ids: [mover_1, a_1], tags: []}"))
    let result = try plan("app/imprune.yaml", "--base-manifest", "app/before.yaml")
    #expect(result.out.contains("1 to remove, 1 to clear; the backlog: 0 to remove, 1 to clear."))
  }

  @Test func `a link that leaves the repository is not followed`() throws {
    try place.write("secret", "stolen_1\n")
    try write(users: Self.before, list: "")
    try place.remove("app/leavers.txt")
    try place.link("app/leavers.txt", to: "../secret")
    try commit()
    try place.remove("app/leavers.txt")
    try write(users: Self.before, list: "a_1\n")
    let result = try plan("app/imprune.yaml", "--base", "main")
    #expect(result.code == 1)
    #expect(result.error.contains("List outside the manifest's folder"))
    #expect(!result.text.contains("stolen"))
  }
}
