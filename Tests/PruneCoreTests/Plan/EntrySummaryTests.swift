import TestSupport
import Testing

@testable import PruneCore

/// The summary of a plan by entry: its rows, their order, and what the rest says.
@Suite struct EntrySummaryTests {
  private func plan(
    _ users: String, lists: [String: ListFixture] = [:], guards: String = "{}",
    records: [StateRecord] = [], base: Base? = nil
  ) throws -> Plan {
    let reading = readManifest(
      """
      version: 1
      app: {sdk_app_id: 1400000000, region: china, edition: trial, enabled: [tag_push]}
      guards: \(guards)
      users:
      \(users)
      """, lists: lists)
    let manifest = try #require(reading.manifest, "\(reading.diagnostics.kept)")
    let header = StateHeader(app: manifest.app.id, service: .live, lineage: Lineage(1))
    var plan = try makePlan(manifest, WholeState(header: header, records: records))
    if let base { plan.compare(with: base) }
    return plan
  }

  /// A row as text: operation, counts, place, reason.
  private func text(_ row: EntrySummary.Row) -> String {
    let tally = row.tally
    return [
      row.operation.name, "\(tally.users)", "unknown \(tally.unknown)", "change \(tally.change)",
      "blocked \(tally.blocked)", row.place, row.reason ?? "-",
    ].joined(separator: " | ").replacing(#/ \| (unknown|change|blocked) 0/#, with: "")
  }

  private func rows(_ summary: EntrySummary) -> [String] { summary.rows.map(text) }

  private func saved(_ plan: Plan) throws -> SavedPlan {
    var bytes: [UInt8] = []
    let provenance = Provenance(
      created: Timestamp(seconds: 1), toolVersion: "0.2.0",
      files: plan.manifest.files.map { .init(path: $0, sha256: "") }, gitCommit: nil)
    PlanFile.write(plan, provenance) { bytes += $0 }
    return try PlanFile.read(bytes)
  }

  // MARK: - Rows

  @Test func `each list is a row, with its column if it is CSV`() throws {
    let plan = try plan(
      """
        - {ids_from: leavers.txt, account: absent, reason: contract ended}
        - {ids_from: {path: users.csv, column: user_id}, tags: []}
        - {ids_from: {path: users.csv, column: 2}, tags: []}
        - {ids_from: none.txt, account: absent}
      """,
      lists: [
        "leavers.txt": .text("c\nb\na\n"), "users.csv": .text("user_id,other\nd,e\n"),
        "none.txt": .text("f\n"),
      ],
      records: [
        StateRecord(
          id: try #require(UserID("f")), operation: .removeAccount,
          done: .init(
            revision: .first, outcome: .removed, time: Timestamp(seconds: 1), run: RunID(1)))
      ])
    // The column with a number has no header: `other` is an id.
    let summary = EntrySummary(plan)
    #expect(
      rows(summary) == [
        "remove-account | 3 | leavers.txt | contract ended",
        "clear-tags | 1 | users.csv, column user_id | -",
        "clear-tags | 2 | users.csv, column 2 | -",
      ])
    #expect(summary.rows[0].lines == 1...3)
    #expect(summary.rest == EntrySummary.Rest())
    // A saved plan does not know the columns.
    #expect(
      rows(EntrySummary(try saved(plan))) == [
        "remove-account | 3 | leavers.txt | contract ended", "clear-tags | 3 | users.csv | -",
      ])
  }

  /// Lines count from the manifest's first line; `users` begins in line 4.
  private static let mixed = """
      - {id: z, account: absent, reason: GDPR}
      - {ids_from: list.txt, account: absent, reason: GDPR}
      - {id: u, tags: [], reason: GDPR}
      - {ids: [v, w], account: absent, reason: moved}
      - {id: a, account: absent, reason: GDPR, revision: 2}
      - {ids: [b, c], account: absent}
      - {id: d, account: absent}
    """

  @Test func `users of the manifest with one operation and one reason are a row`() throws {
    let plan = try plan(Self.mixed, lists: ["list.txt": .text("x\n")])
    let expected = [
      "remove-account | 2 | imprune.yaml:5-9 | GDPR", "remove-account | 1 | list.txt | GDPR",
      "clear-tags | 1 | imprune.yaml:7 | GDPR", "remove-account | 2 | imprune.yaml:8 | moved",
      "remove-account | 3 | imprune.yaml:10-11 | -",
    ]
    #expect(rows(EntrySummary(plan)) == expected)
    // A saved plan has the same rows, by file and line.
    #expect(
      rows(EntrySummary(try saved(plan)))
        == [expected[0], expected[2], expected[3], expected[4], expected[1]])
  }

  @Test func `ten thousand entries with one id and the same reason are a row`() throws {
    let users = (10_000..<20_000).map { number in
      "  - {id: \(number), account: absent, reason: \(number.isMultiple(of: 2) ? "even" : "odd")}"
    }
    let plan = try plan(
      users.joined(separator: "\n"), guards: "{max_removals: 10000}")
    let summary = EntrySummary(plan)
    #expect(
      rows(summary) == [
        "remove-account | 5000 | imprune.yaml:5-10003 | even",
        "remove-account | 5000 | imprune.yaml:6-10004 | odd",
      ])
    #expect(EntrySummary(try saved(plan)) == summary)
  }

  @Test func `a row counts unknown and blocked users apart`() throws {
    let id = try #require(UserID("b"))
    let unknown = StateRecord(
      id: id, operation: .removeAccount,
      attempt: .init(
        revision: .first, status: .unknown, time: Timestamp(seconds: 1), run: RunID(1)))
    let plan = try plan(
      "  - {ids: [a, b, c, d], account: absent}\n  - {id: e, tags: []}",
      guards: "{protected: [c, e]}", records: [unknown])
    #expect(
      rows(EntrySummary(plan)) == [
        "remove-account | 3 | unknown 1 | blocked 1 | imprune.yaml:5 | -",
        "clear-tags | 0 | blocked 1 | imprune.yaml:6 | -",
      ])
  }

  @Test func `every user is counted once, in a row or in the rest`() throws {
    var random = SplitMix64(seed: 7)
    for _ in 0..<50 {
      let users = (0..<random.pick([1, 30, 300])).map { number in
        let goal = random.oneIn(3) ? "tags: []" : "account: absent"
        let reason = random.oneIn(3) ? "" : ", reason: r\(random.below(40))"
        return "  - {ids: [u\(number), v\(number)], \(goal)\(reason)}"
      }
      let plan = try plan(
        users.joined(separator: "\n"), guards: "{max_removals: 1000, protected: [\"u1*\"]}")
      for limit in [EntrySummary.limit, 3, 0] {
        let summary = EntrySummary(plan).showing(atMost: limit)
        #expect(summary.rows.count == min(limit, summary.count))
        for operation in Operation.allCases {
          let rest =
            operation == .removeAccount ? summary.rest.removals : summary.rest.clears
          let tallies = summary.rows.filter { $0.operation == operation }.map(\.tally) + [rest]
          let items = plan.items.filter { $0.operation == operation }
          #expect(tallies.reduce(0) { $0 + $1.users } == items.count { $0.block == nil })
          #expect(tallies.reduce(0) { $0 + $1.blocked } == items.count { $0.block != nil })
        }
      }
    }
  }

  // MARK: - Many rows

  /// An entry for each number, with that many users.
  private func entries(_ sizes: [Int]) -> String {
    sizes.enumerated().map { index, size in
      let ids = (0..<size).map { "u\(index)_\($0)" }.joined(separator: ", ")
      return "  - {ids: [\(ids)], account: absent, reason: r\(index)}"
    }.joined(separator: "\n")
  }

  private func reasons(_ summary: EntrySummary) -> [String] { summary.rows.compactMap(\.reason) }

  @Test func `twenty rows are in the order of the manifest, of more the largest come first`() throws
  {
    let sizes = [1, 3, 2] + Array(repeating: 2, count: 17)
    #expect(
      reasons(EntrySummary(try plan(entries(sizes)))) == (0..<20).map { "r\($0)" })
    let more = EntrySummary(try plan(entries(sizes + [5, 1])))
    #expect(reasons(more) == ["r20", "r1"] + (2..<20).map { "r\($0)" })
    #expect(more.count == 22)
    #expect(more.rest.rows == 2)
    #expect(more.rest.removals.users == 2)
    #expect(more.rest.clears == EntrySummary.Tally())
  }

  @Test func `with a base, rows with users of this change come before larger ones`() throws {
    let sizes = Array(repeating: 3, count: 21) + [1]
    let base = Base(
      name: "main", manifest: try plan(entries(Array(repeating: 3, count: 21))).manifest)
    let summary = EntrySummary(try plan(entries(sizes), base: base))
    #expect(summary.isCompared)
    #expect(reasons(summary).first == "r21")
    #expect(summary.rows[0].tally.change == 1)
    #expect(summary.rows.dropFirst().allSatisfy { $0.tally.change == 0 })
    #expect(summary.rest.rows == 2)
  }

  @Test func `a summary is worth showing if it is shorter than a list of many users`() throws {
    func isWorthShowing(_ sizes: [Int]) throws -> Bool {
      EntrySummary(try plan(entries(sizes))).isWorthShowing
    }
    #expect(try !isWorthShowing([10]))
    #expect(try isWorthShowing([11]))
    #expect(try !isWorthShowing(Array(repeating: 1, count: 12)))
    #expect(try !isWorthShowing(Array(repeating: 1, count: 30)))
    #expect(try isWorthShowing([2] + Array(repeating: 1, count: 30)))
  }

  @Test(arguments: [
    (0, "0"), (7, "7"), (999, "999"), (1_000, "1,000"), (1_490, "1,490"), (1_000_000, "1,000,000"),
    (-12_345, "-12,345"),
  ])
  func `large numbers have separators`(number: Int, text: String) {
    #expect(grouped(number) == text)
  }
}
