import Foundation
import TestSupport
import Testing

@testable import imprune

/// The pictures of README and handbook are what the built tool shows on a terminal. `make pictures` draws
/// them again.
@Suite struct PictureTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace.withKey()
  }

  /// What a terminal of 80 columns shows after a command that succeeds: with its colors, without what was
  /// replaced.
  private func screen(_ words: String...) throws -> String {
    let command = (["stty cols 80 &&", Built.imprune] + words).joined(separator: " ")
    let process = try ChildProcess(
      "/usr/bin/script", ["-qec", command, "/dev/null"], in: place.folder,
      environment: [
        "TERM": "xterm", "PATH": "/usr/bin:/bin", "IMPRUNE_SECRET_KEY": Sandbox.key,
      ])
    let result = place.end(process)
    #expect(result.code == 0, "\(result.text)")
    return result.out.replacing("\r\n", with: "\n").split(
      separator: "\n", omittingEmptySubsequences: false
    ).map { line in
      // Progress overwrites its line.
      (line.split(separator: "\r").last ?? "").replacing("\u{1B}[K", with: "")
    }.joined(separator: "\n")
  }

  /// Compares a screen with its golden file, and the picture of that file with the one in the handbook.
  private func expect(
    _ name: String, _ command: String, _ screen: String, title: String, description: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try Golden.expect("screen-\(name)", screen, sourceLocation: sourceLocation)
    let golden = try String(
      contentsOf: ReadmeTests.root.appending(path: "Tests/Golden/screen-\(name).txt"),
      encoding: .utf8)
    var shown = golden[...]
    while shown.last == "\n" { shown.removeLast() }
    let picture = TerminalPicture(
      "\u{1B}[2m$\u{1B}[0m \u{1B}[1m\(command)\u{1B}[0m\n\(shown)", title: title,
      description: description)
    let file = ReadmeTests.root.appending(path: "docs/\(name).svg")
    if Fixture.isRecording {
      try picture.text.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(
      try String(contentsOf: file, encoding: .utf8) == picture.text,
      "docs/\(name).svg is out of date; run make pictures", sourceLocation: sourceLocation)
  }

  @Test func `the picture of a plan is the plan of the trial example`() throws {
    for name in ["imprune.yaml", "imprune.state", "leavers.txt"] {
      let file = ReadmeTests.root.appending(path: "examples/trial/\(name)")
      try place.write(name, String(contentsOf: file, encoding: .utf8))
    }
    try expect(
      "plan", "imprune plan", screen("plan"), title: "A plan",
      description:
        "imprune plan lists four users to remove, each with its place and its reason, then "
        + "the counts, an estimate of the time, and the token of the plan.")
  }

  @Test func `the picture of a run is what apply shows`() throws {
    let sandbox = try Sandbox([
      "--edition", "ultimate", "--enabled", "tag_push,account_deletion", "--users", "5",
      "--tags", "winter",
    ])
    try place.write("leavers.txt", "user_0000001\nuser_0000002\nuser_0000099\n")
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port,
        users: """
            - {ids_from: leavers.txt, account: absent, reason: contract ended}
            - {id: user_0000004, tags: [], reason: campaign is over}
          """))
    try place.write("imprune.state", StateFixture(records: []).text)
    let plan = try place.imprune("plan").out
    let token = try #require(plan.firstMatch(of: /Token: (.*)/)?.1)
    // What differs from run to run, replaced by text as long.
    let screen = try screen("apply", "--approve", String(token))
      .replacing(/127\.0\.0\.1:\d+/, with: "127.0.0.1:8080")
      .replacing(/imprune-probe-[0-9a-f]{16}/, with: "imprune-probe-3b0c96d1f2a8e475")
      .replacing(/tags-[0-9a-f]{12}/, with: "tags-5f0e7c21a9d4")
      .replacing(String(token), with: "TOKEN")
    try expect(
      "run", "imprune apply --approve TOKEN", screen, title: "A run",
      description:
        "imprune apply shows the approved plan, checks with the service that it can succeed, "
        + "removes two users, finds one that is gone already, clears the tags of one, and says where it "
        + "saved them.")
  }

  // MARK: - Drawing

  @Test func `colors, columns and special characters are drawn as they are`() {
    let picture = TerminalPicture(
      "\u{1B}[31m- remove\u{1B}[0m  a&b  <c>\n\n  \u{1B}[1mPlan:\n1\u{1B}[0m.", title: "A <title>",
      description: "d")
    let texts = picture.text.split(separator: "\n").filter { $0.hasPrefix("<text") }
    #expect(
      texts == [
        #"<text x="16.0" y="30.0" textLength="62.4" class="red">- remove</text>"#,
        #"<text x="94.0" y="30.0" textLength="23.4">a&amp;b</text>"#,
        #"<text x="133.0" y="30.0" textLength="23.4">&lt;c&gt;</text>"#,
        #"<text x="31.6" y="68.0" textLength="39.0" class="bold">Plan:</text>"#,
        #"<text x="16.0" y="87.0" textLength="7.8" class="bold">1</text>"#,
        #"<text x="23.8" y="87.0" textLength="7.8">.</text>"#,
      ])
    #expect(picture.text.contains("<title id=\"title\">A &lt;title&gt;</title>"))
  }

  @Test(arguments: ["plan", "run", "rate"])
  func `a picture loads nothing, runs nothing, and is shown in the handbook`(name: String) throws {
    let root = ReadmeTests.root
    let text = try String(
      contentsOf: root.appending(path: "docs/\(name).svg"), encoding: .utf8)
    #expect(text.contains("prefers-color-scheme: dark") && text.contains(#"role="img""#))
    for word in ["<script", "href", "@import", "url(", "\u{1B}"] { #expect(!text.contains(word)) }
    #expect(text.components(separatedBy: "=\"http").count == 2, "only the namespace")
    let pages = try DocsTests.pages.map {
      try String(contentsOf: root.appending(path: $0), encoding: .utf8)
    }
    #expect(pages.contains { $0.contains("\(name).svg)") })
  }
}
