import PruneCore

/// Texts that all views of a plan share.
enum PlanWords {
  /// `340 to remove (irreversible), 1,200 to clear, 12 unchanged, 3 blocked`.
  static func of(_ counts: Plan.Counts) -> String {
    var parts = [
      "\(grouped(counts.removals)) to remove\(counts.removals > 0 ? " (irreversible)" : "")",
      "\(grouped(counts.clears)) to clear", "\(grouped(counts.unchanged)) unchanged",
      "\(grouped(counts.blocked)) blocked",
    ]
    if counts.unknown > 0 { parts.append("\(grouped(counts.unknown)) unknown") }
    return parts.joined(separator: ", ")
  }

  static func unresolved(_ plan: Plan) -> String {
    let count = plan.unresolved.count
    return
      "\(counted(count, "user")) from earlier runs \(count == 1 ? "has" : "have") an unknown "
      + "outcome (sent, not confirmed). The next apply asks the service about "
      + "\(count == 1 ? "it" : "them") before it changes anything."
  }

  static func state(_ plan: Plan) -> String {
    plan.state.map { "state serial \($0.serial)" } ?? "no state"
  }

  static func location(_ plan: Plan) -> String {
    switch plan.manifest.app.location {
    case .region(let region): region.rawValue
    case .endpoint(let url): printable(url)
    }
  }

  /// The counts of the change and of the backlog; nil if the plan has no base. `show` makes the
  /// base's name safe to show.
  static func comparison(_ plan: Plan, _ show: (String) -> String = printable) -> String? {
    guard let base = plan.base else { return nil }
    return "Of these, this change (against \(show(base))): "
      + "\(grouped(plan.changeCount(of: .removeAccount))) to remove, "
      + "\(grouped(plan.changeCount(of: .clearTags))) to clear; the backlog: "
      + "\(grouped(plan.backlogCount(of: .removeAccount))) to remove, "
      + "\(grouped(plan.backlogCount(of: .clearTags))) to clear."
  }

  /// How many protected names to show.
  private static let shownProtected = 5

  /// Which entries of `guards.protected` match no known user; nil if each matches one. `show` makes
  /// an entry safe to show.
  static func unmatchedProtected(
    _ plan: Plan, _ show: (String) -> String = printable
  ) -> String? {
    let texts = plan.unmatchedProtectedTexts
    if texts.isEmpty { return nil }
    let shown = texts.prefix(shownProtected).map(show).joined(separator: ", ")
    let rest = texts.count > shownProtected ? " and \(texts.count - shownProtected) more" : ""
    return "\(counted(texts.count, "protected entry", "protected entries")) "
      + "\(texts.count == 1 ? "matches" : "match") no known user: "
      + "\(shown)\(rest). A misspelled entry protects no user."
  }

  /// How many users to list who were removed and exist again.
  private static let shownAgain = 5

  /// What the service holds, as sentences; none if it was not asked.
  static func refresh(_ plan: Plan, _ show: (String) -> String = printable) -> [String] {
    guard let refresh = plan.refresh else { return [] }
    let again = refresh.registeredAgain.map { plan.manifest.entries.list[Int($0)].id.description }
    var sentences: [String] = []
    if let words = FindingWords.of(refresh.counts) { sentences.append("At the service: \(words).") }
    if !again.isEmpty {
      let shown = again.prefix(shownAgain).map(show).joined(separator: ", ")
      let rest = again.count > shownAgain ? " and \(grouped(again.count - shownAgain)) more" : ""
      sentences.append(
        "\(counted(again.count, "user")) recorded as gone \(again.count == 1 ? "exists" : "exist") "
          + "again: \(shown)\(rest). The id may belong to another person; imprune leaves it alone.")
    } else if refresh.removed.read > 0 {
      sentences.append(
        "No user recorded as gone exists again (\(grouped(refresh.removed.read)) read).")
    }
    if refresh.removed.unread > 0 {
      sentences.append(
        "\(counted(refresh.removed.unread, "user")) recorded as gone could not be read.")
    }
    return sentences
  }

  /// The policies that judged a plan, a line each; none without a policy.
  static func policies(_ policies: [PolicyRow], _ style: Style) -> String {
    policies.flatMap { $0.words(printable) }.map { style.faint(style.wrapped($0)) + "\n" }.joined()
  }

  /// That an approval which was given for an interrupted run is still valid, if it is.
  static func continued(_ plan: Plan) -> String? {
    guard !plan.isRefused, let token = plan.continuedToken(), token != ApprovalToken(plan) else {
      return nil
    }
    return "This is the rest of an interrupted run, and the approval of its token is still valid: "
      + "\(token)."
  }

  static let refused =
    "A guard refused this plan, so imprune cannot apply it. Fix the causes "
    + "above and run plan again."
  static let noChanges = "No changes. State matches the manifest."

  // MARK: - Items

  /// The symbol, always with its word.
  static func mark(_ item: Plan.Item, _ plan: Plan) -> String {
    let word = GuardWords.word(item.operation)
    if item.block != nil { return "! \(word) blocked" }
    if item.cause == .unknown { return "? \(word) unknown" }
    return item.operation == .removeAccount ? "- \(word)" : "~ \(word)"
  }

  /// What the service holds for a user: `exists`, `absent`, `3 tags`; empty if it was not asked.
  static func finding(_ item: Plan.Item, _ plan: Plan) -> String {
    plan.finding(of: item).map(FindingWords.short) ?? ""
  }

  /// The reason from the manifest, why the user is in the plan again, and why it is blocked.
  static func notes(_ item: Plan.Item, _ plan: Plan) -> String {
    var notes: [String] = []
    if let reason = plan.reason(of: item) { notes.append(printable(reason)) }
    switch item.cause {
    case .new, .done: break
    case .again: notes.append("again, revision \(plan.revision(of: item))")
    case .retry(let code): notes.append("last attempt failed: \(code)")
    case .unknown: notes.append("sent before, outcome unknown")
    }
    if let block = item.block { notes.append(printable(GuardWords.of(block, in: plan))) }
    if case .unread(let reason)? = plan.finding(of: item) {
      notes.append("not read: " + FindingWords.of(reason))
    }
    return notes.joined(separator: "; ")
  }
}
