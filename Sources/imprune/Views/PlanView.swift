import PruneCore

/// A plan as text: a summary by entry if it is long, then the users, removals first, each with its
/// reason and location, then the counts.
enum PlanView {
  /// A section with more entries than this shows only its ends.
  private static let shortSection = 40
  /// How many entries each end shows then.
  private static let end = 10

  /// `savesTags` says whether the run reads tags before it clears them.
  static func render(
    _ plan: Plan, _ style: Style, showsAll: Bool, rate: Rate, savesTags: Bool = true
  ) -> String {
    var text = heading(plan, style) + RulesView.text(plan.ruleRows, style)
    if plan.isEmpty, !plan.isRefused {
      let found = PlanWords.refresh(plan).map { style.wrapped($0) + "\n" }.joined()
      return text + protectedNote(plan, style) + noChanges(plan, style) + found
    }
    text += EntrySummaryView.text(EntrySummary(plan), style)
    for part in PlanPart.parts(of: plan) {
      let operations = [Operation.removeAccount, .clearTags].filter {
        plan.manifest.count(of: $0) > 0
      }
      let sections = operations.map { operation in
        section(plan, style, showsAll) { $0.operation == operation && part.has($0) }
      }.joined()
      if let title = part.title, !sections.isEmpty { text += style.bold(title) + "\n\n" }
      text += sections
    }
    if !plan.unresolved.isEmpty {
      text += style.wrapped(PlanWords.unresolved(plan)) + "\n\n"
    }
    for caution in plan.cautions {
      text += style.wrapped(style.yellow("Warning: ") + GuardWords.of(caution, printable)) + "\n"
    }
    for refusal in plan.refusals {
      let words = GuardWords.of(refusal, isChange: plan.base != nil, printable)
      text += style.wrapped(style.red("Refused: ") + words) + "\n"
    }
    for words in plan.blockAdvice { text += style.wrapped(style.red("Refused: ") + words) + "\n" }
    if !plan.cautions.isEmpty || plan.isRefused { text += "\n" }
    return text + protectedNote(plan, style) + summary(plan, style, rate, savesTags: savesTags)
  }

  private static func protectedNote(_ plan: Plan, _ style: Style) -> String {
    PlanWords.unmatchedProtected(plan).map { style.faint(style.wrapped("Note: " + $0)) + "\n\n" }
      ?? ""
  }

  private static func heading(_ plan: Plan, _ style: Style) -> String {
    let app = plan.manifest.app
    let words =
      "App \(app.id) at \(PlanWords.location(plan)), edition \(app.edition.rawValue), "
      + "\(PlanWords.state(plan))."
    return style.faint(style.wrapped(words)) + "\n" + PlanWords.policies(plan.policies.rows, style)
      + "\n"
  }

  // MARK: - Items

  private static func section(
    _ plan: Plan, _ style: Style, _ showsAll: Bool, _ isIn: (Plan.Item) -> Bool
  ) -> String {
    // People look at both ends of a long plan; it also shows blocked users in between, up to a
    // section's worth, since someone must act on them.
    var first: [Plan.Item] = []
    var blocked: [Plan.Item] = []
    var last: [Plan.Item] = []
    var count = 0
    let limit = showsAll ? plan.items.count : shortSection
    for item in plan.items where isIn(item) {
      count += 1
      if count <= limit {
        first.append(item)
      } else if item.block != nil, blocked.count < shortSection {
        blocked.append(item)
      }
    }
    if count == 0 { return "" }
    if count <= limit { return lines(first, widths(of: first, plan), plan, style) + "\n" }
    for item in plan.items.reversed() where isIn(item) {
      last.append(item)
      if last.count == end { break }
    }
    last.reverse()
    blocked.insert(contentsOf: first[end...].filter { $0.block != nil }, at: 0)
    blocked.removeAll { item in last.contains(item) }
    let hidden = count - 2 * end - blocked.count
    let gap = style.faint("  ... \(grouped(hidden)) more; --all shows them ...") + "\n"
    let beginning = first[..<end] + blocked
    let widths = widths(of: beginning + last, plan)
    return lines(beginning, widths, plan, style) + gap + lines(last, widths, plan, style) + "\n"
  }

  /// The widths of the columns of a list.
  private typealias Widths = (mark: Int, id: Int, finding: Int, place: Int)

  private static func widths(of items: some Sequence<Plan.Item>, _ plan: Plan) -> Widths {
    var widths: Widths = (0, 0, 0, 0)
    for item in items {
      widths.mark = max(widths.mark, PlanWords.mark(item, plan).count)
      widths.id = max(widths.id, columns(of: plan.entry(of: item).id.description))
      widths.finding = max(widths.finding, PlanWords.finding(item, plan).count)
      widths.place = max(widths.place, columns(of: printable(plan.place(of: item))))
    }
    return widths
  }

  private static func lines(
    _ items: some Sequence<Plan.Item>, _ widths: Widths, _ plan: Plan, _ style: Style
  ) -> String {
    var text = ""
    for item in items {
      let mark = padded(PlanWords.mark(item, plan), widths.mark)
      let id = padded(plan.entry(of: item).id.description, widths.id)
      let place = printable(plan.place(of: item))
      let notes = PlanWords.notes(item, plan)
      var head = "  \(painted(mark, item, plan, style))  \(id)  "
      if widths.finding > 0 { head += padded(PlanWords.finding(item, plan), widths.finding) + "  " }
      let tail =
        notes.isEmpty ? style.faint(place) : style.faint(padded(place, widths.place)) + "  " + notes
      text += style.wrapped(head + tail, hanging: 6, upTo: .max) + "\n"
    }
    return text
  }

  private static func painted(
    _ mark: String, _ item: Plan.Item, _ plan: Plan, _ style: Style
  ) -> String {
    if item.block == nil, item.cause == .unknown || item.operation == .clearTags {
      return style.yellow(mark)
    }
    return style.red(mark)
  }

  private static func noChanges(_ plan: Plan, _ style: Style) -> String {
    style.green(PlanWords.noChanges)
      + " \(counted(plan.unchanged, "user")) unchanged.\n"
  }

  private static func summary(
    _ plan: Plan, _ style: Style, _ rate: Rate, savesTags: Bool
  ) -> String {
    let counts = plan.counts
    var text = style.wrapped(style.bold("Plan: \(PlanWords.of(counts)).")) + "\n"
    if let comparison = PlanWords.comparison(plan) { text += style.wrapped(comparison) + "\n" }
    for words in PlanWords.refresh(plan) { text += style.wrapped(words) + "\n" }
    if plan.isRefused {
      return text + style.wrapped(style.red(PlanWords.refused)) + "\n"
    }
    if !plan.unresolved.isEmpty {
      let reads = (plan.unresolved.count + Call.maxUsers - 1) / Call.maxUsers
      text +=
        style.wrapped(
          "First, \(counted(reads, "call")) to check the unknown users; imprune sends again only "
            + "those that are not done.") + "\n"
    }
    text += effort(counts, rate, savesTags: savesTags).map { style.wrapped($0) + "\n" } ?? ""
    if plan.items.isEmpty { return text }
    if let words = PlanWords.continued(plan) { text += style.wrapped(words) + "\n" }
    return text + "Token: \(ApprovalToken(plan))\n"
  }

  /// How many calls the changes take, and how long; nil if there are none.
  private static func effort(
    _ counts: Plan.Counts, _ rate: Rate, savesTags: Bool
  ) -> String? {
    let (removals, clears) = (calls(counts.removals), calls(counts.clears))
    if removals + clears == 0 { return nil }
    // Each clear waits for a reading before it, and for one after it, at the pace of one endpoint.
    let readings = savesTags ? 2 * clears : clears
    var text = "\(counted(removals + clears, "call")) of up to 100 users"
    if readings > 0 {
      text +=
        ", and \(grouped(readings)) that read tags \(savesTags ? "before and after" : "after")"
    }
    let waits = max(0, removals - 1) + max(0, readings - 1)
    if waits > 0, rate != .unlimited {
      let least = readings > 0 ? "about" : "at least"
      text +=
        ", \(least) \(duration(Double(waits) / Double(rate.perSecond))) at \(rate) calls per second"
    }
    return text + "."
  }

  /// How many calls this many users take: 1 user, then 10, then 100 each.
  private static func calls(_ users: Int) -> Int {
    switch users {
    case 0: 0
    case 1: 1
    case 2...11: 2
    default: 2 + (users - 11 + Call.maxUsers - 1) / Call.maxUsers
    }
  }
}

/// A duration for people: `0.4 s`, `20 s`, `3 min 20 s`, `2 h 05 min`.
func duration(_ seconds: Double) -> String {
  if seconds < 10 {
    let tenths = Int((seconds * 10).rounded(.up))
    return "\(tenths / 10).\(tenths % 10) s"
  }
  let whole = Int(seconds.rounded(.up))
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  let minutes = whole / 60 % 60
  return "\(whole / 3600) h \(minutes < 10 ? "0" : "")\(minutes) min"
}
