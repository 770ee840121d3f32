import PruneCore
import TestSupport
import Testing

@testable import imprune

/// The Markdown of any plan fits its budget, is well formed, contains what matters, and keeps
/// outside text inert.
@Suite struct MarkdownTests {
  // MARK: - Plans

  /// A plan from a seed: of any size, with ids, reasons and names of the worst kind.
  private func plan(_ random: inout SplitMix64) throws -> Plan {
    var users: [String] = []
    var lists: [String: ListFixture] = [:]
    let size = random.pick([1, 2, 5, 50, 500])
    for number in 0..<size {
      // Distinct, without blanks at the ends, and not too long.
      var id = NastyText.make(&random, bytes: 20) + "x\(number)"
      if id.hasPrefix("- ") || id.hasPrefix("+ ") { id = "." + id }
      var entry = "{id: \(yamlQuoted(id)), "
      entry += random.oneIn(3) ? "tags: []" : "account: absent"
      if random.oneIn(2) {
        entry += ", reason: \(yamlQuoted(NastyText.make(&random, bytes: 190) + "."))"
      }
      users.append(entry + ", revision: \(1 + random.below(2))}")
    }
    if random.oneIn(2) {
      let name = NastyText.make(&random, bytes: 60) + ".txt"
      lists[name] = .text("listed_1\nlisted_2\n")
      users.append("{ids_from: \(yamlQuoted(name)), account: absent}")
    }
    let isProtecting = random.oneIn(3)
    let manifest = """
      version: 1
      app:
        sdk_app_id: 1400000000
        region: silicon_valley
        edition: \(random.pick(["trial", "pro_plus"]))
      guards:
        max_removals: \(random.pick([0, 100_000]))
        protected: [\(isProtecting ? yamlQuoted(NastyText.make(&random, from: NastyText.protectable, bytes: 9) + "*") : "")]
      expect: {removals: \(random.pick([1, size])), clears: 1}
      users:
      \(users.map { "  - \($0)\n" }.joined())
      """
    let name = NastyText.make(&random, from: NastyText.visible + NastyText.hidden, bytes: 200) + "m"
    let reading = readManifest(Array(manifest.utf8), name: name, lists: lists)
    let errors = reading.diagnostics.kept.filter { $0.severity == .error }
    let wanted = try #require(reading.manifest, "\(errors.map(\.detail))")
    if random.oneIn(4) { return try makePlan(wanted, nil) }
    return try makePlan(wanted, state(of: wanted, &random))
  }

  /// A state in which some of a manifest's users are done, failed and unknown.
  private func state(of manifest: Manifest, _ random: inout SplitMix64) throws -> WholeState {
    var records: [StateRecord] = []
    for entry in manifest.entries.list where random.oneIn(4) {
      let operation = manifest.entries.operation(of: entry)
      var record = StateRecord(id: entry.id, operation: operation)
      if random.oneIn(2) {
        record.done = .init(
          revision: .first, outcome: operation == .clearTags ? .cleared : .removed,
          time: Timestamp(seconds: 1), run: RunID(1))
      } else {
        record.attempt = .init(
          revision: manifest.entries.revision(of: entry),
          status: random.oneIn(2) ? .unknown : .failed(ServiceCode(70_500)),
          time: Timestamp(seconds: 2), run: RunID(2))
      }
      records.append(record)
    }
    let app = try #require(SDKAppID(1_400_000_000))
    return WholeState(
      header: StateHeader(app: app, service: .live, lineage: Lineage(1)), records: records)
  }

  /// A manifest that removes this many users, as a trial app may.
  private func removals(_ count: Int) throws -> Plan {
    let manifest = """
      version: 1
      app: {sdk_app_id: 1400000000, region: singapore, edition: trial}
      guards: {max_removals: 1000000}
      users:
        - {ids_from: leavers.txt, account: absent, reason: contract ended 2026-10}
      """
    let reading = readManifest(
      manifest, lists: ["leavers.txt": .text(madeIDs(1...count).joined(separator: "\n"))])
    return try makePlan(try #require(reading.manifest), nil)
  }

  // MARK: - Rules of every rendering

  /// The parts of a rendering.
  private struct Parts {
    /// Lines outside every fence.
    var prose: [String] = []
    /// Lines of the fence with the summary by entry.
    var summary: [String] = []
    /// Lines of each fence with users.
    var fences: [[String]] = []
    /// Lines of the fences with problems.
    var warnings: [String] = []
  }

  /// Parses a rendering as CommonMark would, and checks its structure.
  private func parts(_ text: String) throws -> Parts {
    var parts = Parts()
    var isInFence = false
    var isInDetails = false
    var isOfWarnings = false
    var isSummary = false
    for line in text.unicodeScalars.split(separator: "\n") {
      let line = String(line)
      let content = line.drop { $0 == " " }
      let isFence = content.hasPrefix("```") || content.hasPrefix("~~~")
      if isInFence {
        // Only backticks, as many or more, end a fence.
        if content.allSatisfy({ $0 == "`" }), content.utf8.count >= 3 {
          isInFence = false
        } else if isSummary {
          parts.summary.append(line)
        } else if isOfWarnings {
          parts.warnings.append(line)
        } else {
          parts.fences[parts.fences.count - 1].append(line)
        }
      } else if isFence {
        // Problems come last, the summary first.
        #expect(!isOfWarnings || line == "```text")
        isOfWarnings = line == "```text"
        isSummary = line == "```"
        #expect(isOfWarnings || isSummary || line == "```diff")
        #expect(isInDetails != isSummary)
        #expect(!isSummary || parts.fences.isEmpty && parts.summary.isEmpty)
        isInFence = true
        if !isOfWarnings, !isSummary { parts.fences.append([]) }
      } else if line.hasPrefix("<details") {
        #expect(line.wholeMatch(of: /<details open><summary>[\d,]+ [a-z ()]+<\/summary>/) != nil)
        #expect(!isInDetails)
        isInDetails = true
      } else if line == "</details>" {
        #expect(isInDetails)
        isInDetails = false
      } else {
        parts.prose.append(line)
      }
    }
    #expect(!isInFence && !isInDetails)
    return parts
  }

  /// A line of prose without its code spans, as CommonMark finds them: a run of backticks up to the
  /// next run of the same length.
  private func withoutCode(_ line: String) -> String {
    var rest = Array(line.unicodeScalars)[...]
    var result = String.UnicodeScalarView()
    while let first = rest.first {
      guard first == "`" else {
        result.append(first)
        rest = rest.dropFirst()
        continue
      }
      let ticks = rest.prefix { $0 == "`" }.count
      rest = rest.dropFirst(ticks)
      var search = rest
      while !search.isEmpty {
        search = search.drop { $0 != "`" }
        let run = search.prefix { $0 == "`" }.count
        search = search.dropFirst(run)
        if run == ticks { break }
      }
      // Unmatched backticks would be text, which never happens here.
      #expect(!search.isEmpty || rest.suffix(ticks).allSatisfy { $0 == "`" })
      rest = search
    }
    return String(result)
  }

  private func marker(_ plan: Plan) -> String {
    MarkdownView.marker(plan.manifest.app, plan.manifest.files)
  }

  private func check(_ plan: Plan, budget: Int) throws {
    let text = MarkdownView.render(plan, budget: budget)
    #expect(text.utf8.count <= budget)
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.isHidden })
    let parts = try parts(text)
    // The marker, and no other HTML or Markdown than ours.
    let marker = try #require(parts.prose.first)
    #expect(marker == self.marker(plan))
    #expect(marker.wholeMatch(of: /<!-- imprune-plan: \d+ [A-Za-z0-9._\/%]+ -->/) != nil)
    for line in parts.prose.dropFirst() {
      let words = withoutCode(line)
      #expect(
        words.wholeMatch(
          of: /(### |- )?(\*\*)?[A-Za-z0-9 .,:;()'_-]*(\*\*)?[A-Za-z0-9 .,:;()*'_-]*/)
          != nil, "\(line)")
    }
    try checkWarnings(parts, plan, text)
    checkSummary(parts, plan)
    // The mandatory parts.
    if plan.isEmpty, !plan.isRefused {
      #expect(text.contains("No changes."))
      return
    }
    #expect(text.contains("**Plan: \(PlanWords.of(plan.counts)).**"))
    let token = "Token: `\(ApprovalToken(plan))`"
    #expect(text.contains(token) == (!plan.isRefused && !plan.items.isEmpty))
    for remark in plan.refusalRemarks + plan.warningRemarks() {
      #expect(text.contains(remark.message))
    }
    // Every item has a line or is counted.
    let rows = parts.fences.flatMap { $0 }
    for row in rows {
      #expect(
        row.firstMatch(of: /^(- remove|~ clear|[!?] (remove|clear) (blocked|unknown))\s\s/) != nil)
    }
    let hidden = hidden(parts, /[a-z ]*(user|removal|clear)s?/)
    #expect(rows.count + hidden.reduce(0, +) == plan.items.count)
    // It omits no more than necessary: the longest line has an id, a location, a reason and a
    // block.
    if !hidden.isEmpty { #expect(text.utf8.count > budget - 1000) }
  }

  /// The summary has a line per row, in order, and counts the rows that it does not show.
  private func checkSummary(_ parts: Parts, _ plan: Plan) {
    let summary = EntrySummary(plan)
    guard summary.isWorthShowing else { return #expect(parts.summary == []) }
    var rows = parts.summary
    var counted = 0
    if let match = rows.last?.prefixMatch(of: #/\.\.\. and ([\d,]+) more entr(y|ies): /#) {
      counted = Int(match.1.replacing(",", with: "")) ?? 0
      rows.removeLast()
    }
    #expect(rows.count + counted == summary.count)
    for (line, row) in zip(rows, summary.rows) {
      let verb = row.operation == .removeAccount ? "to remove" : "to clear"
      #expect(
        line.hasPrefix(" ") || line.first?.isNumber == true, "it could end the fence: \(line)")
      #expect(line.contains("\(grouped(row.tally.users - row.tally.unknown)) \(verb)"))
      #expect(row.reason.map { line.utf8.reversed().starts(with: $0.utf8.reversed()) } ?? true)
    }
  }

  /// How many entries each section of a noun omits.
  private func hidden(_ parts: Parts, _ noun: Regex<(Substring, Substring)>) -> [Int] {
    parts.prose.compactMap { line in
      let match = line.wholeMatch(
        of: /\.\.\. ([\d,]+) more ([a-z ]+) (is|are) not shown(; `imprune plan --all` lists all)?\./
      )
      guard let match, match.2.wholeMatch(of: noun) != nil
      else { return nil }
      return Int(match.1.replacing(",", with: ""))
    }
  }

  /// Every warning about the manifest appears with its location or is counted.
  private func checkWarnings(_ parts: Parts, _ plan: Plan, _ text: String) throws {
    let warnings = plan.manifest.warnings
    let lines = parts.warnings
    #expect(lines.count % 2 == 0)
    for (index, warning) in warnings.kept.prefix(lines.count / 2).enumerated() {
      let place = warning.place
      let file = printable(plan.manifest.files[Int(place.file)])
      let head =
        "\(file):\(place.line):\(place.column): \(warning.summary) [\(warning.code.rawValue)]"
      #expect(Array(lines[2 * index].utf8) == Array(head.utf8))
      #expect(Array(lines[2 * index + 1].utf8) == Array(("  " + warning.detail).utf8))
    }
    let hidden = hidden(parts, /(warning)s?/)
    #expect(lines.count / 2 + hidden.reduce(0, +) == warnings.warnings)
    #expect(text.contains(" about the manifest; see the end.") == (warnings.warnings > 0))
  }

  @Test func `users come before warnings and leave room for some`() throws {
    let users = """
        - {ids_from: leavers.txt, account: absent, reason: contract ended 2026-10}
        - {ids: [\((1...150).map { "\"w \($0)\"" }.joined(separator: ", "))], account: absent}
      """
    let manifest = """
      version: 1
      app: {sdk_app_id: 1400000000, region: singapore, edition: trial}
      guards: {max_removals: 1000000}
      users:
      \(users)
      """
    let reading = readManifest(
      manifest, lists: ["leavers.txt": .text(madeIDs(1...10_000).joined(separator: "\n"))])
    let plan = try makePlan(try #require(reading.manifest), nil)
    #expect(plan.manifest.warnings.warnings == 150)
    try check(plan, budget: MarkdownView.comment)
    let comment = MarkdownView.render(plan, budget: MarkdownView.comment)
    let parts = try parts(comment)
    #expect(parts.fences[0].count > 600)
    #expect((20..<100).contains(parts.warnings.count / 2))
    let removals = try #require(comment.firstRange(of: "to remove (irreversible)</summary>"))
    let warnings = try #require(comment.firstRange(of: "150 warnings about the manifest</summary>"))
    #expect(removals.lowerBound < warnings.lowerBound)
    // At most a hundred, whatever the room.
    let summary = MarkdownView.render(plan, budget: MarkdownView.stepSummary)
    #expect(try self.parts(summary).warnings.count == 200)
    #expect(summary.contains("\n... 50 more warnings are not shown.\n"))
  }

  @Test func `the summary comes first and leaves room for the users, however long its lines are`()
    throws
  {
    let users = (0..<60).map { number in
      "  - {ids_from: \(String(repeating: "名", count: 60))\(number).txt, account: absent, reason: "
        + "\(String(repeating: "😀", count: 48))\(number)}"
    }
    var lists: [String: ListFixture] = [:]
    for number in 0..<60 {
      lists[String(repeating: "名", count: 60) + "\(number).txt"] = .text("a\(number)\nb\(number)\n")
    }
    let manifest = """
      version: 1
      app: {sdk_app_id: 1400000000, region: singapore, edition: trial}
      guards: {max_removals: 1000}
      users:
      \(users.joined(separator: "\n"))
      """
    let plan = try makePlan(try #require(readManifest(manifest, lists: lists).manifest), nil)
    for budget in [MarkdownView.leastBudget, MarkdownView.comment] {
      try check(plan, budget: budget)
      let text = MarkdownView.render(plan, budget: budget)
      let parts = try parts(text)
      let isSmall = budget == MarkdownView.leastBudget
      #expect(isSmall ? (3..<20).contains(parts.summary.count) : parts.summary.count == 21)
      let hidden = isSmall ? 61 - parts.summary.count : 40
      #expect(
        parts.summary.last == "... and \(hidden) more entries: \(2 * hidden) to remove")
      #expect(!parts.fences.isEmpty)
      let place = try #require(text.firstRange(of: "**Plan:"))
      let summary = try #require(text.firstRange(of: "\n```\n"))
      let token = try #require(text.firstRange(of: "Token:"))
      #expect(place.lowerBound < summary.lowerBound && summary.upperBound < token.lowerBound)
    }
  }

  @Test func `the comment lists protected entries that match no user`() throws {
    let reading = readManifest(
      """
      version: 1
      app: {sdk_app_id: 1400000000, region: singapore, edition: trial}
      guards: {protected: [user_2, ops_bto, "svc_*"]}
      users:
        - {id: user_1, account: absent}
      """)
    let text = MarkdownView.render(
      try makePlan(try #require(reading.manifest), nil), budget: MarkdownView.comment)
    #expect(
      text.contains(
        "\n- **Note:** 3 protected entries match no known user: "
          + "`user_2`, `ops_bto`, `svc_*`. A misspelled entry protects no user.\n"))
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `any plan fits any size budget`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let plan = try plan(&random)
    let budgets = [
      MarkdownView.leastBudget, MarkdownView.leastBudget + random.below(100_000),
      MarkdownView.stepSummary,
    ]
    for budget in budgets { try check(plan, budget: budget) }
  }

  @Test func `a comment holds what fits, and a step summary all 10,000 users`() throws {
    let plan = try removals(10_000)
    try check(plan, budget: MarkdownView.comment)
    let comment = MarkdownView.render(plan, budget: MarkdownView.comment)
    let rows = try parts(comment).fences[0]
    #expect(rows.count > 800)
    #expect(
      comment.contains("\n... \(grouped(10_000 - rows.count)) more removals are not shown; `"))
    let summary = MarkdownView.render(plan, budget: MarkdownView.stepSummary)
    #expect(try parts(summary).fences[0].count == 10_000)
    #expect(!summary.contains("not shown"))
    #expect(summary.utf8.count <= 900 * 1024)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `the problems of any manifest fit any size budget`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let entries = (0..<random.pick([1, 7, 300])).map { number in
      let key = NastyText.make(&random, bytes: 60) + "x\(number)"
      return random.oneIn(3)
        ? "{id: \(yamlQuoted("w " + key)), account: absent}"
        : "{\(yamlQuoted(key)): 1, account: absent}"
    }
    let manifest = """
      version: 1
      app: {sdk_app_id: 1400000000, region: singapore, edition: trial}
      users:
      \(entries.map { "  - \($0)\n" }.joined())
        - {account: absent}
      """
    let name = NastyText.make(&random, from: NastyText.visible + NastyText.hidden, bytes: 200) + "m"
    let reading = readManifest(Array(manifest.utf8), name: name)
    let app = try #require(reading.app)
    for budget in [MarkdownView.leastBudget, MarkdownView.comment, MarkdownView.stepSummary] {
      let text = try #require(MarkdownView.render(reading, budget: budget))
      #expect(text.utf8.count <= budget)
      #expect(text.hasPrefix(MarkdownView.marker(app, reading.files) + "\n### No plan for app 14"))
      #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.isHidden })
      let parts = try parts(text)
      let hidden = hidden(parts, /(error|warning)s?/).reduce(0, +)
      #expect(
        parts.warnings.count / 2 + hidden
          == reading.diagnostics.errors + reading.diagnostics.warnings)
      for line in parts.prose.dropFirst() {
        #expect(
          withoutCode(line).wholeMatch(of: /(### |\.\.\. )?[A-Za-z0-9 ]+[.*A-Za-z ,;]*/) != nil,
          "\(line)")
      }
    }
    // Without an app there is no marker.
    #expect(MarkdownView.render(readManifest("version: 1\n"), budget: 60_000) == nil)
  }

  @Test func `the comment's marker does not depend on the plan`() throws {
    let (one, other) = (try removals(1), try removals(7))
    #expect(marker(one) == "<!-- imprune-plan: 1400000000 imprune.yaml -->")
    #expect(marker(one) == marker(other))
    #expect(MarkdownView.render(one, budget: 60_000).hasPrefix(marker(one) + "\n"))
  }
}
