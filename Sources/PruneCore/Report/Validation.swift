/// What `validate` finds in one manifest.
package struct Validation: Sendable {
  /// How many blocked users are listed.
  package static let shownBlocked = 100

  /// The manifest, as the user named it.
  package let path: String
  /// The files read, as shown to people: the manifest first, then its lists.
  package let files: [String]
  /// What was read, unless it has errors.
  package let manifest: Manifest?
  /// The verdict of the guards on what was read.
  package let verdict: Guards.Verdict
  /// The users in it whom imprune refuses to change.
  package let blocked: [(entry: Entries.Entry, block: Block)]

  /// The problems in the order of their positions, then those from the guards. Bounded: the first
  /// hundred errors, warnings and blocked users are kept, and the first ten of each code.
  package let problems: [ReportedProblem]
  /// How many there are of each severity.
  package let counts: Counts

  package struct Counts: Equatable, Sendable {
    package var errors = 0
    package var refusals = 0
    package var warnings = 0

    package init() {}

    package static func + (one: Counts, other: Counts) -> Counts {
      var sum = one
      sum.errors += other.errors
      sum.refusals += other.refusals
      sum.warnings += other.warnings
      return sum
    }

    package var total: Int { errors + refusals + warnings }
  }

  /// Whether the manifest could not be read at all.
  package var isUnread: Bool {
    problems.contains { $0.code == ProblemCode.unreadableManifest.rawValue }
  }

  /// How many problems are only counted.
  package var hidden: Int { counts.total - problems.count }

  /// The exit code: an error takes precedence over a refusal.
  package var exit: Exit {
    if counts.errors > 0 { return .error }
    return counts.refusals > 0 ? .refused : .success
  }

  /// Judges a manifest that was read.
  package init(_ reading: ManifestReading, path: String) {
    self.path = path
    files = reading.files
    manifest = reading.diagnostics.hasErrors ? nil : reading.manifest
    verdict = manifest.map { Guards.judge($0) } ?? Guards.Verdict()
    blocked = manifest.map { Guards.blocked(in: $0) } ?? []
    var counts = Counts()
    counts.errors = reading.diagnostics.errors
    counts.refusals = verdict.refusals.count + blocked.count
    counts.warnings = reading.diagnostics.warnings + verdict.cautions.count
    self.counts = counts
    var problems = reading.diagnostics.kept.map { ReportedProblem($0, reading.files) }
    if let manifest {
      problems += verdict.refusals.map { manifest.problem($0) }
      problems += blocked.prefix(Self.shownBlocked).map { manifest.problem($0.entry, $0.block) }
      problems += verdict.cautions.map { manifest.problem($0) }
    }
    self.problems = problems
  }

  /// A manifest that was not read at all; `explanation` says why and what to do.
  package init(unreadable path: String, _ explanation: String) {
    self.path = path
    files = [path]
    manifest = nil
    verdict = Guards.Verdict()
    blocked = []
    problems = [
      ReportedProblem(
        .error, ProblemCode.unreadableManifest.rawValue, explanation,
        ReportedProblem.Location(file: path))
    ]
    var counts = Counts()
    counts.errors = 1
    self.counts = counts
  }
}

extension Manifest {
  fileprivate func problem(_ refusal: Refusal) -> ReportedProblem {
    let rule: Rule? =
      switch refusal {
      case .expectation(.removeAccount, _, _): .expectedRemovals
      case .expectation(.clearTags, _, _): .expectedClears
      case .removalsNeedEdition, .clearsNeedTagPush: .edition
      default: nil
      }
    return ReportedProblem(
      .refusal, GuardWords.code(of: refusal), GuardWords.of(refusal), location(of: rule))
  }

  fileprivate func problem(_ caution: Caution) -> ReportedProblem {
    let rule: Rule = if case .tagRightsUnknown = caution { .tagsAPI } else { .edition }
    return ReportedProblem(
      .warning, GuardWords.code(of: caution), GuardWords.of(caution), location(of: rule))
  }

  fileprivate func problem(_ entry: Entries.Entry, _ block: Block) -> ReportedProblem {
    ReportedProblem(
      .refusal, GuardWords.code(of: block),
      "`\(entry.id)`: \(GuardWords.of(block, self)). \(GuardWords.advice(block))",
      ReportedProblem.Location(entries.place(of: entry), files))
  }

  private func location(of rule: Rule?) -> ReportedProblem.Location {
    guard let rule else { return ReportedProblem.Location(file: files.first ?? "") }
    return ReportedProblem.Location(rulePlaces[rule], files)
  }
}
