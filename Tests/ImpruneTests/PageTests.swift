import Foundation
import PruneCore
import TestSupport
import Testing

@testable import imprune

/// Pages of plans, applies and comparisons: what they show, and that they load and run nothing else.
@Suite struct PageTests {
  let place: TemporaryWorkspace
  let sandbox: Sandbox

  init() throws {
    place = try TemporaryWorkspace.withKey()
    sandbox = try Sandbox(["--users", "300", "--edition", "trial"])
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, edition: "trial", enabled: "",
        users: """
            - {ids: [user_0000001, "<b>&\\"'`"], account: absent, reason: "<script>alert(1)</script>"}
            - {ids_from: leavers.txt, account: absent, reason: left}
          """))
    try place.write(
      "leavers.txt", (2...200).map { "user_" + String(1_0000000 + $0).dropFirst() + "\n" }.joined())
    #expect(try place.imprune("init").code == 0)
  }

  /// Checks what every page must keep: no address, no inline style or handler, one script and one
  /// style, which the policy names.
  private func page(_ name: String) throws -> String {
    let text = try place.text(name)
    #expect(text.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
    #expect(
      text.contains("content=\"default-src &#39;none&#39;; img-src data:; style-src &#39;sha256-"))
    for pattern in [
      "<script ", "<script>alert", " style=", " on", "src=", "url(", "@import", "<iframe",
    ] {
      #expect(!text.contains(pattern) || pattern == " on", "\(pattern)")
    }
    #expect(text.matches(of: /\son[a-z]+=/).isEmpty)
    #expect(text.components(separatedBy: "<script>").count == 2)
    #expect(text.components(separatedBy: "<style>").count == 2)
    return text
  }

  @Test func `a plan as a page shows its users by entry, as text`() throws {
    let result = try place.imprune("plan", "--html-out", "plan.html")
    #expect(result.code == 0, "\(result)")
    let text = try page("plan.html")
    #expect(text.contains("<b class=\"red\">201</b>to remove, irreversible"))
    #expect(text.contains("<code>201r-0c-"))
    #expect(text.contains("<b>199 to remove</b> · <span class=\"place\">leavers.txt</span> · left"))
    #expect(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
    #expect(text.contains("<td class=\"id\">&lt;b&gt;&amp;&quot;&#39;`<td"))
    #expect(text.components(separatedBy: "<td class=\"id\">").count == 202)
    // The saved plan says the same.
    #expect(try place.imprune("plan", "--out", "plan.json").code == 0)
    #expect(try place.imprune("show", "plan.json", "--html-out", "show.html").code == 0)
    let saved = try page("show.html")
    #expect(saved.components(separatedBy: "<td class=\"id\">").count == 202)
    #expect(
      saved.contains("<b>199 to remove</b> · <span class=\"place\">leavers.txt</span> · left"))
  }

  @Test func `a refused plan and a manifest with errors have a page too`() throws {
    let refused = try place.imprune("plan", "--max-removals", "3", "--html-out", "plan.html")
    #expect(refused.code == 4)
    let text = try page("plan.html")
    #expect(text.contains("--max-removals allows 3") && !text.contains("<code>201r"))
    try place.write("imprune.yaml", "version: 1\nusers: <b>\n")
    #expect(try place.imprune("plan", "--html-out", "plan.html").code == 1)
    #expect(try page("plan.html").contains("No plan: the manifest has errors"))
  }

  @Test func `an apply as a page shows each outcome and how the run went`() throws {
    let result = try place.imprune(
      "apply", "--auto-approve", "--html-out", "apply.html", "--report", "report.json")
    let report = try JSONValue(place.bytes("report.json"))
    let text = try page("apply.html")
    #expect(text.contains("exit code \(result.code ?? -1)"))
    guard case .number(let removed)? = report["counts"]?["removed"] else {
      Issue.record("no counts")
      return
    }
    #expect(text.contains("<b class=\"green\">\(Int(removed))</b>removed"))
    #expect(text.components(separatedBy: ">removed</span>").count == Int(removed) + 1)
    for title in ["Calls per second.", "Answer times.", "Users by outcome."] {
      #expect(text.contains("<b>\(title) </b>"), "\(title)")
    }
    // The points in the table are those of the report.
    guard case .array(let points)? = report["timeline"]?["points"] else {
      Issue.record("no timeline")
      return
    }
    #expect(!points.isEmpty)
    #expect(try ProgramSchema("report").problems(in: report) == [])
  }

  @Test func `an apply that fails has a page, and one of nothing too`() throws {
    let failed = try place.imprune(
      "apply", "--auto-approve", "--max-removals", "1", "--html-out", "apply.html")
    #expect(failed.code == 4)
    #expect(try page("apply.html").contains("--max-removals allows 1"))
    try place.write("imprune.yaml", "nothing")
    #expect(try place.imprune("apply", "--html-out", "apply.html").code == 1)
    #expect(try page("apply.html").contains("Error:"))
  }

  @Test func `a comparison with the service has a page, also if it fails`() throws {
    #expect(try place.imprune("refresh", "--html-out", "refresh.html").code == 0)
    #expect(try page("refresh.html").contains("The service holds what the state records."))
    place.environment["IMPRUNE_SECRET_KEY_FILE"] = "nowhere"
    place.environment["IMPRUNE_SECRET_KEY"] = nil
    _ = try place.imprune("apply", "--auto-approve")
    let failed = try place.imprune("refresh", "--html-out", "refresh.html")
    if failed.code == 1 { #expect(try page("refresh.html").contains("The state was not compared")) }
  }

  @Test func `a page never replaces a file that the comparison reads`() throws {
    try place.write("team.yaml", "version: 1\napps: [1400000000]\nmax_removals: 1\n")
    _ = try place.imprune("apply", "--auto-approve")
    let files = ["imprune.yaml", "leavers.txt", "imprune.state", "team.yaml"]
    let contents = try files.map { try place.bytes($0) }
    /// Every way in which a comparison fails, or does not.
    let ways: [(name: String, change: () throws -> Void)] = [
      ("none", {}),
      ("no key", { place.environment["IMPRUNE_SECRET_KEY_FILE"] = "nowhere" }),
      (
        "errors in the manifest",
        {
          try place.write("imprune.yaml", contents[0] + Array("unknown: 1\n".utf8))
        }
      ),
    ]
    for (name, change) in ways {
      try change()
      for file in files {
        let before = try place.bytes(file)
        let result = try place.imprune("refresh", "--policy", "team.yaml", "--html-out", file)
        #expect(result.code != 0, "\(name), \(file)")
        #expect(try place.bytes(file) == before, "\(name), \(file): \(result)")
      }
    }
  }

  @Test func `a page of a command that failed before it knew its lists replaces none`() throws {
    // Two names of the list that do not contain its file name.
    try place.link("link", to: "leavers.txt")
    let manifests = ["link", "\"l\\x65avers.txt\""].map {
      manifestText(port: sandbox.port, users: "  - {ids_from: \($0), account: absent}")
    }
    let list = try place.bytes("leavers.txt")
    for manifest in manifests + [manifests[0] + "nonsense: 1\n"] {
      try place.write("b.yaml", manifest)
      for command in ["plan", "refresh", "apply"] {
        let result = try place.imprune(
          command, "b.yaml", "--policy", "missing.yaml", "--html-out", "leavers.txt")
        #expect(result.code != 0, "\(command)")
        #expect(try place.bytes("leavers.txt") == list, "\(command): \(result)")
      }
      let report = try place.imprune(
        "apply", "b.yaml", "--policy", "missing.yaml", "--report", "leavers.txt")
      #expect(report.code != 0)
      #expect(try place.bytes("leavers.txt") == list)
    }
    try place.write("broken.json", "{}")
    #expect(try place.imprune("show", "broken.json", "--html-out", "leavers.txt").code == 5)
    #expect(try place.bytes("leavers.txt") == list)
  }

  /// A policy with errors does not say who its signers are.
  @Test(arguments: ["plan", "refresh", "apply"])
  func `a page does not replace the signers of a policy with errors`(command: String) throws {
    try place.write("away/policy.yaml", "version: 1\nrequire: {signers: signers}\nnonsense: 1\n")
    try place.write("away/signers", "anna ssh-ed25519 AAAA\n")
    for file in ["imprune.yaml", "leavers.txt", "imprune.state"] {
      try place.write("app/" + file, place.text(file))
    }
    let result = try place.imprune(
      command, "app/imprune.yaml", "--policy", "away/policy.yaml", "--html-out", "away/signers")
    #expect(result.code == 1, "\(result)")
    #expect(try place.text("away/signers") == "anna ssh-ed25519 AAAA\n")
  }

  @Test func `a page of a saved plan replaces none of its files`() throws {
    #expect(try place.imprune("plan", "--out", "plan.json").code == 0)
    for file in ["imprune.yaml", "leavers.txt", "imprune.state", "plan.json"] {
      let before = try place.bytes(file)
      #expect(try place.imprune("show", "plan.json", "--html-out", file).code == 64, "\(file)")
      #expect(try place.bytes(file) == before)
    }
  }

  @Test(arguments: [
    ["--base", "nope"], ["--base-manifest", "nope.yaml"], ["--policy", "nope.yaml"],
    ["--refresh"], ["nofile.yaml"], ["--state", "junk"],
  ])
  func `a plan that fails replaces the page of an earlier one`(words: [String]) throws {
    try place.write("junk", "no state")
    #expect(try place.imprune("plan", "--html-out", "plan.html").code == 0)
    place.environment["IMPRUNE_SECRET_KEY_FILE"] = "nowhere"
    place.environment["IMPRUNE_SECRET_KEY"] = nil
    // The name of the page in the manifest makes it no list.
    try place.write("imprune.yaml", place.text("imprune.yaml") + "# see plan.html\n")
    let result = try place.imprune(["plan"] + words + ["--html-out", "plan.html"])
    #expect(result.code == 1, "\(result)")
    #expect(try page("plan.html").contains("imprune made no plan"))
  }

  @Test func `a page of a dry run does not say that nothing is to do`() throws {
    let result = try place.imprune("apply", "--dry-run", "--html-out", "apply.html")
    #expect(result.code == 0, "\(result)")
    #expect(try page("apply.html").contains("A dry run: no user was changed."))
  }

  @Test func `a page of ids that need escapes keeps its bound`() throws {
    var sections = UserSections()
    for number in 0..<150_000 {
      let id = try #require(UserID(String(repeating: "\"", count: 20) + "\(number)"))
      sections.add(.init(id: id, line: 1), .removeAccount, group: 1) { ("list.txt", "left") }
    }
    let bytes = Page.make(title: "escapes") { html in
      sections.write(&html, files: []) { "to " + GuardWords.word($0) }
    }
    #expect(bytes.count <= Page.mostBytes && bytes.count > Page.mostBytes * 9 / 10)
  }

  @Test func `a page of many users is folded and bounded, and counts the rest`() throws {
    func id(_ text: String) throws -> UserID { try #require(UserID(text)) }
    var sections = UserSections()
    for number in 0..<400_000 {
      sections.add(
        .init(id: try id("user_with_a_long_id_\(number)"), line: UInt32(number)), .clearTags,
        group: 1
      ) { ("list.txt", "left") }
    }
    // Neither one removal behind them nor one of the change is crowded out.
    sections.add(.init(id: try id("zremoved"), line: 7), .removeAccount, group: 2) { ("a", "x") }
    sections.add(.init(id: try id("zchange"), line: 8, isUrgent: true), .clearTags, group: 1) {
      ("list.txt", "left")
    }
    let bytes = Page.make(title: "many") { html in
      sections.write(&html, files: ["imprune.yaml", "list.txt"]) { "to " + GuardWords.word($0) }
    }
    #expect(bytes.count <= Page.mostBytes && bytes.count > Page.mostBytes / 3)
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.contains("<details class=\"users\">") && text.contains("<b>400,001 to clear</b>"))
    let rows = text.components(separatedBy: "<td class=\"id\">").count - 1
    #expect(text.contains("\(grouped(400_002 - rows)) more are not listed on this page."))
    #expect(text.contains("<td class=\"id\">zremoved<td"))
    #expect(text.contains("<td class=\"id\">zchange<td"))
  }

  @Test func `users of many entries keep their operation, place and reason`() throws {
    func id(_ text: String) throws -> UserID { try #require(UserID(text)) }
    var sections = UserSections()
    for number in 0..<600 {
      sections.add(.init(id: try id("c\(number)"), line: 1), .clearTags, group: UInt32(number)) {
        ("imprune.yaml", "reason \(number)")
      }
    }
    for (name, file) in [("victim", "list\u{E9}.txt"), ("other", "liste\u{301}.txt")] {
      sections.add(.init(id: try id(name), line: 9), .removeAccount, group: nil) { (file, "left") }
    }
    let bytes = Page.make(title: "many") { html in
      sections.write(&html, files: ["imprune.yaml"]) { "to " + GuardWords.word($0) }
    }
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.contains("<b>2 to remove</b> · other entries"))
    #expect(text.contains("<td class=\"id\">victim<td class=\"n\">9<td>list\u{E9}.txt: left"))
    #expect(text.contains("<b>100 to clear</b> · other entries"))
    #expect(text.contains("<td class=\"id\">c599<td class=\"n\">1<td>imprune.yaml: reason 599"))
  }

  @Test func `a page tells blocked users from those to remove`() throws {
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, edition: "trial", enabled: "", guards: "{protected: [user_0000003]}",
        users: "  - {ids: [user_0000002, user_0000003], account: absent}"))
    #expect(try place.imprune("plan", "--html-out", "plan.html").code == 4)
    #expect(try page("plan.html").contains("<b>1 to remove, 1 blocked</b>"))
    // An old page must not look like a plan that approves nothing.
    #expect(try place.imprune("plan", "--out", "plan.json").code == 4)
    #expect(try place.imprune("show", "plan.json", "--html-out", "plan.html").code == 4)
    #expect(try page("plan.html").contains("This file approves nothing"))
  }
}
