import PruneCore
import TestSupport
import Testing

/// Ids of a manifest that look like several ids, or like a value with a comment.
@Suite struct IDMistakeTests {
  @Test(arguments: [
    ("{ids: [a, 1️⃣user_2\n      user_3], account: absent}", "user_2 user_3"),
    ("{id: 1️⃣user_2\n      user_3, account: absent}", "user_2 user_3"),
    ("account: absent\n    ids:\n      - 1️⃣user_1\n       - user_2", "user_1 - user_2"),
    ("account: absent\n    ids:\n      - 1️⃣user_1\n        # one more\n      - user_2", ""),
    ("account: absent\n    id: 1️⃣|-\n      user_1", "user_1"),
    ("account: absent\n    id: 1️⃣>\n      user_1\n      user_2\n", "user_1 user_2\\u{a}"),
    ("{id: 1️⃣\"user_\\\n      1\", account: absent}", "user_1"),
    ("{id: 1️⃣'user_1\n      user_2', account: absent}", "user_1 user_2"),
  ])
  func `an id that spans several lines is an error at its position`(
    entry: String, value: String
  ) {
    if value.isEmpty {
      #expect(readManifest(MarkedText(head + "users:\n  - " + entry).text).manifest != nil)
      return
    }
    expectProblems(
      head + "users:\n  - " + entry,
      .error("1️⃣", "Id on several lines", "`\(value)`. Is a comma or a dash missing?"))
  }

  @Test func `an id on the line after its key is valid`() throws {
    let manifest = try expectManifest(
      head
        + "users:\n  - account: absent\n    id:\n      user_1\n  - tags: []\n    ids: [\n      a,\n      b\n    ]\n"
    )
    #expect(manifest.entries.list.map(\.id.description) == ["a", "b", "user_1"])
  }

  @Test func `the admin follows the same rules`() {
    expectProblems(
      "version: 1\napp:\n  sdk_app_id: 1\n  region: china\n  edition: trial\n  admin: 1️⃣ops\n   bot\n"
        + "users: []\n", .error("1️⃣", "Id on several lines", "`ops bot`"))
  }

  @Test(arguments: ["id: #1234", "id:   # 1234", "id:"])
  func `a comment in place of an id is an error that suggests quotes`(text: String) {
    let reading = readManifest(head + "users:\n  - \(text)\n    account: absent\n")
    #expect(reading.diagnostics.kept.map(\.summary) == ["Missing id"])
    let detail = reading.diagnostics.kept.first?.detail ?? ""
    #expect(detail.contains("`#` after a space starts a comment"))
    #expect(detail.contains("quote it: \"#1234\""))
    #expect(!detail.contains("\"\""))
  }

  @Test(arguments: [
    ("user_1, user_2", "contains `,`. Are these several ids?"), ("user_1,user_2", "contains `,`"),
    ("user_1;user_2", "contains `;`"), ("user_1 user_2", "Is a comma or a dash missing?"),
    ("user_1 - user_2", "contains a space"),
    ("user_1# left", "A comment begins with a space and `#`"),
    ("\u{201C}user_1\u{201D}", "quotation mark \u{201C} (U+201C)"), ("user_1\u{201D}", "U+201D"),
    ("user\"1", "U+0022"), ("user_1'", "U+0027"), ("user_1`", "U+0060"),
  ])
  func `an unquoted id that looks like a mistake is an error, a quoted one is an id`(
    id: String, detail: String
  ) throws {
    expectProblems(
      head + "users:\n  - account: absent\n    id: 1️⃣\(id)\n",
      .error("1️⃣", "Ambiguous id", detail))
    expectProblems(
      head + "users:\n  - account: absent\n    ids:\n      - 1️⃣\(id)\n",
      .error("1️⃣", "Ambiguous id", "If it is a single id, quote it."))
    let quoted = id.contains("'") ? "\"\(id)\"" : "'\(id)'"
    let reading = expectProblems(
      head + "users:\n  - account: absent\n    id: 1️⃣\(quoted)\n",
      .warning("1️⃣", "Unusual id", "outside"))
    #expect(reading.manifest?.entries.list.map(\.id.bytes) == [Array(id.utf8)])
  }

  @Test(arguments: ["o'neil", "a#b", "a/b", "caf\u{E9}", "\u{7528}\u{6237}"])
  func `other characters need no quotes`(id: String) throws {
    let manifest = try expectManifest(head + "users:\n  - account: absent\n    id: \(id)\n")
    #expect(manifest.entries.list.map(\.id.bytes) == [Array(id.utf8)])
  }

  @Test(arguments: [0xA0, 0x1680, 0x2000, 0x2003, 0x200A, 0x202F, 0x205F, 0x3000] as [UInt32])
  func `an unusual space character inside an id is an error`(code: UInt32) throws {
    let blank = try #require(Unicode.Scalar(code))
    let words =
      "U+\(String(code + 0x10000, radix: 16, uppercase: true).dropFirst()), which looks like a normal space"
    expectProblems(
      manifest(users: "{id: 1️⃣\"a\(blank)b\", account: absent}"),
      .error("1️⃣", "Invalid id", words))
    expectProblems(
      manifest(users: "{ids_from: f, account: absent}"), lists: ["f": "1️⃣a\(blank)b\n"],
      .error("1️⃣", "Invalid id", words))
  }

  @Test(arguments: ["\\u2800", "\\uFE0F", "\\u3164", "\\u034F", "\\u200B", "\\U000E0100"])
  func `a reason contains no invisible character`(escape: String) {
    expectProblems(
      manifest(users: "{id: a, account: absent, reason: 1️⃣\"left\(escape)\"}"),
      .error("1️⃣", "Invalid reason", "without hidden characters"))
  }
}
