import PruneCore

/// A saved plan as text.
enum SavedPlanView {
  /// How many items are shown of each operation unless all are asked for.
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
    text += "\n"
    for operation in [Operation.removeAccount, .clearTags] {
      text += section(of: operation, plan, style, showsAll)
    }
    let (removals, clears) = (plan.count(of: .removeAccount), plan.count(of: .clearTags))
    text +=
      style.bold(
        "Saved plan: \(removals) to remove\(removals > 0 ? " (irreversible)" : ""), "
          + "\(clears) to clear, \(plan.unchanged) unchanged.") + "\n"
    return text + "Token: \(plan.token)\n"
  }

  private static func section(
    of operation: Operation, _ plan: SavedPlan, _ style: Style, _ showsAll: Bool
  ) -> String {
    let count = plan.count(of: operation)
    if count == 0 { return "" }
    let items = plan.items.lazy.filter { $0.operation == operation }
    var text = ""
    for item in items.prefix(showsAll ? count : shown) { text += line(item, style) }
    if !showsAll, count > shown {
      text += style.faint("  ... \(count - shown) more; --all shows them ...") + "\n"
    }
    return text + "\n"
  }

  private static func line(_ item: SavedPlan.Item, _ style: Style) -> String {
    let mark =
      item.operation == .removeAccount ? style.red("- remove") : style.yellow("~ clear ")
    let revision = item.revision == .first ? "" : "  revision \(item.revision)"
    let reason = item.reason.map { "  " + printable($0) } ?? ""
    return "  \(mark)  \(item.id)  \(style.faint(printable(item.place)))\(revision)\(reason)\n"
  }

  /// Why a saved plan does not allow what is to be done.
  static func words(_ mismatch: SavedPlan.Mismatch) -> String {
    switch mismatch {
    case .app(let saved, let now): "It is of app \(saved), and the manifest is of app \(now)."
    case .endpoint(let saved, let now):
      "It is for \(printable(saved)), and the manifest points at \(printable(now))."
    case .lineage:
      "It was made from another state (another lineage, or the state is gone)."
    case .items(let added, let addedCount, let missing, let missingCount):
      words(added, addedCount, "item to do is not in it", "items to do are not in it")
        + words(
          missing, missingCount, "item of it is neither done nor to do",
          "items of it are neither done nor to do")
        + "Save the plan anew, and have it reviewed."
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
