/// The outcome of one user of a plan.
package struct UserReport: Equatable, Sendable {
  package let key: RecordKey
  package let revision: Revision
  /// `unknown` also for a call by an earlier run; `notAttempted` if this run did not reach the
  /// user.
  package let outcome: UserOutcome
  /// The item of the plan, or nil for a user of an earlier run who is no longer wanted.
  package let item: Plan.Item?
}

/// Iterates over the users of a run, sorted: the plan's unblocked items, and users left unknown by
/// earlier runs, each with its outcome in the state after the run.
package struct UserReports: ~Copyable {
  private let plan: Plan
  private let run: RunID?
  private var state: StateCursor
  private var record: StateRecord?
  private var item = 0
  private var unresolved = 0

  /// `state` is the state after the run; `run` is nil if none began.
  package init(_ plan: Plan, _ run: RunID?, _ state: consuming StateCursor) throws(StateError) {
    record = try state.next()
    self.plan = plan
    self.run = run
    self.state = state
  }

  package mutating func next() throws(StateError) -> UserReport? {
    while item < plan.items.count, plan.items[item].block != nil { item += 1 }
    let planned = item < plan.items.count ? plan.items[item] : nil
    let unresolvedUser = unresolved < plan.unresolved.count ? plan.unresolved[unresolved] : nil
    if let planned {
      let entry = plan.entry(of: planned)
      let key = RecordKey(id: entry.id, operation: planned.operation)
      guard let unresolvedUser, unresolvedUser.key < key else {
        item += 1
        if unresolvedUser?.key == key { unresolved += 1 }
        return try report(key, plan.revision(of: planned), planned)
      }
    }
    guard let unresolvedUser, let attempt = unresolvedUser.attempt else { return nil }
    unresolved += 1
    return try report(unresolvedUser.key, attempt.revision, nil)
  }

  private mutating func report(
    _ key: RecordKey, _ revision: Revision, _ item: Plan.Item?
  ) throws(StateError) -> UserReport {
    while let record, record.key < key { self.record = try state.next() }
    let found = record.flatMap { $0.key == key ? $0 : nil }
    return UserReport(
      key: key, revision: revision, outcome: outcome(of: found, revision), item: item)
  }

  private func outcome(of record: StateRecord?, _ revision: Revision) -> UserOutcome {
    if let done = record?.done, done.revision >= revision { return .done(done.outcome) }
    guard let attempt = record?.attempt, attempt.revision >= revision else { return .notAttempted }
    switch attempt.status {
    case .unknown: return .unknown
    case .failed(let code): return attempt.run == run ? .failed(code) : .notAttempted
    }
  }
}
