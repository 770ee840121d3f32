import PruneCore
import TestSupport
import Testing

/// Corrections: applying one must remove its problem and nothing else.
@Suite struct FixTests {
  /// A text with the characters from a place on replaced.
  private func fixed(_ text: String, _ problem: Diagnostic) throws -> String {
    let fix = try #require(problem.fix)
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var line = Array(lines[Int(problem.place.line) - 1].unicodeScalars)
    let start = Int(problem.place.column) - 1
    line.replaceSubrange(start..<(start + Int(fix.length)), with: fix.replacement.unicodeScalars)
    lines[Int(problem.place.line) - 1] = String(String.UnicodeScalarView(line))
    return lines.joined(separator: "\n")
  }

  @Test(arguments: [
    "version: 1\napp: {sdk_app_id: 1, region: singapor, edition: trial}\nusers: []\n",
    "version: 1\napp: {sdk_app_id: 1, region: Silicon-Valley, edition: trial}\nusers: []\n",
    "version: 1\napp: {sdk_app_id: 1, region: china, edition: trialx}\nusers: []\n",
    head + "guard: {}\nusers: []\n", head + "guards: {max-removals: 1}\nusers: []\n",
    head + "users:\n  - {id: a, acount: absent}\n",
    head + "users:\n  - {id: a, account: Absent}\n",
    head + "users:\n  - {ids: [zoe, 007, on], account: absent}\n",
    head + "users:\n  - id: 2026-01-01 # a date\n    account: absent\n",
  ])
  func `a correction removes its problem, and every other one stays`(text: String) throws {
    let before = readManifest(text).diagnostics
    let problem = try #require(before.kept.first { $0.fix != nil }, "\(before.kept)")
    let after = readManifest(try fixed(text, problem)).diagnostics
    #expect(after.errors < before.errors, "\(after.kept)")
  }

  @Test(arguments: ["a ", " a", "  user_1  ", "a\u{200B}", "\u{FEFF} a"])
  func `a line of a list is cleaned`(line: String) throws {
    let text = manifest(users: "{ids_from: f, account: absent}")
    let list = "first\n\(line)\nlast\n"
    let problem = try #require(readManifest(text, lists: ["f": .text(list)]).diagnostics.kept.first)
    let after = readManifest(text, lists: ["f": .text(try fixed(list, problem))])
    #expect(after.diagnostics.kept == [])
    #expect(after.manifest?.entries.list.count == 3)
  }

  @Test(arguments: [
    // Two keys are as near, the key is there already, or the word is near to none.
    head + "users:\n  - {idz: a, account: absent}\n",
    head + "guards: {}\nguard: {}\nusers: []\n", head + "guard: {}\nguards: {}\nusers: []\n",
    head + "nonsense: 1\nusers: []\n",
    head + "users:\n  - {id: a, account: gone}\n",
    // Quoted, on several lines, or with an escape: the text in the file is another one.
    head + "\"guard\": {}\nusers: []\n",
    "version: 1\napp: {sdk_app_id: 1, region: 'singapor', edition: trial}\nusers: []\n",
    "version: 1\napp:\n  sdk_app_id: 1\n  region: singa\n    por\n  edition: trial\nusers: []\n",
    // After an anchor, or on two lines.
    "version: 1\napp: {sdk_app_id: 1, region: &x singapor, edition: trial}\nusers: []\n",
    head + "&x guard: {}\nusers: []\n", head + "users:\n  - {id: a, account: &x Absent}\n",
    head + "guards:\n  ? max\n    removals\n  : 1\nusers: []\n",
    // Both would become one key.
    head + "guards: {max_removal: 1, max_removalss: 2}\nusers: []\n",
    // Stands for a missing value, or has lost digits.
    head + "users:\n  - {id: null, account: absent}\n",
    head + "users:\n  - {id: NULL, account: absent}\n",
    head + "users:\n  - {id: True, account: absent}\n",
    head + "users:\n  - {id: 1.58E+18, account: absent}\n",
    // May be several ids.
    head + "users:\n  - {ids: [a b, 2026-01-01 7], account: absent}\n",
    head + "users:\n  - {id: \" a\", account: absent}\n",
  ])
  func `there is no correction if another one is possible`(text: String) {
    let problems = readManifest(text).diagnostics.kept
    #expect(!problems.isEmpty)
    #expect(problems.allSatisfy { $0.fix == nil }, "\(problems)")
  }

  /// Taken out, these characters would make an id that no one wrote, or that looked like another one.
  @Test(arguments: ["\r", "\u{85}", "\u{2028}", "\u{200B}", "\u{202E}", "\u{0}", "\u{FEFF}"])
  func `what is hidden inside an id has no correction`(hidden: String) {
    for line in ["alice\(hidden)bob", "\u{202E}ecila", "alice\u{2028}", "\u{85}alice"] {
      let reading = readManifest(
        manifest(users: "{ids_from: f, account: absent}"), lists: ["f": .text("first\n\(line)\n")])
      #expect(reading.diagnostics.errors == 1, "\(line)")
      #expect(reading.diagnostics.kept.allSatisfy { $0.fix == nil }, "\(reading.diagnostics.kept)")
    }
  }

  @Test func `a list that needs more than cleaning has no correction`() {
    let reading = readManifest(
      manifest(
        users: "{ids_from: f, account: absent}",
        "{ids_from: {path: g, column: id}, account: absent}"),
      lists: [
        "f": .text(" a b\n\u{A0}c\nd\u{200B}é\n"), "g": .text("id,name\n\" a\",x\nb ,y\n"),
      ])
    #expect(reading.diagnostics.errors == 5)
    #expect(reading.diagnostics.kept.allSatisfy { $0.fix == nil }, "\(reading.diagnostics.kept)")
  }
}
