import PruneCore

/// A plan as a page.
enum PlanPage {
  static func make(_ plan: Plan) -> [UInt8] {
    let app = plan.manifest.app
    return Page.make(title: "Plan for app \(app.id)") { html in
      html.element("h1", text: "Plan for app \(app.id)")
      html.element("p", ("class", "soft")) { html in
        html.element("span", ("class", "place"), text: placeText(plan.manifest.files.first ?? ""))
        html.text(
          " at \(PlanWords.location(plan)), edition \(app.edition.rawValue), \(PlanWords.state(plan))"
        )
      }
      for line in plan.policies.rows.flatMap({ $0.words { $0 } }) {
        html.element("p", ("class", "soft"), text: line)
      }
      remarks(plan, &html)
      html.rules(plan.ruleRows)
      let counts = plan.counts
      html.tiles(
        [
          (counts.removals, "to remove, irreversible", "red"), (counts.clears, "to clear", "amber"),
          (counts.unchanged, "unchanged", ""), (counts.blocked, "blocked", "red"),
        ] + (counts.unknown > 0 ? [(counts.unknown, "unknown", "amber")] : []))
      if let comparison = PlanWords.comparison(plan) { html.element("p", text: comparison) }
      for words in PlanWords.refresh(plan) { html.element("p", text: words) }
      if !plan.unresolved.isEmpty { html.element("p", text: PlanWords.unresolved(plan)) }
      if let words = PlanWords.continued(plan) { html.element("p", text: words) }
      if !plan.isRefused, !plan.items.isEmpty {
        html.element("p") { html in
          html.text("Token: ")
          html.element("code", text: ApprovalToken(plan).description)
        }
      }
      html.entries(EntrySummary(plan))
      users(plan).write(&html, files: plan.manifest.files) { "to " + GuardWords.word($0) }
      warnings(plan.manifest.warnings, plan.manifest.files, &html)
    }
  }

  /// The errors of a manifest that has no plan.
  static func make(_ reading: ManifestReading) -> [UInt8] {
    let name = reading.files.first ?? ""
    return Page.make(title: "No plan for \(name)") { html in
      html.element("h1", text: "No plan: the manifest has errors")
      html.element("p", ("class", "soft place"), text: placeText(name))
      warnings(reading.diagnostics, reading.files, &html)
    }
  }

  /// Why there is no plan.
  static func make(failure: String) -> [UInt8] {
    Page.make(title: "No plan") { html in
      html.element("h1", text: "imprune made no plan")
      html.note(.bad, "Error:", failure)
    }
  }

  private static func remarks(_ plan: Plan, _ html: inout HTMLText) {
    if plan.isRefused {
      html.note(.bad, "Refused.", "A guard refused this plan: nothing is applied.")
    }
    for refusal in plan.refusalRemarks { html.note(.bad, "Refused:", refusal.message) }
    for words in plan.blockAdvice { html.note(.bad, "Refused:", words) }
    for warning in plan.warningRemarks() { html.note(.warn, "Warning:", warning.message) }
    if let note = PlanWords.unmatchedProtected(plan) { html.note(.plain, "Note:", note) }
    if plan.isEmpty, !plan.isRefused { html.note(.good, "", PlanWords.noChanges) }
  }

  private static func users(_ plan: Plan) -> UserSections {
    var sections = UserSections()
    for item in plan.items {
      let entry = plan.entry(of: item)
      var row = UserSections.Row(id: entry.id, line: entry.line)
      if item.block != nil {
        (row.status, row.color, row.isBlocked) = ("blocked", "red", true)
      } else if item.cause == .unknown {
        (row.status, row.color) = ("unknown", "amber")
      }
      row.isUrgent = item.block != nil || plan.base != nil && item.isChange
      row.note = note(item, plan)
      sections.add(row, item.operation, group: entry.group) {
        (plan.source(of: item).file, plan.reason(of: item))
      }
    }
    return sections
  }

  /// What the service holds for a user, why the user is in the plan again, and why it is blocked.
  private static func note(_ item: Plan.Item, _ plan: Plan) -> String {
    var notes: [String] = []
    if plan.base != nil, item.isChange { notes.append("in this change") }
    if let finding = plan.finding(of: item) { notes.append(FindingWords.short(finding)) }
    switch item.cause {
    case .new, .done, .unknown: break
    case .again: notes.append("again, revision \(plan.revision(of: item))")
    case .retry(let code): notes.append("last attempt failed: \(code)")
    }
    if let block = item.block { notes.append(GuardWords.of(block, in: plan)) }
    return notes.joined(separator: "; ")
  }

  /// The problems of a manifest and its lists that were kept.
  static func warnings(_ diagnostics: Diagnostics, _ files: [String], _ html: inout HTMLText) {
    if diagnostics.kept.isEmpty { return }
    let all = diagnostics.errors + diagnostics.warnings
    html.element("h2", text: diagnostics.hasErrors ? "Problems" : "Warnings about the manifest")
    html.table(
      ["Severity", "Place", "Problem"], texts: true,
      diagnostics.kept.map { problem in
        [
          problem.severity.rawValue,
          placeText(files[Int(problem.place.file)])
            + ":\(problem.place.line):\(problem.place.column)",
          problem.summary + ". " + problem.detail,
        ]
      })
    if all > diagnostics.kept.count {
      html.element(
        "p", ("class", "soft"),
        text: "\(grouped(all - diagnostics.kept.count)) more are not listed.")
    }
  }
}
