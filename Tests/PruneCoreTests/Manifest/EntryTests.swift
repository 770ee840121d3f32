import PruneCore
import TestSupport
import Testing

/// Entries of `users`: their users, their goals, and contradictions between them.
@Suite struct EntryTests {
  @Test func `an entry names its users in exactly one way`() {
    expectProblems(
      manifest(
        users: "1️⃣{account: absent}", "2️⃣{id: a, ids: [b], account: absent}",
        "3️⃣{id: a, ids_from: f.txt, tags: []}", "4️⃣{ids: [b], ids_from: f.txt, tags: []}",
        "5️⃣{}"), lists: ["f.txt": "c\n"],
      .error("1️⃣", "Entry without a user", "needs one of `id`, `ids` or `ids_from`"),
      .error("2️⃣", "Entry with two sources of ids", "split the entry"),
      .error("3️⃣", "Entry with two sources of ids", ""),
      .error("4️⃣", "Entry with two sources of ids", ""),
      .error("5️⃣", "Entry without a user", ""), .error("5️⃣", "Entry without an operation", ""))
  }

  @Test func `an entry has exactly one goal`() {
    expectProblems(
      manifest(
        users: "1️⃣{id: a}", "2️⃣{id: b, reason: x, revision: 2}",
        "3️⃣{id: c, tags: [], account: absent}"),
      .error("1️⃣", "Entry without an operation", "`tags: []` (clear all tags) or `account: absent`"),
      .error("2️⃣", "Entry without an operation", ""),
      .error("3️⃣", "Contradictory entry", "write only `account: absent`"))
  }

  @Test func `tags can only be cleared`() {
    expectProblems(
      manifest(
        users: "{id: a, tags: 1️⃣[vip]}", "{id: b, tags: 2️⃣[[], {c: d}]}", "{id: c, tags: 3️⃣{}}",
        "{id: d, tags: 4️⃣null}"),
      .error("1️⃣", "Invalid value", "`tags` must be `[]`"),
      .error("2️⃣", "Invalid value", "`tags` must be `[]`"),
      .error("3️⃣", "Wrong type", "`tags` must be a list"),
      .error("4️⃣", "Wrong type", "`tags` must be a list"))
  }

  @Test(arguments: ["present", "Absent", "''", "null", "true", "\"absent \""])
  func `an account can only be removed`(value: String) {
    expectProblems(
      manifest(users: "{id: a, account: 1️⃣\(value)}"),
      .error("1️⃣", "Invalid value", "it must be `absent`"))
  }

  @Test(arguments: [1, 2, 10, 999_999_999])
  func `a revision is a whole number`(number: UInt32) throws {
    let entries = try expectManifest(manifest(users: "{id: a, tags: [], revision: \(number)}"))
      .entries
    #expect(entries.revision(of: entries.list[0]).number == number)
  }

  @Test(arguments: [
    "0", "-1", "+1", "1.0", "01", "1e3", "1_0", "0x1", "1000000000", "4294967297",
    "99999999999999999999", "'2'", "two", "~", "\"\"",
  ])
  func `any other value is not a revision`(value: String) {
    expectProblems(
      manifest(users: "{id: a, account: absent, revision: 1️⃣\(value)}"),
      .error("1️⃣", "Invalid value", "it must be a whole number from 1 to 999999999"))
  }

  @Test func `a reason is kept unchanged`() throws {
    let limit = String(repeating: "é", count: 100)
    let entries = try expectManifest(
      manifest(
        users: "{id: a, tags: [], reason: 'GDPR 2231: \"left\" — 离职'}",
        "{id: b, tags: [], reason: \(limit)}", "{id: c, tags: [], reason: 2026-01-01}",
        "{id: d, tags: []}", "{ids: [e, f], reason: both, tags: []}")
    ).entries
    #expect(
      entries.list.map { entries.reason(of: $0) }
        == ["GDPR 2231: \"left\" — 离职", limit, "2026-01-01", nil, "both", "both"])
  }

  @Test(arguments: [
    #""a\nb""#, #""a\tb""#, #""\u202Eb""#, #""a\u200Bb""#, #""a\u2028b""#, #""a\u2029b""#,
    #""\u0000""#, #""\uFEFFa""#, #""\U000E0041""#,
  ])
  func `a reason with invisible characters is an error`(value: String) {
    expectProblems(
      manifest(users: "{id: a, account: absent, reason: 1️⃣\(value)}"),
      .error("1️⃣", "Invalid reason", "without hidden characters"))
  }

  @Test func `a reason of more than 200 bytes is an error`() {
    expectProblems(
      manifest(
        users: "{id: a, tags: [], reason: 1️⃣\(String(repeating: "x", count: 201))}",
        "{id: b, tags: [], reason: 2️⃣\(String(repeating: "é", count: 100))x}"),
      .error("1️⃣", "Invalid reason", "at most 200 bytes"),
      .error("2️⃣", "Invalid reason", "at most 200 bytes"))
  }

  @Test func `a block entry is located at its first key`() {
    expectProblems(
      head + """
        users:
          - 1️⃣id: a
            reason: x
          -  2️⃣account: absent
        """,
      .error("1️⃣", "Entry without an operation", ""), .error("2️⃣", "Entry without a user", ""))
  }

  // MARK: - No users

  @Test(arguments: ["users: []\n", "users: [ ]\n", "users:\n  []\n", "users: [ # no one\n  ]\n"])
  func `an empty list of users is valid`(users: String) throws {
    let reading = expectProblems(head + users)
    let manifest = try #require(reading.manifest)
    #expect(manifest.entries.list.isEmpty)
    #expect(manifest.count(of: .removeAccount) == 0)
    let plan = try makePlan(manifest, nil)
    #expect(plan.isEmpty && !plan.isRefused)
    let expecting = try expectManifest(head + "expect: {removals: 2}\n" + users)
    #expect(
      try makePlan(expecting, nil).refusals == [.expectation(.removeAccount, expected: 2, found: 0)]
    )
  }

  @Test(arguments: ["", " ~", " null", "\n#  - {id: a, account: absent}"])
  func `users without a value are an error that suggests an empty list`(value: String) {
    let reading = readManifest(head + "users:\(value)\n")
    #expect(reading.manifest == nil)
    #expect(reading.diagnostics.kept.map(\.summary) == ["Wrong type"])
    #expect(reading.diagnostics.kept.first?.detail.contains("write `users: []`") == true)
  }

  @Test func `a manifest without users is an error`() {
    let reading = readManifest(head)
    #expect(reading.manifest == nil)
    #expect(reading.diagnostics.kept.map(\.summary) == ["Missing key"])
  }

  @Test func `an empty list of ids is an error`() {
    expectProblems(
      manifest(users: "{ids: 1️⃣[], account: absent}", "{id: a, account: absent}"),
      .error("1️⃣", "Empty list", "`ids` contains no id"))
  }

  @Test func `an empty list file is an error, whatever else is wrong`() {
    expectProblems(
      manifest(
        users: "{ids_from: 1️⃣empty.txt, account: absent}",
        "{ids_from: 2️⃣comments.txt, account: absent}", "3️⃣{id: a}",
        "{ids_from: 4️⃣blank.txt, account: absent}"),
      lists: ["empty.txt": "", "comments.txt": "# a\n#b", "blank.txt": "\n\r\n\n"],
      .error("1️⃣", "Empty list", "`empty.txt` contains no id"),
      .error("2️⃣", "Empty list", "`comments.txt` contains no id"),
      .error("3️⃣", "Entry without an operation", ""),
      .error("4️⃣", "Empty list", "imprune treats an empty list as an error"))
  }

  @Test func `a list with only invalid lines is not also reported as empty`() {
    expectProblems(
      manifest(users: "{ids_from: bad.txt, account: absent}"), lists: ["bad.txt": "1️⃣ a\n"],
      .error("1️⃣", "Invalid id", "space"))
  }

  // MARK: - Contradictions

  @Test func `the same entry twice is a warning that names both places`() throws {
    let reading = expectProblems(
      manifest(
        users: "{id: 1️⃣a, account: absent}", "{id: 2️⃣a, account: absent}",
        "{ids: [3️⃣b, 4️⃣a, 5️⃣b], account: absent}"),
      .warning(
        "2️⃣", "Duplicate entry", "`a` is already listed at imprune.yaml:7:10; remove", related: "1️⃣"),
      .warning("4️⃣", "Duplicate entry", "`a` is already listed at imprune.yaml:7:10", related: "1️⃣"),
      .warning("5️⃣", "Duplicate entry", "imprune.yaml:9:12", related: "3️⃣"))
    let entries = try #require(reading.manifest).entries
    #expect(entries.list.map(\.id.description) == ["a", "b"])
    #expect(entries.list.map(\.line) == [7, 9])
    #expect(entries.counts == [0, 2])
  }

  @Test func `two reasons for one user are a warning, and the first is kept`() throws {
    let reading = expectProblems(
      manifest(
        users: "{id: 1️⃣a, account: absent, reason: one}",
        "{id: 2️⃣a, account: absent, reason: two}", "{id: 3️⃣a, account: absent}"),
      .warning("2️⃣", "Two reasons for one user", "listed at imprune.yaml:7:10", related: "1️⃣"),
      .warning("3️⃣", "Two reasons for one user", "listed at imprune.yaml:7:10", related: "1️⃣"))
    let entries = try #require(reading.manifest).entries
    #expect(entries.list.map { entries.reason(of: $0) } == ["one"])
  }

  @Test func `contradictory entries are errors that name both places`() {
    expectProblems(
      manifest(
        users: "{id: 1️⃣a, account: absent}", "{id: 2️⃣a, tags: []}",
        "{id: 3️⃣b, tags: [], revision: 2}", "{id: 4️⃣b, tags: [], revision: 3}",
        "{ids: [5️⃣a, c], tags: [], revision: 9}"),
      .error(
        "2️⃣", "Contradictory entries",
        "the entry at imprune.yaml:7:10 list different operations for `a`",
        related: "1️⃣"),
      .error(
        "4️⃣", "Contradictory entries", "`b` has another revision at imprune.yaml:9:10",
        related: "3️⃣"),
      .error("5️⃣", "Contradictory entries", "imprune.yaml:7:10", related: "1️⃣"))
  }

  @Test func `contradictions are found across lists and entries`() {
    expectProblems(
      manifest(
        users: "{ids_from: one.txt, account: absent}", "{id: 1️⃣x, account: absent}",
        "{ids_from: two.txt, tags: []}"),
      lists: ["one.txt": "# one\n2️⃣y\n3️⃣x\n4️⃣y\n", "two.txt": "5️⃣y\nz\n"],
      .warning("1️⃣", "Duplicate entry", "one.txt:3:1", related: "3️⃣"),
      .warning("4️⃣", "Duplicate entry", "one.txt:2:1", related: "2️⃣"),
      .error("5️⃣", "Contradictory entries", "one.txt:2:1", related: "2️⃣"))
  }

  @Test func `contradictions are found even if other entries are invalid`() {
    expectProblems(
      manifest(
        users: "{id: 1️⃣a, account: absent}", "{id: 2️⃣' b', account: absent}",
        "{id: 3️⃣a, tags: []}"),
      .error("2️⃣", "Invalid id", ""),
      .error("3️⃣", "Contradictory entries", "", related: "1️⃣"))
  }

  @Test func `an invalid entry takes no part in contradictions`() {
    expectProblems(
      manifest(
        users: "{ids: [a, 1️⃣' b', c], account: absent}", "{ids: [a, c], tags: []}"),
      .error("1️⃣", "Invalid id", ""))
  }

  @Test func `ids that look alike are different users`() throws {
    let reading = expectProblems(
      manifest(
        users: "{id: 1️⃣'\u{E9}', account: absent}", "{id: 2️⃣'e\u{301}', tags: []}",
        "{id: 3️⃣'\u{212A}', tags: []}", "{id: 4️⃣K, account: absent}", "{id: 5️⃣k, tags: []}"),
      .warning("1️⃣", "Unusual id", "outside"), .warning("2️⃣", "Unusual id", "normal form C"),
      .warning("3️⃣", "Unusual id", "normal form C"),
      .warning("4️⃣", "Ids that differ only by case", "", related: "3️⃣"),
      .warning("5️⃣", "Ids that differ only by case", "", related: "4️⃣"))
    #expect(
      try #require(reading.manifest).entries.list.map(\.id.bytes)
        == ["K", "e\u{301}", "k", "\u{E9}", "\u{212A}"].map { Array($0.utf8) })
  }
}
