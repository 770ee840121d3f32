import PruneCore

/// A saved plan as a page.
enum SavedPlanPage {
  /// How many warnings and files are listed.
  private static let most = 100

  /// The page of a file that approves nothing.
  static let withoutPlan = Page.make(title: "Not a plan to apply") { html in
    html.element("h1", text: "This file approves nothing")
    html.note(
      .bad, "",
      "It is no plan, another program changed it, or a guard refused the plan. `imprune show` "
        + "says which.")
  }

  static func make(_ plan: SavedPlan) -> [UInt8] {
    let source = plan.provenance
    return Page.make(title: "Saved plan for app \(plan.app)") { html in
      html.element("h1", text: "Saved plan for app \(plan.app)")
      let state = plan.lineage.map { "state lineage \($0), serial \(plan.serial)" } ?? "no state"
      html.element(
        "p", ("class", "soft"),
        text:
          "At \(plan.endpoint). Saved \(source.created) by imprune \(source.toolVersion), \(state)."
      )
      if let commit = source.gitCommit {
        html.element("p", ("class", "soft"), text: "Git commit \(commit).")
      }
      for line in plan.judgment.policies.flatMap({ $0.words { $0 } }) {
        html.element("p", ("class", "soft"), text: line)
      }
      for warning in plan.judgment.warnings.prefix(most) {
        html.note(.warn, "Warning:", warning.message)
      }
      html.rest(plan.judgment.warnings.count - most, "more warning")
      html.rules(plan.judgment.ruleChanges)
      html.tiles([
        (plan.count(of: .removeAccount), "to remove, irreversible", "red"),
        (plan.count(of: .clearTags), "to clear", "amber"), (plan.unchanged, "unchanged", ""),
      ])
      if let words = plan.refreshCounts.flatMap(FindingWords.of) {
        html.element("p", text: "At the service, when the plan was made: \(words).")
      }
      if !plan.items.isEmpty {
        html.element("p") { html in
          html.text("Token: ")
          html.element("code", text: plan.token.description)
        }
      }
      html.entries(EntrySummary(plan))
      var sections = UserSections()
      for item in plan.items {
        var row = UserSections.Row(id: item.id, line: item.line)
        if item.revision != .first { row.status = "revision \(item.revision)" }
        row.note = item.finding.map(FindingWords.short) ?? ""
        sections.add(row, item.operation, group: nil) { (item.file, item.reason) }
      }
      sections.write(&html, files: [plan.manifest] + source.files.map(\.path)) {
        "to " + GuardWords.word($0)
      }
      if !source.files.isEmpty {
        html.element("h2", text: "Files")
        html.table(
          ["File", "SHA-256"], texts: true,
          source.files.prefix(most).map { [placeText($0.path), $0.sha256] })
        html.rest(source.files.count - most, "more file")
      }
    }
  }
}
