import PruneCore

/// How an apply went as a page. imprune writes it in every case, even if no run began.
struct RunPage {
  let report: RunReport
  let rate: Rate
  private var sections = UserSections()
  private var attention: [UserReport] = []
  /// How many failed and unknown users are listed before the others.
  private static let mostAttention = 200

  init(_ report: RunReport, rate: Rate) {
    self.report = report
    self.rate = rate
  }

  /// Adds a user with its outcome.
  mutating func add(_ user: UserReport) {
    let plan = report.plan
    let entry = user.item.flatMap { plan?.entry(of: $0) }
    var row = UserSections.Row(id: user.key.id, line: entry?.line ?? 0)
    (row.status, row.color) = Self.words(user.outcome)
    if case .done = user.outcome { row.isUrgent = false } else { row.isUrgent = true }
    sections.add(row, user.key.operation, group: entry?.group) {
      guard let plan, let item = user.item else { return ("", nil) }
      return (plan.source(of: item).file, plan.reason(of: item))
    }
    switch user.outcome {
    case .failed, .unknown:
      if attention.count < Self.mostAttention { attention.append(user) }
    case .done, .notAttempted: break
    }
  }

  private static func words(_ outcome: UserOutcome) -> (String, StaticString) {
    switch outcome {
    case .done(let done): (done.rawValue, "green")
    case .failed(let code): ("failed: \(code)", "red")
    case .unknown: ("unknown", "amber")
    case .notAttempted: ("not attempted", "")
    }
  }

  // MARK: - Writing

  func make() -> [UInt8] {
    let app = report.app.map { "app \($0.id)" } ?? printable(report.manifest)
    return Page.make(title: "Apply of \(app)") { html in
      html.element("h1", text: "Apply of \(app)")
      html.element("p", ("class", "soft")) { html in
        html.element("span", ("class", "place"), text: placeText(report.manifest))
        html.text(
          ", \(report.started) to \(report.ended)" + (report.run.map { ", run \($0)" } ?? "")
            + ", exit code \(report.exit.rawValue)")
      }
      for line in report.plan?.policies.rows.flatMap({ $0.words { $0 } }) ?? [] {
        html.element("p", ("class", "soft"), text: line)
      }
      for signer in report.approvers {
        html.element(
          "p", ("class", "soft"),
          text: "Signed by \(signer.principals.joined(separator: ", ")) until \(signer.expires).")
      }
      outcome(&html)
      html.rules(report.plan?.ruleRows ?? [])
      tiles(&html)
      if let plan = report.plan { html.entries(EntrySummary(plan)) }
      if let timeline = report.result?.timeline {
        let plots = RunPlots.all(timeline, report, rate: rate)
        if !plots.isEmpty { html.element("h2", text: "The run") }
        for plot in plots { plot.write(&html) }
      }
      needsAttention(&html)
      sections.write(&html, files: report.plan?.manifest.files ?? []) {
        $0 == .removeAccount ? "planned for removal" : "planned for clearing"
      }
    }
  }

  private func outcome(_ html: inout HTMLText) {
    if let error = report.error { html.note(.bad, "Error:", error) }
    if let stopped = report.stopped { html.note(.bad, "Stopped:", stopped) }
    for refusal in report.plan?.refusalRemarks ?? [] {
      html.note(.bad, "Refused:", refusal.message)
    }
    if report.exit == .success {
      html.note(.good, "", success)
    } else if report.error == nil, report.stopped == nil {
      html.note(.warn, "", "Not every user is done.")
    }
    for pace in report.result?.pace ?? [] {
      if let words = ResultView.words(pace) { html.note(.plain, "", words) }
    }
    if let file = report.tagFile { html.note(.plain, "Tags saved in", file) }
    if let next = report.next {
      html.element("p") { html in
        html.text("To continue: ")
        html.element("code", text: next)
      }
    }
  }

  /// Why the exit code is 0.
  private var success: String {
    if report.run != nil { return "Every user is done." }
    return report.plan?.isEmpty == false ? "A dry run: no user was changed." : PlanWords.noChanges
  }

  private func tiles(_ html: inout HTMLText) {
    let counts = report.counts
    var tiles = [(counts.removed, "removed", "green")]
    if counts.cleared > 0 || report.plan?.counts.clears ?? 0 > 0 {
      tiles.append((counts.cleared, "cleared", "green"))
    }
    tiles += [
      (counts.alreadyAbsent, "already absent", ""), (counts.failed, "failed", "red"),
      (counts.unknown, "unknown", "amber"), (counts.notAttempted, "not attempted", "amber"),
    ]
    html.tiles(tiles)
  }

  private func needsAttention(_ html: inout HTMLText) {
    if attention.isEmpty { return }
    html.element("h2", text: "Failed and unknown users")
    html.table(
      ["Operation", "User", "Outcome", "Place"], texts: true,
      attention.map { user in
        [
          GuardWords.word(user.key.operation), user.key.id.description,
          Self.words(user.outcome).0,
          user.item.flatMap { report.plan?.place(of: $0) }.map(placeText) ?? "",
        ]
      })
    let all = report.counts.failed + report.counts.unknown
    if all > attention.count {
      html.element(
        "p", ("class", "soft"), text: "\(grouped(all - attention.count)) more are listed below.")
    }
  }
}
