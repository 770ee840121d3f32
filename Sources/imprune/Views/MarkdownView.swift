import Bytes
import PruneCore

/// A plan as Markdown for a comment or a summary, never longer than its budget.
///
/// The first part is always there: a marker by which a workflow finds its own comment, counts, a
/// summary by entry, token, refusals and warnings of the plan. Then come the users and the warnings about the
/// manifest, each section a `<details>` with a fence in it, and in the fence as many complete
/// entries as fit; it counts the ones left out.
///
/// Ids, reasons and file names come from others. They appear only in fences and code spans, where
/// Markdown has no meaning, and without line breaks, so that none can end its fence: a line that
/// ends one contains only backticks, and each of ours contains other text.
enum MarkdownView {
  /// Bytes for a comment: below every limit of GitHub (65,536 characters) and GitLab.
  static let comment = 60_000
  /// Bytes for a step summary: GitHub drops a summary of more than 1 MiB.
  static let stepSummary = 900 << 10
  /// The smallest budget that holds the mandatory parts of any plan.
  static let leastBudget = 8 << 10

  /// Renders at most `budget` bytes, which must be no less than `leastBudget`.
  static func render(_ plan: Plan, budget: Int) -> String {
    let head = head(plan, budget)
    let sections = sections(plan, budget)
    let warnings = MarkdownSection(
      plan.manifest.warnings, .warning, plan.manifest.files, title: " about the manifest")
    // Users come first, but leave room for warnings.
    let room = budget - head.utf8.count - sections.reduce(0) { $0 + $1.hiddenNote.utf8.count }
    let kept = warnings?.render(min(room, budget / 10)).utf8.count ?? 0
    let users = MarkdownSection.render(sections, budget - head.utf8.count - kept)
    let left = budget - head.utf8.count - users.utf8.count
    return head + users + (warnings?.render(left) ?? "")
  }

  // MARK: - Mandatory parts

  private static func head(_ plan: Plan, _ budget: Int) -> String {
    let app = plan.manifest.app
    let manifest = plan.manifest.files.first ?? ""
    var text = "\(marker(app, plan.manifest.files))\n### Plan for app \(app.id)\n\n"
    text +=
      "Manifest \(codeSpan(manifest)) at \(codeSpan(PlanWords.location(plan))), edition "
      + "\(app.edition.rawValue), \(PlanWords.state(plan)).\n\n"
      + plan.policies.rows.flatMap { $0.words(codeSpan) }.map { $0 + "\n\n" }.joined()
    text += RulesView.markdown(plan.ruleRows)
    if plan.isEmpty, !plan.isRefused {
      text += "**\(PlanWords.noChanges)** \(counted(plan.unchanged, "user")) unchanged.\n\n"
    } else {
      text += "**Plan: \(PlanWords.of(plan.counts)).**"
      if plan.isRefused { text += " **\(PlanWords.refused)**" }
      text += "\n\n"
      if let comparison = PlanWords.comparison(plan, codeSpan) { text += comparison + "\n\n" }
      // The smallest budget has room for this and the rest of the head.
      text += EntrySummaryView.markdown(EntrySummary(plan), budget: budget / 4)
      if let words = PlanWords.continued(plan) { text += words + "\n\n" }
      if !plan.isRefused, !plan.items.isEmpty { text += "Token: `\(ApprovalToken(plan))`\n\n" }
      if !plan.unresolved.isEmpty { text += PlanWords.unresolved(plan) + "\n\n" }
    }
    for words in PlanWords.refresh(plan, codeSpan) { text += words + "\n\n" }
    var remarks =
      plan.refusals.map { refusal in
        "- **Refused:** \(GuardWords.of(refusal, isChange: plan.base != nil, codeSpan))\n"
      }
      + plan.blockAdvice.map { "- **Refused:** \($0)\n" }
      + plan.warningRemarks(codeSpan).map { "- **Warning:** \($0.message)\n" }
    let warnings = plan.manifest.warnings.warnings
    if warnings > 0 {
      let words = counted(warnings, "warning") + " about the manifest; see the end."
      remarks.append("- **Warning:** \(words)\n")
    }
    if let note = PlanWords.unmatchedProtected(plan, codeSpan) {
      remarks.append("- **Note:** \(note)\n")
    }
    return text + remarks.joined() + (remarks.isEmpty ? "" : "\n")
  }

  /// The first line, the same for every plan of a manifest and an app.
  static func marker(_ app: App, _ files: [String]) -> String {
    let name = (files.first ?? "").utf8.suffix(100).map { byte in
      // Nothing that could end the comment, or break the line.
      isPlain(byte) ? String(UnicodeScalar(byte)) : byte.percentEncoded
    }
    return "<!-- imprune-plan: \(app.id) \(name.joined()) -->"
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    byte.isLetterOrDigit || "._/".utf8.contains(byte)
  }

  /// Outside text as code in a line, cut to a heading's length.
  static func codeSpan(_ text: String) -> String {
    let scalars = printable(text).unicodeScalars
    let words = String(scalars.prefix(120)) + (scalars.count > 120 ? "..." : "")
    var (run, longest) = (0, 0)
    for scalar in words.unicodeScalars {
      run = scalar == "`" ? run + 1 : 0
      longest = max(longest, run)
    }
    let ticks = String(repeating: "`", count: longest + 1)
    return longest == 0 && !words.isEmpty ? "`\(words)`" : "\(ticks) \(words) \(ticks)"
  }

  // MARK: - Sections

  /// Blocked users first, since someone must deal with them before anything else; then removals;
  /// then clears.
  private static func sections(_ plan: Plan, _ budget: Int) -> [MarkdownSection] {
    let counts = plan.counts
    var sections = [
      section(plan, budget, "\(grouped(counts.blocked)) blocked", ("blocked user", "blocked users"))
      {
        $0.block != nil
      }
    ]
    for part in PlanPart.parts(of: plan) {
      let title = part.title.map { "\($0): " } ?? ""
      for operation in [Operation.removeAccount, .clearTags] {
        let has = { (item: Plan.Item) in
          item.block == nil && item.operation == operation && part.has(item)
        }
        let count = plan.items.count(where: has)
        sections.append(
          operation == .removeAccount
            ? section(
              plan, budget, "\(title)\(grouped(count)) to remove (irreversible)",
              ("removal", "removals"),
              has)
            : section(plan, budget, "\(title)\(grouped(count)) to clear", ("clear", "clears"), has))
      }
    }
    return sections.filter { $0.count > 0 }
  }

  private static func section(
    _ plan: Plan, _ budget: Int, _ title: String, _ noun: (one: String, many: String),
    _ isIn: (Plan.Item) -> Bool
  ) -> MarkdownSection {
    let count = plan.items.count(where: isIn)
    // No line is shorter than this, so no more than these can fit.
    let most = budget / "~ clear  a  a:1\n".utf8.count
    var items: [Plan.Item] = []
    for item in plan.items where isIn(item) {
      if items.count == most { break }
      items.append(item)
    }
    // Aligned for readability, but not so far that a long list loses users to blanks.
    let width = min(24, items.map { columns(of: plan.entry(of: $0).id.description) }.max() ?? 0)
    let lines = items.map { item in
      let notes = PlanWords.notes(item, plan)
      return PlanWords.mark(item, plan) + "  "
        + padded(printable(plan.entry(of: item).id.description), width) + "  "
        + (plan.refresh == nil ? "" : padded(PlanWords.finding(item, plan), 8) + "  ")
        + placeText(plan.place(of: item)) + (notes.isEmpty ? "" : "  " + notes) + "\n"
    }
    return MarkdownSection(
      title: title, noun: noun, listing: "imprune plan --all", count: count, entries: lines)
  }
}
