/// Turns a journal into its changes to a state: one for each (user, operation), sorted. Users with
/// an intent and no outcome are unknown.
package struct JournalFold {
  private let run: RunID
  private var changes: [StateChange?] = []
  /// The range of each intent's users in `changes`.
  private var intents: [UInt32: Range<Int>] = [:]
  private var lastIntent: UInt32 = 0
  private let allowsGaps: Bool

  /// Begins a fold. Intents are numbered from 1, without gaps unless they are allowed for a damaged
  /// journal.
  package init(run: RunID, allowsGaps: Bool = false) {
    self.run = run
    self.allowsGaps = allowsGaps
  }

  /// Adds a record in the journal's order. Returns false, and skips it, if it refers to a missing
  /// intent, or has an outcome that its operation cannot have.
  package mutating func add(_ record: JournalRecord) -> Bool {
    switch record {
    case .intent(let intent):
      guard intent.number > lastIntent, allowsGaps || intent.number - lastIntent == 1 else {
        return false
      }
      lastIntent = intent.number
      intents[intent.number] = changes.count..<(changes.count + intent.users.count)
      for user in intent.users {
        changes.append(
          StateChange(
            id: user.id, operation: intent.operation, revision: user.revision, result: .unknown,
            time: intent.time, run: run))
      }
    case .outcome(let outcome):
      guard let range = intents[outcome.intent], range.count == outcome.users.count else {
        return false
      }
      let pairs = zip(range, outcome.users)
      let areFitting = pairs.allSatisfy { index, user in
        guard case .done(let done)? = user, let change = changes[index] else { return true }
        return done.fits(change.operation)
      }
      guard areFitting else { return false }
      for (index, user) in pairs {
        guard let user, let change = changes[index] else { continue }
        changes[index] = change.with(user, at: outcome.time)
      }
    case .resolved(let resolution):
      guard resolution.outcome.fits(resolution.operation) else { return false }
      changes.append(
        StateChange(
          id: resolution.user.id, operation: resolution.operation,
          revision: resolution.user.revision, result: .done(resolution.outcome),
          time: resolution.time, run: resolution.run))
    }
    return true
  }

  /// The changes, sorted; of several for one key the last one with an outcome counts. Also returns
  /// how many users have each outcome: of several outcomes for one revision of a key the last one
  /// counts.
  package consuming func finish() -> (changes: [StateChange], counts: OutcomeCounts) {
    var sorted = changes.compactMap { $0 }
    changes = []
    // The sort is stable, so the last of a key is the latest.
    sorted.sort { $0.key < $1.key }
    var counts = OutcomeCounts()
    var kept = 0
    for index in sorted.indices {
      if kept > 0, sorted[kept - 1].key == sorted[index].key {
        kept -= 1
        // An earlier revision has its own outcome, such as one left unknown by an earlier run.
        if sorted[kept].revision != sorted[index].revision { counts.add(sorted[kept].result) }
      }
      sorted[kept] = sorted[index]
      kept += 1
      let isLast = index + 1 == sorted.count || sorted[index + 1].key != sorted[index].key
      if isLast { counts.add(sorted[index].result) }
    }
    sorted.removeSubrange(kept...)
    return (sorted, counts)
  }
}

extension OutcomeCounts {
  fileprivate mutating func add(_ result: StateChange.Result) {
    switch result {
    case .done(let outcome): add(outcome)
    case .failed: failed += 1
    case .unknown: unknown += 1
    }
  }
}

extension StateChange {
  /// The change after an outcome; nil if the user was not attempted. An unknown user keeps the time
  /// of the intent.
  fileprivate func with(_ outcome: UserOutcome, at time: Timestamp) -> StateChange? {
    switch outcome {
    case .done(let done):
      StateChange(
        id: id, operation: operation, revision: revision, result: .done(done), time: time, run: run)
    case .failed(let code):
      StateChange(
        id: id, operation: operation, revision: revision, result: .failed(code), time: time,
        run: run)
    case .unknown: self
    case .notAttempted: nil
    }
  }
}
