import PruneCore
import TestSupport
import Testing

/// Ids that look like mistakes: warnings with their own codes.
@Suite struct LintTests {
  @Test func `ids that differ only by case are reported, each with the one before it`() {
    expectProblems(
      manifest(
        users: "{id: 1️⃣Bob_1, account: absent}", "{id: alice, account: absent}",
        "{id: 2️⃣bob_1, account: absent}", "{id: 3️⃣BOB_1, tags: []}", "{id: bob_2, tags: []}"),
      .warning("2️⃣", "Ids that differ only by case", "`Bob_1` (imprune.yaml:", related: "1️⃣"),
      .warning("3️⃣", "Ids that differ only by case", "`bob_1` (imprune.yaml:", related: "2️⃣"))
  }

  @Test func `letters beyond ASCII have case too`() {
    let reading = readManifest(
      manifest(users: "{ids: [Zoë, ZOË, zoé], account: absent}"))
    #expect(reading.diagnostics.kept.filter { $0.code == .caseTwins }.count == 1)
  }

  /// Case folding of an id, implemented naively.
  private static func naivelyFolded(_ id: UserID) -> [UInt8] {
    id.bytes.map { (65...90).contains($0) ? $0 + 32 : $0 }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `ids that differ by case are those of a naive search`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let letters = Array("aAbB@[`{Zz09").map(String.init)
    let ids = (0..<400).map { _ in
      "x" + (0..<(1 + random.below(5))).map { _ in random.pick(letters) }.joined()
    }
    let list = ids.map { "\"\($0)\"" }.joined(separator: ", ")
    let reading = readManifest(manifest(users: "{ids: [\(list)], account: absent}"))
    let manifest = try #require(reading.manifest)
    let groups = Dictionary(grouping: manifest.entries.list) { Self.naivelyFolded($0.id) }
    let twins = groups.values.reduce(0) { $0 + $1.count - 1 }
    #expect(twins > 0)
    #expect(
      reading.diagnostics.warnings == ids.count - manifest.entries.list.count + twins
        + ids.count { !$0.allSatisfy { $0.isLetter || $0.isNumber || $0 == "@" } })
  }

  /// The users reported as near to a protected one, the first three by name.
  private func near(_ protected: String, _ ids: String) throws -> Substring {
    let reading = readManifest(
      manifest(guards: "{protected: [\(protected)]}", users: "{ids: [\(ids)], account: absent}"))
    #expect(reading.manifest != nil)
    let problems = reading.diagnostics.kept.filter { $0.code == .nearProtected }
    #expect(problems.count <= 1)
    #expect(problems.allSatisfy { $0.severity == .warning && $0.place.line > 1 })
    return problems.first?.detail.split(separator: " look").first ?? ""
  }

  @Test(arguments: [
    "ops_bt", "ops_boot", "ops_bot1", "xops_bot", "ops_box", "Ops_bot", "osp_bot", "ops_bto",
    "ps_bot",
  ])
  func `an id one edit from a protected one is reported`(id: String) throws {
    #expect(try near("ops_bot, other", "alice, \(id), zoe") == "`\(id)`")
  }

  @Test func `ids close to many protected ids are one warning after the first five`() throws {
    let protected = (1...8).map { "u_\($0)00" }.joined(separator: ", ")
    let users = (1...8).map { "u_\($0)01" }.joined(separator: ", ")
    let reading = readManifest(
      manifest(guards: "{protected: [\(protected)]}", users: "{ids: [\(users)], account: absent}"))
    let near = reading.diagnostics.kept.filter { $0.code == .nearProtected }
    #expect(near.count == 6)
    #expect(near.contains { $0.detail.contains("3 more protected entries") }, "\(near)")
  }

  @Test func `ids two edits away, protected or too short are not reported`() throws {
    #expect(try near("ops_bot", "op_bt, ops_bo12, ops, b, sop_bot_").isEmpty)
    #expect(try near("ops_bot, ops_box, 'svc_*', ab", "ops_box, svc1, ac, abc").isEmpty)
  }

  @Test func `an id that differs from a protected one only by case is reported`() throws {
    #expect(try near("ops_bot", "OPS_bot, other") == "`OPS_bot`")
    #expect(try near("z", "ADMINISTRATOR, b") == "`ADMINISTRATOR`")
  }

  /// The codes and texts of the warnings about some users, with these protected entries.
  private func warnings(_ protected: String, _ ids: String) throws -> [String] {
    let reading = readManifest(
      manifest(guards: "{protected: [\(protected)]}", users: "{ids: [\(ids)], account: absent}"))
    #expect(reading.manifest != nil, "\(reading.diagnostics.kept)")
    return reading.diagnostics.kept.filter { $0.code != .unusualID && $0.code != .notNFC }.map {
      "\($0.code.rawValue) \($0.detail)"
    }
  }

  @Test(arguments: ["ops_.*", "ops_.+", ".*_bot", "o.*_b.*"])
  func `an entry that would protect a user only as a regular expression is reported`(
    pattern: String
  ) throws {
    let told = try warnings("'\(pattern)'", "alice, ops_bot, zoe")
    #expect(told.count == 1)
    #expect(
      told.first?.hasPrefix(
        "literal-glob `\(pattern)` protects `ops_bot` only if read as a regular expression")
        == true,
      "\(told)")
    // It may be meant literally.
    #expect(try warnings("'svc.*'", "alice, zoe").isEmpty)
  }

  @Test(arguments: [
    ("SVC_mail", "'svc_*'"), ("svc_mail", "'SVC_*'"), ("\u{441}rew_1", "'crew_*'"),
    ("cafe\u{301}_1", "'caf\u{E9}_*'"), ("caf\u{E9}_1", "'cafe\u{301}_*'"), ("x_BOT", "'*_bot'"),
    ("A_x_B", "'a*x*b'"), ("\u{FF53}vc_1", "'svc_*'"),
  ])
  func `a user whom a glob misses only by case or appearance is reported`(
    id: String, glob: String
  ) throws {
    let told = try warnings(glob, "alice, \"\(id)\", zoe")
    #expect(told.count == 1)
    #expect(
      told.first?.hasPrefix(
        "near-protected `\(id)` differs only by case or lookalike letters from ids that `") == true,
      "\(told)")
  }

  @Test func `a user who looks like a protected one is reported`() throws {
    #expect(try near("ops_bot", "alice, \"ops_b\u{43E}t\", zoe") == "`ops_b\u{43E}t`")
    #expect(try near("ops_bot", "\"\u{FF4F}ps_bot\", zoe") == "`\u{FF4F}ps_bot`")
    #expect(try near("\"caf\u{E9}\"", "\"cafe\u{301}\", zoe") == "`cafe\u{301}`")
    #expect(try near("\"cafe\u{301}\"", "\"caf\u{E9}\", zoe") == "`caf\u{E9}`")
    #expect(try near("ab", "aB, zoe") == "`aB`")
  }

  @Test func `ids near the admin are reported, many of them as one problem`() throws {
    #expect(
      try near("z", "administrato, administratorx, administrator")
        == "`administrato`, `administratorx`")
    let ids = (10...60).map { "user_\($0)" }.joined(separator: ", ")
    #expect(try near("user_30", ids) == "`user_10`, `user_20`, `user_31` and 11 more")
  }

  /// Whether one edit, or swapping two neighbors, turns `left` into `right`.
  private static func isOneEdit(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    if left.count == right.count {
      let places = left.indices.filter { left[$0] != right[$0] }
      if places.count == 1 { return true }
      return places.count == 2 && places[1] == places[0] + 1
        && left[places[0]] == right[places[1]] && left[places[1]] == right[places[0]]
    }
    let (short, long) = left.count < right.count ? (left, right) : (right, left)
    guard long.count == short.count + 1 else { return false }
    return long.indices.contains { index in
      var cut = long
      cut.remove(at: index)
      return cut == short
    }
  }

  @Test(arguments: 0..<30 as Range<UInt64>)
  func `near ids are those of a naive search`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    func id() -> String {
      "q" + (0..<(2 + random.below(4))).map { _ in random.pick(["a", "b", "c"]) }.joined()
    }
    let (protected, ids) = (id(), Set((0..<200).map { _ in id() }))
    let wanted = ids.filter { Self.isOneEdit(Array($0.utf8), Array(protected.utf8)) }.sorted()
    let told = try near(protected, ids.sorted().joined(separator: ", "))
    if wanted.count > 3 {
      #expect(told.hasSuffix(" and \(wanted.count - 3) more"))
    } else {
      #expect(
        told.split(separator: "`").filter { wanted.contains(String($0)) }.count == wanted.count)
    }
    #expect(told.isEmpty == wanted.isEmpty)
  }

  @Test func `the longest ids are compared completely`() throws {
    let long = String(repeating: "a", count: 31)
    #expect(try near("\(long)b", "\(long), \(long)c") == "`\(long)`, `\(long)c`")
    #expect(try near(long, "\(long)c, \(long)") == "`\(long)c`")
  }

  @Test func `every warning and no error shows its code`() {
    let reading = readManifest(
      manifest(
        guards: "{protected: [ops_bot]}",
        users: "{ids: [ops_bat, Ops_bat, ops_bat, zoë, \"e\\u0301\"], account: absent}",
        "{id: ops_bat, account: absent, reason: x}"))
    #expect(
      Set(reading.diagnostics.kept.compactMap(\.shownCode))
        == [
          "near-protected", "case-twins", "duplicate-entry", "two-reasons", "unusual-id", "not-nfc",
        ])
    let wrong = readManifest(manifest(users: "{id: a, acount: absent}"))
    #expect(wrong.diagnostics.errors > 0)
    #expect(wrong.diagnostics.kept.allSatisfy { $0.shownCode == nil })
  }

  @Test func `strict reading treats warnings as errors`() {
    var diagnostics = readManifest(
      manifest(users: "{ids: [bob, Bob], account: absent}")
    ).diagnostics
    #expect(!diagnostics.hasErrors)
    diagnostics.makeStrict()
    #expect((diagnostics.errors, diagnostics.warnings) == (1, 0))
    #expect(diagnostics.kept.map(\.severity) == [.error])
    #expect(diagnostics.kept.map(\.shownCode) == ["case-twins"])
  }
}
