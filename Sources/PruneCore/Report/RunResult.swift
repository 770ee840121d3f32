/// How many users of a run have each outcome.
package struct OutcomeCounts: Equatable, Sendable {
  package var removed = 0
  package var alreadyAbsent = 0
  package var cleared = 0
  package var failed = 0
  package var unknown = 0
  package var notAttempted = 0

  package init() {}

  /// How many are done.
  package var done: Int { removed + alreadyAbsent + cleared }

  mutating func add(_ outcome: DoneOutcome, users: Int = 1) {
    switch outcome {
    case .removed: removed += users
    case .alreadyAbsent: alreadyAbsent += users
    case .cleared: cleared += users
    }
  }
}

/// The result of a run.
package struct RunResult: Equatable, Sendable {
  package var counts = OutcomeCounts()
  /// Why the run ended early, or nil if it finished.
  package var stop: StopReason?
  /// Whether this run may have changed any user.
  package var hasChangedUsers = false
  /// Whether this run has begun to read users that earlier runs left unknown.
  package var hasBegunResolving = false
  /// The first failed users, with the service's code.
  package var failures: [Failure] = []

  /// Unknown users that were found undone, but too long after they were sent, or no longer wanted:
  /// each may be another person by now. The first few by name.
  package var stillThere = 0
  package var stillThereExamples: [UserID] = []

  /// What it did second by second; nil if no run began.
  package var timeline: Timeline?

  /// The findings about the rate of each kind of call that the service throttled.
  package var pace: [PaceFinding] = []

  package struct PaceFinding: Equatable, Sendable {
    package var call: Call
    /// Calls a second at the end.
    package var rate: Double
    package var findings: RateFindings
  }

  /// How many failures are kept.
  package static let shownFailures = 20

  package struct Failure: Equatable, Sendable {
    package var id: UserID
    package var operation: Operation
    package var code: ServiceCode
  }

  package init() {}
}

/// The exit codes of imprune (docs/architecture.md, "Exit codes").
package enum Exit: Int32, Sendable {
  case success = 0
  case error = 1
  case changesPending = 2
  case appliedInPart = 3
  case refused = 4
  case approvalMissing = 5
  case locked = 6
  case usage = 64
  case hungUp = 129
  case interrupted = 130
  case terminated = 143

  /// The code of a run. The only place that decides it: an unfinished run is 1 or 4 only while no
  /// user was changed.
  package init(_ result: RunResult) {
    let counts = result.counts
    switch result.stop {
    case .signal(.interrupt): self = .interrupted
    case .signal(.terminate): self = .terminated
    case .signal(.hangup): self = .hungUp
    case .some where result.hasChangedUsers: self = .appliedInPart
    // Users who could not be read stay unknown, though this run has changed no user.
    case .some where result.hasBegunResolving && counts.unknown > 0: self = .appliedInPart
    // Users were sent, and are recorded as failed.
    case .onlyAbsent: self = .appliedInPart
    case .fatal(_, let code, _) where ServiceCodes.isEditionRefusal(code): self = .refused
    case .some: self = .error
    case nil:
      let isWhole = counts.failed + counts.unknown + counts.notAttempted == 0
      self = isWhole ? .success : .appliedInPart
    }
  }

  /// The code of a run that restored users' tags.
  package init(_ result: RunResult, _ users: Restoration) {
    if result.stop != nil {
      self.init(result)
    } else {
      self = users.isWhole ? .success : .appliedInPart
    }
  }

  /// The exit code if the outcomes could not be reported completely: an incomplete result must not
  /// look complete.
  package func partlyReported(afterChanges hasChangedUsers: Bool) -> Exit {
    if self != .success { return self }
    return hasChangedUsers ? .appliedInPart : .error
  }
}
