import TestSupport
import Testing

@testable import PruneCore
@testable import imprune

/// Which parts of the output fit on a terminal.
@Suite struct WidthTests {
  private func line(
    _ settled: Int, of total: Int, speed: Double = 159, rate: Double = 90, columns: Int?
  ) -> String {
    let progress = ApplyMachine.Progress(
      stage: .removals, settled: settled, total: total, rate: rate, limit: .standard)
    return ProgressView.line(progress, speed: speed, columns: columns) { $0 }
  }

  @Test func `progress shows a bar and an estimate where both fit`() {
    #expect(
      line(1012, of: 3001, columns: 120)
        == "[#############...........................] removing accounts: 1012/3001 at 159 users/s, "
        + "90 calls/s, about 13 s left")
    #expect(
      line(1012, of: 3001, columns: 80)
        == "[####..........] removing accounts: 1012/3001 at 159 users/s, about 13 s left")
    // The throttled rate is worth more than a bar, and the estimate more than the rate.
    #expect(
      line(1012, of: 3001, rate: 22.5, columns: 96)
        == "removing accounts: 1012/3001 at 159 users/s, slowed to 22.5 of 90 calls/s, about 13 s left"
    )
    for rate in [22.5, 90] {
      #expect(
        line(1012, of: 3001, rate: rate, columns: 65)
          == "removing accounts: 1012/3001 at 159 users/s, about 13 s left")
    }
    #expect(
      line(1012, of: 3001, columns: nil)
        == "removing accounts: 1012/3001 at 159 users/s, 90 calls/s, about 13 s left")
  }

  @Test func `progress never exceeds its line`() {
    for columns in 20...220 {
      for (settled, total) in [(0, 1), (1, 1), (1_000_000, 50_000_000), (0, 0)] {
        for rate in [90.0, 1.5] {
          let line = line(settled, of: total, speed: 8_888, rate: rate, columns: columns)
          #expect(line.count <= columns - 3)
        }
      }
    }
  }

  @Test(arguments: [false, true])
  func `broken lines end without blanks and begin at their column`(isColored: Bool) {
    var style = Style(-1, colorsAllowed: false)
    style.columns = 40
    let reset = isColored ? "\u{1B}[0m" : ""
    for blanks in [6, 20] {
      let place = "imprune.yaml:1" + String(repeating: " ", count: blanks) + reset
      let rows = style.wrapped("  - remove  a  \(place)  asked-for by themselves", hanging: 6)
        .replacing(reset, with: "").split(separator: "\n")
      #expect(rows == ["  - remove  a  imprune.yaml:1", "      asked-for by themselves"])
    }
  }

  @Test func `sentences about plans, runs and states fit`() throws {
    var style = Style(-1, colorsAllowed: false)
    style.columns = 60
    let app = try #require(SDKAppID(1_400_000_000))
    let header = StateHeader(app: app, service: .live, lineage: Lineage(1), serial: 12)
    let change = RecordChange(
      RecordKey(id: try #require(UserID("user_0000001")), operation: .removeAccount),
      before: StateRecord(
        id: try #require(UserID("user_0000001")), operation: .removeAccount,
        done: .init(
          revision: .first, outcome: .removed, time: Timestamp(seconds: 1_767_322_000),
          run: RunID(7))), after: nil)
    let text = """
      version: 1
      app: {sdk_app_id: 1400000000, region: singapore, edition: trial}
      users: []
      """
    var plan = Plan(manifest: try #require(readManifest(text).manifest), state: header)
    plan.refusals = [.cap(.removeAccount, planned: 2, limit: 0)]
    let texts = [
      StateView.summary(header, 5000, nil, "imprune.state", style),
      StateEditingView.line(change, style),
      PlanView.render(plan, style, showsAll: false, rate: .standard),
      ResultView.render(
        RunResult(), style, again: "imprune apply", state: "imprune.state", tags: nil),
    ]
    for line in texts.joined().split(separator: "\n") {
      #expect(line.count <= 60, "\(line)")
      #expect(line.last != " ", "\(line)")
    }
  }

  @Test func `wide characters have width two, and combining marks width zero`() {
    #expect(columns(of: "name") == 4)
    #expect(columns(of: "名前") == 4)
    #expect(columns(of: "e\u{301}") == 1)
    #expect(padded("名前", 6) == "名前  ")
    #expect(padded("names", 3) == "names")
  }

  @Test(arguments: [40, 80, 200])
  func `the quoted line of a problem fits, with its caret below the column`(width: Int) throws {
    let users = (0..<40).map { $0 == 25 ? "\" x\"" : "名前\($0)" }.joined(separator: ", ")
    let line = "  - {ids: [\(users)], account: absent}"
    let text = """
      version: 1
      app: {sdk_app_id: 1400000000, region: singapore, edition: trial}
      users:
      \(line)
      """
    var style = Style(-1, colorsAllowed: false)
    style.columns = width
    let reading = readManifest(text)
    let shown = DiagnosticsView.render(reading, style) { lines, _, _ in
      Dictionary(uniqueKeysWithValues: lines.map { ($0, $0 == 4 ? line : "") })
    }.split(separator: "\n")
    let head = try #require(shown.firstIndex(where: { $0.contains("error: Invalid id") }))
    let (excerpt, caret) = (shown[head + 1], shown[head + 2])
    #expect(columns(of: excerpt) < width)
    let place = columns(of: caret.prefix { $0 != "^" })
    // The text above the caret is the id.
    var over = 0
    let rest = excerpt.unicodeScalars.drop { scalar in
      defer { over += scalar.columns }
      return over < place
    }
    #expect(String(rest).hasPrefix("\" x\""))
  }
}
