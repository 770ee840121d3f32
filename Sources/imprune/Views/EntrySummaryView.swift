import PruneCore

/// The summary of a plan by entry: one line each, then one that counts the rest.
enum EntrySummaryView {
  /// As a part of a text, with an empty line after it; empty if the users say it all.
  static func text(_ summary: EntrySummary, _ style: Style) -> String {
    guard summary.isWorthShowing else { return "" }
    let lines = summary.rows.map { cells(of: $0, summary) }
    let widths = widths(of: lines)
    var text = ""
    for (row, cells) in zip(summary.rows, lines) {
      let count = padded(aligned(cells, widths), widths.count)
      let painted = row.operation == .removeAccount ? style.red(count) : style.yellow(count)
      let tail =
        cells.reason.isEmpty
        ? style.faint(cells.place)
        : style.faint(padded(cells.place, widths.place)) + "  " + cells.reason
      text += style.wrapped("  \(painted)  \(tail)", hanging: 6, upTo: .max) + "\n"
    }
    if let rest = rest(summary) {
      text += style.wrapped(style.faint("  ... " + rest), hanging: 6, upTo: .max) + "\n"
    }
    return text + "\n"
  }

  /// As a fence of Markdown, at most `budget` bytes, which must fit the line that counts the rest;
  /// empty if the users say it all.
  static func markdown(_ summary: EntrySummary, budget: Int) -> String {
    guard summary.isWorthShowing else { return "" }
    for limit in (1...max(1, summary.rows.count)).reversed() {
      let text = fence(summary.showing(atMost: limit))
      if text.utf8.count <= budget { return text }
    }
    return fence(summary.showing(atMost: 0))
  }

  private static func fence(_ summary: EntrySummary) -> String {
    let rows = summary.rows.map { cells(of: $0, summary) }
    let widths = widths(of: rows)
    let lines = rows.map { cells in
      let head = padded(aligned(cells, widths), widths.count) + "  "
      return cells.reason.isEmpty
        ? head + cells.place : head + padded(cells.place, widths.place) + "  " + cells.reason
    }
    let all = lines + (rest(summary).map { ["... " + $0] } ?? [])
    return "```\n" + all.map { $0 + "\n" }.joined() + "```\n\n"
  }

  // MARK: - Cells

  private typealias Cells = (number: String, words: String, place: String, reason: String)
  private typealias Widths = (number: Int, count: Int, place: Int)

  private static func cells(of row: EntrySummary.Row, _ summary: EntrySummary) -> Cells {
    let (number, words) = count(row.tally, row.operation, isCompared: summary.isCompared)
    return (number, words, placeText(row.place), row.reason.map(printable) ?? "")
  }

  /// The numbers are aligned at their ends.
  private static func aligned(_ cells: Cells, _ widths: Widths) -> String {
    String(repeating: " ", count: widths.number - cells.number.count) + cells.number + cells.words
  }

  private static func widths(of rows: [Cells]) -> Widths {
    let number = rows.map(\.number.count).max() ?? 0
    return (
      number, number + (rows.map(\.words.count).max() ?? 0),
      // Aligned for readability, but one long name does not move all the reasons away.
      min(40, rows.map { columns(of: $0.place) }.max() ?? 0)
    )
  }

  // MARK: - Words

  /// `1,490` and ` to remove, 1 unknown, 90 in this change, 2 blocked`.
  private static func count(
    _ tally: EntrySummary.Tally, _ operation: Operation, isCompared: Bool
  ) -> (number: String, words: String) {
    var words = operation == .removeAccount ? " to remove" : " to clear"
    if tally.unknown > 0 { words += ", \(grouped(tally.unknown)) unknown" }
    if isCompared { words += ", \(grouped(tally.change)) in this change" }
    if tally.blocked > 0 { words += ", \(grouped(tally.blocked)) blocked" }
    return (grouped(tally.users - tally.unknown), words)
  }

  /// `and 37 more entries: 400 to remove, 12 to clear`; nil if all rows are shown.
  private static func rest(_ summary: EntrySummary) -> String? {
    let rest = summary.rest
    if rest.rows == 0 { return nil }
    let tallies = [(rest.removals, Operation.removeAccount), (rest.clears, .clearTags)]
    let counts = tallies.filter { $0.0.users + $0.0.blocked > 0 }.map { tally, operation in
      let (number, words) = count(tally, operation, isCompared: summary.isCompared)
      return number + words
    }
    let noun = rest.rows == 1 ? "entry" : "entries"
    return "and \(grouped(rest.rows)) more \(noun): \(counts.joined(separator: "; "))"
  }
}
