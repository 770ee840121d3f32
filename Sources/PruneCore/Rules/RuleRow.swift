/// What a change does to a rule, as plans show it.
package struct RuleRow: Equatable, Sendable {
  /// The section and the key: `guards.max_removals`.
  package let rule: String
  package let effect: RuleChange.Effect
  package let values: RuleChange.Values
  /// The manifest, and the line that sets the rule; 1 if none does.
  package let file: String
  package let line: UInt32

  /// `file:line`; empty if no line sets the rule.
  package var place: String { line > 1 ? "\(file):\(line)" : "" }
}

extension Plan {
  /// What the change does to the rules of the manifest, in the order of `Rule`.
  package var ruleRows: [RuleRow] {
    ruleChanges.map { change in
      RuleRow(
        rule: change.rule.rawValue, effect: change.effect, values: change.values,
        file: manifest.files.first ?? "", line: manifest.rulePlaces[change.rule].line)
    }
  }
}
