import PruneCore

/// What a change does to the rules of its manifest: before everything else in a plan, since it
/// decides what the rest is worth.
enum RulesView {
  /// As a part of a text, with an empty line after it; empty if no rule changes.
  static func text(_ plan: Plan, _ style: Style) -> String {
    if plan.ruleChanges.isEmpty { return "" }
    let rows = rows(plan)
    let width = rows.map { columns(of: $0.values) }.max() ?? 0
    var text = style.bold(title(plan)) + "\n"
    for (change, cells) in zip(plan.ruleChanges, rows) {
      let isLoosened = change.effect == .loosened
      let effect = isLoosened ? style.red(cells.effect) : cells.effect
      let values = padded(cells.values, width)
      let line = "  \(effect)  \(cells.rule)  \(values)  \(style.faint(cells.place))"
      text += style.wrapped(line, hanging: 6, upTo: .max) + "\n"
    }
    return text + "\n"
  }

  /// As a fence of Markdown; empty if no rule changes.
  static func markdown(_ plan: Plan) -> String {
    if plan.ruleChanges.isEmpty { return "" }
    let lines = rows(plan).map { "\($0.effect)  \($0.rule)  \($0.values)\n" }
    return "**\(title(plan))**\n\n```\n\(lines.joined())```\n\n"
  }

  private static func title(_ plan: Plan) -> String {
    plan.loosensRules
      ? "This change loosens rules of the manifest:" : "This change alters rules of the manifest:"
  }

  private typealias Cells = (effect: String, rule: String, values: String, place: String)

  private static func rows(_ plan: Plan) -> [Cells] {
    let changes = plan.ruleChanges
    let values = changes.map { RuleWords.of($0.values, printable) }
    let effects = changes.map { ($0.effect == .loosened ? "! " : "  ") + $0.effect.rawValue }
    let widths = (
      effects.map(\.count).max() ?? 0, changes.map(\.rule.rawValue.count).max() ?? 0
    )
    return zip(changes, zip(effects, values)).map { change, cells in
      (
        padded(cells.0, widths.0), padded(change.rule.rawValue, widths.1),
        cells.1, printable(plan.manifest.text(of: place(of: change.rule, plan)))
      )
    }
  }

  /// Where the manifest sets a rule.
  static func place(of rule: Rule, _ plan: Plan) -> Place { plan.manifest.rulePlaces[rule] }
}
