import PruneCore

/// What a change does to the rules of its manifest: before everything else in a plan, since it
/// decides what the rest is worth.
enum RulesView {
  /// As a part of a text, with an empty line after it; empty if no rule changes.
  static func text(_ changes: [RuleRow], _ style: Style) -> String {
    if changes.isEmpty { return "" }
    let cells = cells(changes)
    let width = cells.map { columns(of: $0.values) }.max() ?? 0
    var text = style.bold(title(changes)) + "\n"
    for (change, cells) in zip(changes, cells) {
      let effect = change.effect == .loosened ? style.red(cells.effect) : cells.effect
      let values = padded(cells.values, width)
      let head = "  \(effect)  \(cells.rule)  "
      let line =
        change.place.isEmpty
        ? head + cells.values : "\(head)\(values)  \(style.faint(printable(change.place)))"
      text += style.wrapped(line, hanging: 6, upTo: .max) + "\n"
    }
    return text + "\n"
  }

  /// As a fence of Markdown; empty if no rule changes.
  static func markdown(_ changes: [RuleRow]) -> String {
    if changes.isEmpty { return "" }
    let lines = cells(changes).map { "\($0.effect)  \($0.rule)  \($0.values)\n" }
    return "**\(title(changes))**\n\n```\n\(lines.joined())```\n\n"
  }

  private static func title(_ changes: [RuleRow]) -> String {
    changes.contains { $0.effect == .loosened }
      ? "This change loosens rules of the manifest:" : "This change alters rules of the manifest:"
  }

  private typealias Cells = (effect: String, rule: String, values: String)

  private static func cells(_ changes: [RuleRow]) -> [Cells] {
    let effects = changes.map { ($0.effect == .loosened ? "! " : "  ") + $0.effect.rawValue }
    let rules = changes.map { printable($0.rule) }
    let widths = (effects.map(\.count).max() ?? 0, rules.map(\.count).max() ?? 0)
    return zip(changes, zip(effects, rules)).map { change, texts in
      (
        padded(texts.0, widths.0), padded(texts.1, widths.1),
        RuleWords.of(change.values, printable)
      )
    }
  }
}
