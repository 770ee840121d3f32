import PruneCore

/// A saved plan as text.
enum SavedPlanView {
  /// How many items of each operation to show without `--all`.
  private static let shown = 20

  static func render(_ plan: SavedPlan, _ style: Style, showsAll: Bool) -> String {
    var text = style.faint("App \(plan.app) at \(printable(plan.endpoint)).") + "\n"
    let source = plan.provenance
    let state = plan.lineage.map { "state lineage \($0), serial \(plan.serial)" } ?? "no state"
    text +=
      style.faint(
        "Saved \(source.created) by imprune \(printable(source.toolVersion)), \(state).") + "\n"
    if let commit = source.gitCommit {
      text += style.faint("Git commit \(printable(commit)).") + "\n"
    }
    for file in source.files {
      text += style.faint("\(printable(file.path))  sha256 \(printable(file.sha256))") + "\n"
    }
    let judgment = plan.judgment
    text += PlanWords.policies(judgment.policies, style) + "\n"
    text +=
      RulesView.text(judgment.ruleChanges, style) + EntrySummaryView.text(EntrySummary(plan), style)
    for operation in [Operation.removeAccount, .clearTags] {
      text += section(of: operation, plan, style, showsAll)
    }
    for warning in judgment.warnings {
      text += style.wrapped(style.yellow("Warning: ") + printable(warning.message)) + "\n"
    }
    if !judgment.warnings.isEmpty { text += "\n" }
    if plan.items.isEmpty {
      return text + style.green("No changes.") + " \(counted(plan.unchanged, "user")) unchanged.\n"
    }
    let (removals, clears) = (plan.count(of: .removeAccount), plan.count(of: .clearTags))
    text +=
      style.bold(
        "Saved plan: \(grouped(removals)) to remove\(removals > 0 ? " (irreversible)" : ""), "
          + "\(grouped(clears)) to clear, \(grouped(plan.unchanged)) unchanged.") + "\n"
    if let words = plan.refreshCounts.flatMap(FindingWords.of) {
      text += style.wrapped("At the service, when the plan was made: \(words).") + "\n"
    }
    return text + "Token: \(plan.token)\n"
  }

  /// Why a guard refused a plan.
  static func render(_ plan: RefusedPlan, _ style: Style) -> String {
    var reasons = plan.refusals.map { "\(printable($0.message)) [\(printable($0.code))]" }
    reasons += plan.blocked.map { user in
      printable("\(user.id) at \(user.place): \(user.reason.message) [\(user.reason.code)]")
    }
    var text = reasons.map { style.wrapped(style.red("Refused: ") + $0) + "\n" }.joined()
    let hidden = plan.blockedCount - plan.blocked.count
    if hidden > 0 { text += "  ... and \(counted(hidden, "more blocked user"))\n" }
    return text + "\n"
      + style.wrapped(
        style.red(
          "A guard refused this plan, so it approves nothing. Fix the causes and save a new plan."))
      + "\n"
  }

  private static func section(
    of operation: Operation, _ plan: SavedPlan, _ style: Style, _ showsAll: Bool
  ) -> String {
    let count = plan.count(of: operation)
    if count == 0 { return "" }
    let items = plan.items.lazy.filter { $0.operation == operation }
      .prefix(showsAll ? count : shown)
    let width = items.map { finding($0).count }.max() ?? 0
    var text = ""
    for item in items { text += line(item, findingWidth: width, style) }
    if !showsAll, count > shown {
      text += style.faint("  ... \(grouped(count - shown)) more; --all shows them ...") + "\n"
    }
    return text + "\n"
  }

  /// What the service held for a user; empty if it was not read.
  private static func finding(_ item: SavedPlan.Item) -> String {
    item.finding.map(FindingWords.short) ?? ""
  }

  private static func line(
    _ item: SavedPlan.Item, findingWidth: Int, _ style: Style
  ) -> String {
    let mark =
      item.operation == .removeAccount ? style.red("- remove") : style.yellow("~ clear ")
    let revision = item.revision == .first ? "" : "  revision \(item.revision)"
    var notes = item.reason.map { [printable($0)] } ?? []
    if case .unread(let reason)? = item.finding {
      notes.append("not read: " + FindingWords.of(reason))
    }
    let reason = notes.isEmpty ? "" : "  " + notes.joined(separator: "; ")
    let found = findingWidth > 0 ? "  " + padded(finding(item), findingWidth) : ""
    let place = style.faint(printable(item.place))
    return "  \(mark)  \(item.id)\(found)  \(place)\(revision)\(reason)\n"
  }

  /// Why a saved plan does not approve the current plan, and what to do.
  static func words(_ mismatch: SavedPlan.Mismatch) -> String {
    switch mismatch {
    case .app(let saved, let now):
      "The saved plan is for app \(saved), but the manifest is for "
        + "app \(now). Use the manifest that the plan was made from, or save a new plan."
    case .endpoint(let saved, let now):
      "The saved plan is for \(printable(saved)), but the manifest points to \(printable(now)). "
        + "Use the manifest that the plan was made from, or save a new plan."
    case .lineage:
      "The plan was made from another state (another lineage, or the state is missing). Name the "
        + "right state with --state FILE, or save a new plan and have it reviewed."
    case .items(let added, let addedCount, let missing, let missingCount):
      words(
        added, addedCount, "item to do is not in the saved plan",
        "items to do are not in the saved plan")
        + words(
          missing, missingCount, "item of the saved plan is neither done nor in the current plan",
          "items of the saved plan are neither done nor in the current plan")
        + "Save a new plan and have it reviewed."
    }
  }

  private static func words(
    _ items: [SavedPlan.Item], _ count: Int, _ one: String, _ many: String
  ) -> String {
    if count == 0 { return "" }
    let names = items.map { "\($0.operation.name) \($0.id) revision \($0.revision)" }
    let rest = count > items.count ? " and \(count - items.count) more" : ""
    return "\(counted(count, one, many)): \(names.joined(separator: ", "))\(rest).\n"
  }
}
