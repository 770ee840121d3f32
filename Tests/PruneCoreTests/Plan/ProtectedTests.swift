import PruneCore
import TestSupport
import Testing

/// Which entries `guards.protected` may contain: a mistake must not silently protect no user.
@Suite struct ProtectedTests {
  private static let users = "users: [{id: zoe, account: absent}]\n"

  /// A manifest whose `guards` end with this text.
  private func protecting(_ text: String) -> String {
    head + "guards:\n  protected: \(text)\n" + Self.users
  }

  // MARK: - One entry, one line

  @Test(arguments: [
    ("[1️⃣ops_bot\n    svc_mail,]", 7, "ops_bot svc_mail"),
    ("[a, 1️⃣ops_bot\n\n    svc_mail]", 7, "ops_bot\\u{a}svc_mail"),
    ("\n    - 1️⃣ops_bot\n     - svc_mail", 8, "ops_bot - svc_mail"),
    ("\n    - a\n    - 1️⃣ops_bot\n      svc_mail", 9, "ops_bot svc_mail"),
    ("\n    - 1️⃣ops_bot # not folded\n    - b\n", 0, ""),
    ("[1️⃣'ops_bot\n    svc_mail']", 7, "ops_bot svc_mail"),
    ("[1️⃣\"ops_\\\n    bot\"]", 7, "ops_bot"),
    ("\n    - 1️⃣|-\n      ops_bot", 8, "ops_bot"),
    ("\n    - 1️⃣>-\n      ops_bot\n      svc_mail", 8, "ops_bot svc_mail"),
    ("\n    - 1️⃣|\n      ops_bot\n    - b", 8, "ops_bot\\u{a}"),
  ])
  func `an entry that spans several lines is an error at its position`(
    text: String, start: Int, value: String
  ) {
    if value.isEmpty {
      #expect(readManifest(MarkedText(protecting(text)).text).manifest != nil)
      return
    }
    let reading = readManifest(MarkedText(protecting(text)).text)
    let problem = reading.diagnostics.kept.first
    #expect(reading.diagnostics.errors == 1 && reading.manifest == nil)
    #expect(problem?.summary == "Id on several lines")
    #expect(problem?.detail.contains("Is a comma or a dash missing?") == true)
    #expect(problem?.detail.contains(": `\(value)`.") == true, "\(problem?.detail ?? "")")
    #expect(problem?.detail.hasPrefix("YAML joins lines \(start) to ") == true)
    let spot = MarkedText(protecting(text)).places["1️⃣"]
    #expect(problem?.place.line == spot?.line && problem?.place.column == spot?.column)
  }

  @Test(arguments: [
    "ops_bot", "\"ops_bot, svc_mail\"", "'ops_bot'", "{ops_bot, svc_mail}", "|-\n    a",
  ])
  func `guards.protected must be a list`(value: String) {
    expectProblems(
      protecting("1️⃣" + value),
      .error("1️⃣", "Wrong type", "must be a list, such as `[ops_bot, \"svc_*\"]`"))
  }

  // MARK: - Mistakes

  @Test(arguments: [
    ("'ops_bot, svc_mail'", "contains `,`"), ("'ops_bot,svc_mail'", "contains `,`"),
    ("'ops_bot,'", "contains `,`"), ("'ops_bot;svc_mail'", "contains `;`"),
    ("ops_bot\u{FF0C}svc_mail", "contains `\u{FF0C}`"),
    ("\"'ops_bot'\"", "quotation mark ' (U+0027)"), ("'\"ops_bot\"'", "quotation mark \" (U+0022)"),
    ("\"'ops_bot\"", "U+0027"), ("'`ops_bot`'", "U+0060"), ("'ops\"bot'", "U+0022"),
    ("\u{201C}ops_bot\u{201D}", "U+201C"), ("\u{2018}ops_bot\u{2019}", "U+2018"),
    ("\u{201E}ops_bot\u{201C}", "U+201E"), ("\u{AB}ops_bot\u{BB}", "U+00AB"),
    ("\u{2039}ops_bot\u{203A}", "U+2039"), ("\u{FF02}ops_bot\u{FF02}", "U+FF02"),
    ("\u{300C}ops_bot\u{300D}", "U+300C"), ("'ops\u{2019}bot'", "U+2019"),
    ("'ops_bot\u{2033}'", "U+2033"), ("'\u{B4}ops_bot\u{B4}'", "U+00B4"),
    ("ops_bot# the bot", "contains `#`"), ("ops_bot#the_bot", "contains `#`"),
    ("'ops_bot #'", "contains `#`"),
    ("'ops_* # the bots'", "contains `#`"), ("'#ops_bot'", "contains `#`"),
    ("ops_bot svc_mail", "Is a comma or a dash missing?"),
    ("ops_bot - svc_mail", "contains a space"),
    ("'ops_bot svc_mail'", "contains a space"), ("'svc_* ops_bot'", "contains a space"),
    ("'^ops_.*'", "contains `^`"), ("ops_bot$", "contains `$`"), ("'*_bot$'", "contains `$`"),
    ("'ops_?'", "contains `?`"), ("'[ab]oss'", "contains `[`"), ("'vip{1,2}'", "contains `,`"),
    ("'vip{1}'", "contains `{`"), ("'(a)'", "contains `(`"), ("'ops|svc'", "contains `|`"),
    ("'ops\\d'", "contains `\\`"), ("'!ops_bot'", "contains `!`"), ("'/ops_.*/'", "contains `/`"),
    ("ops_b\u{43E}t", "\u{43E} (U+043E), which looks like `o`"),
    ("\u{FF4F}ps_bot", "(U+FF4F), which looks like `o`"),
    ("svc\u{2010}bot", "(U+2010), which looks like `-`"),
    ("svc\u{2013}bot", "(U+2013), which looks like `-`"),
    ("svc_\u{FF0A}", "(U+FF0A), which looks like `*`"),
    ("\u{7528}\u{6237}\u{2217}", "(U+2217), which looks like `*`"),
    ("svc\u{FF3F}bot", "(U+FF3F), which looks like `_`"), ("\u{1D428}ps_bot", "looks like `o`"),
  ])
  func `an entry that looks like a mistake is an error`(entry: String, detail: String) {
    expectProblems(
      protecting("[a, 1️⃣\(entry)]"), .error("1️⃣", "Unclear protected entry", detail))
    // The same as a block list.
    expectProblems(
      protecting("\n    - a\n    - 1️⃣\(entry)"), .error("1️⃣", "Unclear protected entry", detail))
  }

  @Test(arguments: [
    ("''", "empty"), ("' ops_bot'", "begins or ends with a space"), ("'ops_* '", "begins or ends"),
    ("\"ops_bot\u{A0}\"", "begins or ends"), ("\"ops\u{3000}bot\"", "U+3000"),
    ("\"*ops\u{A0}*\"", "begins or ends"),
    ("\"ops_bot\\u200B\"", "U+200B"), ("\"ops_\\uFE0Fbot\"", "U+FE0F"),
    ("\"ops_bot\\u3164\"", "U+3164"),
    ("\"ops_\\u202Ebot*\"", "U+202E"), ("\"\\uFEFFops_bot\"", "U+FEFF"),
    ("\"ops_bot\\n\"", "U+000A"),
    ("\"ops\\tbot\"", "U+0009"), ("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa*'", "longer than 32 bytes"),
  ])
  func `an entry follows the rules of ids`(entry: String, detail: String) {
    expectProblems(protecting("[1️⃣\(entry)]"), .error("1️⃣", "Invalid id", detail))
  }

  @Test(arguments: ["on", "007", "~", "1e5", "2026-01-01"])
  func `an entry that YAML does not read as a string must be quoted`(entry: String) {
    expectProblems(protecting("[1️⃣\(entry)]"), .error("1️⃣", "Ambiguous id", "Quote it"))
    #expect(readManifest(protecting("['\(entry)']")).manifest != nil)
  }

  @Test(arguments: ["\n    -1️⃣ #1234\n    - ops_bot", "\n    - ops_bot\n    -1️⃣"])
  func `an entry without a value is an error that mentions comments`(text: String) {
    expectProblems(
      protecting(text),
      .error(
        "1️⃣", "Missing id",
        "a `#` after a space starts a comment. Write the id; if it begins with `#`, quote")
    )
  }

  @Test(arguments: [
    "ops_bot", "svc_*", "*", "**", "*_bot", "a*b*c", "-x", "user+tag@example.com", "svc.*", "a.b",
    "$system", "a^b", "o'neil", "10001", "@TGS#group", "@RBT#*", "a/b",
  ])
  func `a plausible entry is taken literally`(entry: String) throws {
    let reading = readManifest(protecting("[\"\(entry)\"]"))
    let manifest = try #require(reading.manifest, "\(reading.diagnostics.kept)")
    #expect(manifest.guards.protected == [ProtectedPattern(entry)])
  }

  @Test func `an unusual entry is a warning, as for ids`() {
    expectProblems(
      protecting(
        "[ops_bot, 1️⃣'\u{7528}\u{6237}_*', 2️⃣\"e\\u0301a\", 3️⃣'a/b', 4️⃣'\u{430}\u{43D}\u{43D}\u{430}']"),
      .warning("1️⃣", "Unusual id", "outside"), .warning("2️⃣", "Unusual id", "normal form C"),
      .warning("3️⃣", "Unusual id", "outside"), .warning("4️⃣", "Unusual id", "outside"))
  }

  // MARK: - Limits

  @Test func `the number of entries with an inner glob and a shared prefix or suffix is limited`()
    throws
  {
    func list(_ count: Int, _ entry: (Int) -> String) -> String {
      "[" + (0..<count).map { "'\(entry($0))'" }.joined(separator: ", ") + "]"
    }
    for entry: (Int) -> String in [
      { "*x\($0)*" }, { "svc_*x\($0)*" }, { "svc_*x\($0)*_z" }, { "*x\($0)*_bot" },
      { String(repeating: "a", count: $0 % 20 + 1) + "*x\($0)*" },
      { "*x\($0)*" + String(repeating: "a", count: $0 % 20) },
    ] {
      #expect(readManifest(protecting(list(16, entry))).manifest != nil)
      let reading = readManifest(protecting(list(17, entry)))
      #expect(reading.diagnostics.kept.map(\.summary) == ["Too many globs with an inner part"])
      #expect(
        reading.diagnostics.kept.first?.detail.contains("at most 16 can have the same") == true)
      // At the last of them.
      let column = list(17, entry).utf8.count - entry(16).utf8.count - 2 - 1 + 14
      #expect(reading.diagnostics.kept.first?.place.column == UInt32(column))
    }
    // Other entries have only the general limit.
    for entry: (Int) -> String in [
      { "svc_\($0)*" }, { "*_\($0)" }, { "a*b\($0)" }, { "x\($0)_*y*" }, { "*y*_x\($0)" },
    ] {
      let manifest = try expectManifest(protecting(list(10_000, entry)))
      #expect(manifest.guards.protected.count == 10_000)
    }
    let reading = readManifest(protecting(list(10_001) { "svc_\($0)*" }))
    #expect(reading.diagnostics.kept.map(\.summary) == ["Too many protected ids"])
  }
}
