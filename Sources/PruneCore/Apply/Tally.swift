/// How many users of a run have which outcome, and which of them to show.
///
/// It owns the counts. Each user of the plan, including unresolved ones, is counted once, when
/// completed; an absent user with a pending outcome is held. At any time counts and held users add
/// up to the completed users, never to more than the run's total, and at the end to the total.
struct Tally {
  /// The users of the plan, including unresolved ones.
  let total: Int
  private(set) var counts = OutcomeCounts()
  private var held = 0
  private var hasChangedUsers = false
  private var failures: [RunResult.Failure] = []
  private var stillThere = 0
  private var stillThereExamples: [UserID] = []

  init(total: Int) {
    self.total = total
  }

  /// How many users are completed or held.
  var settled: Int { counts.done + counts.failed + counts.unknown + held }

  // MARK: - Completing users

  /// Counts users as done.
  mutating func done(_ outcome: DoneOutcome, users: Int = 1) {
    counts.add(outcome, users: users)
    check()
  }

  /// Counts a user as failed.
  mutating func failed(_ id: UserID, _ operation: Operation, _ code: ServiceCode) {
    counts.failed += 1
    if failures.count < RunResult.shownFailures {
      failures.append(.init(id: id, operation: operation, code: code))
    }
    check()
  }

  /// Counts users as left unknown.
  mutating func unknown(users: Int) {
    counts.unknown += users
    check()
  }

  // MARK: - Held users

  /// Holds an absent user.
  mutating func hold() {
    held += 1
    check()
  }

  /// Counts held users as absent.
  mutating func acceptHeld(users: Int) {
    held -= users
    done(.alreadyAbsent, users: users)
  }

  /// Counts a held user as failed.
  mutating func refuseHeld(_ id: UserID, _ operation: Operation) {
    held -= 1
    failed(id, operation, ServiceCodes.absent)
  }

  // MARK: - Remarks

  /// Notes that some user may have changed.
  mutating func noteChange() { hasChangedUsers = true }

  /// Notes an unresolved user who was found undone and is left alone.
  mutating func noteStillThere(_ id: UserID) {
    stillThere += 1
    if stillThereExamples.count < RunResult.shownFailures { stillThereExamples.append(id) }
  }

  // MARK: - The result

  /// Counts the remaining users as not attempted.
  mutating func close() {
    precondition(held == 0, "users are still held at the end")
    check()
    counts.notAttempted = total - settled
  }

  /// The result of the run so far.
  func result(stop: StopReason?, hasBegunResolving: Bool) -> RunResult {
    var result = RunResult()
    result.counts = counts
    result.stop = stop
    result.hasChangedUsers = hasChangedUsers
    result.hasBegunResolving = hasBegunResolving
    result.failures = failures
    result.stillThere = stillThere
    result.stillThereExamples = stillThereExamples
    return result
  }

  private func check() {
    precondition(held >= 0, "a user is counted back that was not counted")
    precondition(settled <= total, "more users are completed than the run is about")
  }
}
