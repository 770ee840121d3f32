import PruneCore

/// Parts that several pages have.
extension HTMLText {
  enum NoteKind: String {
    case bad, warn, good
    case plain = ""
  }

  mutating func note(_ kind: NoteKind, _ label: String, _ text: String) {
    element("p", ("class", kind == .plain ? "note" : "note \(kind.rawValue)")) { html in
      if !label.isEmpty {
        html.element("b", text: label + " ")
      }
      html.text(text)
    }
  }

  /// How many of something are not listed; nothing if all are.
  mutating func rest(_ count: Int, _ noun: String) {
    if count > 0 { element("p", ("class", "soft"), text: "\(counted(count, noun)).") }
  }

  /// A row of numbers, each with its words.
  mutating func tiles(_ tiles: [(count: Int, words: String, color: String)]) {
    element("ul", ("class", "tiles")) { html in
      for (count, words, color) in tiles {
        html.element("li", ("class", count == 0 ? "none" : "")) { html in
          html.element("b", ("class", count == 0 ? "" : color), text: grouped(count))
          html.text(words)
        }
      }
    }
  }

  /// A table with a head; the columns of `numbers` are aligned at their ends. On a phone, a row of
  /// `texts` has its cells below each other, without the head.
  mutating func table(
    _ head: [String], numbers: Set<Int> = [], texts: Bool = false, _ rows: [[String]]
  ) {
    element("div", ("class", "scroll")) { html in
      html.element("table", ("class", texts ? "texts" : "")) { html in
        html.element("thead") { html in
          html.element("tr") { html in
            for (index, cell) in head.enumerated() {
              html.element(
                "th", ("scope", "col"), ("class", numbers.contains(index) ? "n" : ""), text: cell)
            }
          }
        }
        html.element("tbody") { html in
          for row in rows {
            html.element("tr") { html in
              for (index, cell) in row.enumerated() {
                html.element("td", ("class", numbers.contains(index) ? "n" : ""), text: cell)
              }
            }
          }
        }
      }
    }
  }

  /// What a change does to the rules; nothing if it changes none.
  mutating func rules(_ changes: [RuleRow]) {
    if changes.isEmpty { return }
    let isLoosened = changes.contains { $0.effect == .loosened }
    element("h2", text: isLoosened ? "Rules that this change loosens" : "Changed rules")
    table(
      ["Effect", "Rule", "Change", "Place"], texts: true,
      changes.map { change in
        [
          (change.effect == .loosened ? "! " : "") + change.effect.rawValue, change.rule,
          RuleWords.of(change.values, printable), placeText(change.place),
        ]
      })
  }

  /// The summary by entry; nothing if the users say it all.
  mutating func entries(_ summary: EntrySummary) {
    guard summary.isWorthShowing else { return }
    element("h2", text: "Entries")
    let hasUnknown = summary.rows.contains { $0.tally.unknown > 0 }
    let hasBlocked = summary.rows.contains { $0.tally.blocked > 0 }
    let head =
      ["Operation", "Users"] + (summary.isCompared ? ["This change"] : [])
      + (hasUnknown ? ["Unknown"] : []) + (hasBlocked ? ["Blocked"] : []) + ["Entry", "Reason"]
    table(
      head, numbers: Set(1..<(head.count - 2)),
      summary.rows.map { row in
        [GuardWords.word(row.operation), grouped(row.tally.users)]
          + (summary.isCompared ? [grouped(row.tally.change)] : [])
          + (hasUnknown ? [grouped(row.tally.unknown)] : [])
          + (hasBlocked ? [grouped(row.tally.blocked)] : [])
          + [placeText(row.place), row.reason ?? ""]
      })
    if summary.rest.rows > 0 {
      element(
        "p", ("class", "soft"),
        text: "\(counted(summary.rest.rows, "more entry", "more entries")): "
          + "\(grouped(summary.rest.removals.users)) to remove, "
          + "\(grouped(summary.rest.clears.users)) to clear.")
    }
  }
}
