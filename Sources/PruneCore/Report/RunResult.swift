/// How many users came to which end in a run.
package struct OutcomeCounts: Equatable, Sendable {
  package var removed = 0
  package var alreadyAbsent = 0
  package var cleared = 0
  package var failed = 0
  package var unknown = 0
  package var notAttempted = 0

  package init() {}

  /// How many are as wanted now.
  package var done: Int { removed + alreadyAbsent + cleared }

  mutating func add(_ outcome: DoneOutcome, users: Int = 1) {
    switch outcome {
    case .removed: removed += users
    case .alreadyAbsent: alreadyAbsent += users
    case .cleared: cleared += users
    }
  }
}

/// What a run came to.
package struct RunResult: Equatable, Sendable {
  package var counts = OutcomeCounts()
  /// Why the run ended early, or nil if it went through.
  package var stop: StopReason?
  /// Whether this run may have left any user other than it was.
  package var hasChangedUsers = false
  /// Whether this run has begun to read what earlier runs left unknown.
  package var hasBegunResolving = false
  /// The first users that failed, with the service's code.
  package var failures: [Failure] = []

  /// Unknown users that were found undone, but too long after they were sent, or not wanted any
  /// more: each may be another person by now. The first few by name.
  package var stillThere = 0
  package var stillThereExamples: [UserID] = []

  /// What was found out about the rate, of each kind of call that the service refused as too fast.
  package var pace: [PaceFinding] = []

  package struct PaceFinding: Equatable, Sendable {
    package var call: Call
    package var findings: RateFindings
  }

  /// How many failures are kept to be shown.
  package static let shownFailures = 20

  package struct Failure: Equatable, Sendable {
    package var id: UserID
    package var operation: Operation
    package var code: ServiceCode
  }

  package init() {}
}

/// The exit codes of the tool (docs/architecture.md, "Exit codes").
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
    // What could not be read stays unknown, though this run has changed no user.
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

  /// The code if what came of it could not be told or written down in full: half a result must not
  /// pass for a whole one.
  package func partlyReported(afterChanges hasChangedUsers: Bool) -> Exit {
    if self != .success { return self }
    return hasChangedUsers ? .appliedInPart : .error
  }
}
