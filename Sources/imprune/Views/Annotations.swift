import PruneCore
import PruneEngine

/// Annotations for GitHub Actions, collected over a step.
///
/// GitHub shows ten of a kind per step and silently drops the rest: so imprune shows nine, and the
/// tenth counts the others. Rules that a change loosens come first: a change must not push them out
/// with warnings about its lists.
struct Annotations {
  /// Where the tool runs, relative to the repository: empty, or ended by `/`.
  let folder: String
  private var errors = Kind(word: "error")
  private var warnings = Kind(word: "warning")

  private static let shown = 9

  private struct Kind {
    let word: String
    var count = 0
    /// The first annotations as commands.
    var commands: [String] = []
    private var urgent = 0

    init(word: String) { self.word = word }

    mutating func add(isUrgent: Bool, _ command: () -> String) {
      count += 1
      if isUrgent, urgent < Annotations.shown {
        commands.insert(command(), at: urgent)
        urgent += 1
        if commands.count > Annotations.shown { commands.removeLast() }
      } else if commands.count < Annotations.shown {
        commands.append(command())
      }
    }

    var text: String {
      let hidden = count - commands.count
      if hidden == 0 { return commands.joined() }
      return commands.joined()
        + GitHubView.command(
          word, [("title", "imprune")],
          "\(counted(hidden, "more " + word)); see the log of this step.")
    }
  }

  init(folder: String) {
    self.folder = folder
  }

  /// All annotations, as lines for the runner.
  var text: String { errors.text + warnings.text }

  /// Adds the problems of a manifest and its lists.
  mutating func add(_ reading: ManifestReading) {
    let diagnostics = reading.diagnostics
    for problem in diagnostics.kept {
      let file = reading.files[Int(problem.place.file)]
      let title = problem.summary + (problem.shownCode.map { " [\($0)]" } ?? "")
      add(problem.severity, file, problem.place, title, problem.detail)
    }
    let kept = diagnostics.kept.count { $0.severity == .error }
    errors.count += diagnostics.errors - kept
    warnings.count += diagnostics.warnings - (diagnostics.kept.count - kept)
  }

  /// Adds the rules that a change loosens, and why a plan is refused, if it is.
  mutating func add(_ plan: Plan) {
    for change in plan.ruleChanges where change.effect == .loosened {
      add(
        .warning, plan.manifest.files.first ?? "", plan.manifest.rulePlaces[change.rule],
        "Rule loosened", "\(change.rule.rawValue): \(RuleWords.of(change.values) { $0 })",
        isUrgent: true)
    }
    let blocked = plan.items.compactMap { item in
      item.block.map { (plan.entry(of: item), $0) }
    }
    add(plan.refusals, blocked, plan.manifest, isChange: plan.base != nil) {
      GuardWords.of($0, in: plan)
    }
  }

  /// Adds the reasons that refuse the whole plan, and each blocked user. `isChange` is whether the plan
  /// was compared with a base.
  mutating func add(
    _ refusals: [Refusal], _ blocked: [(entry: Entries.Entry, block: Block)],
    _ manifest: Manifest, isChange: Bool = false, words: (Block) -> String
  ) {
    for refusal in refusals {
      let place: Place? =
        if case .loosened(let use) = refusal { manifest.rulePlaces[use.rule] } else { nil }
      add(
        .error, manifest.files.first ?? "", place, "Plan refused",
        GuardWords.of(refusal, isChange: isChange), isUrgent: true)
    }
    for (entry, block) in blocked {
      let place = manifest.entries.place(of: entry)
      add(
        .error, manifest.files[Int(place.file)], place, "Protected user",
        "\(entry.id): \(words(block)). \(GuardWords.advice(block, isChange: isChange))")
    }
  }

  private mutating func add(
    _ severity: Diagnostic.Severity, _ file: String, _ place: Place?, _ title: String,
    _ message: String, isUrgent: Bool = false
  ) {
    let path = FileSystem.isAbsolute(file) ? file : folder + file
    let command = {
      var properties: [(name: String, value: String)] = [("file", path)]
      if let place { properties += [("line", "\(place.line)"), ("col", "\(place.column)")] }
      return GitHubView.command(severity.rawValue, properties + [("title", title)], message)
    }
    switch severity {
    case .error: errors.add(isUrgent: isUrgent, command)
    case .warning: warnings.add(isUrgent: isUrgent, command)
    }
  }
}
