/// A person's decision about some records: `state resolve` and `state forget`.
package struct StateEdit: Equatable, Sendable {
  /// Whose records it is about.
  package enum Subject: Equatable, Sendable {
    /// Sorted and unique.
    case users([UserID])
    /// The users whom this run left unknown.
    case unknowns(of: RunID)
  }

  package enum Decision: Equatable, Sendable {
    /// The unknown operation was done.
    case done(DoneOutcome)
    /// The unknown operation was not done: drops the attempt, so that a plan includes it again.
    case open
    /// Drops the record.
    case forget
  }

  package let decision: Decision
  package let subject: Subject
  /// The only operation to decide, or nil for either.
  package let operation: Operation?

  /// A decision about users; nil if it does not fit the operation.
  package init?(_ decision: Decision, ids: [UserID], operation: Operation? = nil) {
    self.init(decision, .users(Array(Set(ids)).sorted()), operation)
  }

  /// A decision about the unknown users of a run; nil if it does not fit the operation.
  package init?(_ decision: Decision, unknownsOf run: RunID, operation: Operation? = nil) {
    self.init(decision, .unknowns(of: run), operation)
  }

  private init?(_ decision: Decision, _ subject: Subject, _ operation: Operation?) {
    self.decision = decision
    self.subject = subject
    guard case .done(let outcome) = decision else {
      self.operation = operation
      return
    }
    let fitting = Operation.allCases.filter { outcome.fits($0) && ($0 == operation ?? $0) }
    if fitting.isEmpty { return nil }
    self.operation = fitting.count == 1 ? fitting.first : nil
  }

  /// Why a user's records stay unchanged.
  package enum Refusal: Equatable, Sendable {
    /// The state has no record of the user, or of the operation.
    case noRecord(UserID, Operation?)
    /// The user, or the operation, is not unknown; these are its records.
    case notUnknown(UserID, Operation?, [StateRecord])
    /// Both operations are unknown, and the decision does not name one.
    case bothUnknown(UserID)
    /// The run left no user unknown, or none by the operation.
    case noneUnknown(of: RunID, Operation?)
  }

  /// The changes of a decision, or why there are none.
  package struct Outcome: Equatable, Sendable {
    /// Sorted by key.
    package fileprivate(set) var changes: [RecordChange] = []
    /// In the order of the ids; if there is one, nothing changes.
    package fileprivate(set) var refusals: [Refusal] = []
    /// How many records there are after the changes.
    package fileprivate(set) var records = 0
  }

  /// Computes the changes from all records of a state.
  package func outcome(
    for records: inout some RecordSource & ~Copyable
  ) throws(StateError) -> Outcome {
    switch subject {
    case .users(let ids): try outcome(for: &records, of: ids)
    case .unknowns(let run): try outcome(for: &records, of: run)
    }
  }

  private func outcome(
    for records: inout some RecordSource & ~Copyable, of run: RunID
  ) throws(StateError) -> Outcome {
    var outcome = Outcome()
    while let record = try records.next() {
      outcome.records += 1
      guard let attempt = record.attempt, attempt.status == .unknown, attempt.run == run,
        record.operation == operation ?? record.operation
      else { continue }
      outcome.changes.append(RecordChange(record.key, before: record, after: decided(record)))
    }
    if outcome.changes.isEmpty { outcome.refusals = [.noneUnknown(of: run, operation)] }
    outcome.records -= outcome.changes.count { $0.after == nil }
    return outcome
  }

  private func outcome(
    for records: inout some RecordSource & ~Copyable, of ids: [UserID]
  ) throws(StateError) -> Outcome {
    var outcome = Outcome()
    var found: [StateRecord] = []
    var index = 0
    while let record = try records.next() {
      outcome.records += 1
      while index < ids.count, ids[index] < record.id {
        decide(ids[index], found, &outcome)
        found = []
        index += 1
      }
      if index < ids.count, ids[index] == record.id { found.append(record) }
    }
    while index < ids.count {
      decide(ids[index], found, &outcome)
      found = []
      index += 1
    }
    outcome.records -= outcome.changes.count { $0.after == nil }
    return outcome
  }

  private func decide(_ id: UserID, _ found: [StateRecord], _ outcome: inout Outcome) {
    let meant = found.filter { $0.operation == operation ?? $0.operation }
    if decision == .forget {
      if meant.isEmpty { outcome.refusals.append(.noRecord(id, found.isEmpty ? nil : operation)) }
      outcome.changes += meant.map { RecordChange($0.key, before: $0, after: nil) }
      return
    }
    let unknown = meant.filter { $0.attempt?.status == .unknown }
    switch unknown.count {
    case 0 where found.isEmpty: outcome.refusals.append(.noRecord(id, nil))
    case 0: outcome.refusals.append(.notUnknown(id, operation, found))
    case 1:
      outcome.changes += unknown.map { RecordChange($0.key, before: $0, after: decided($0)) }
    default: outcome.refusals.append(.bothUnknown(id))
    }
  }

  /// What an unknown record becomes; nil if nothing is left of it.
  private func decided(_ record: StateRecord) -> StateRecord? {
    if decision == .forget { return nil }
    guard case .done(let outcome) = decision, let attempt = record.attempt else {
      return record.done == nil
        ? nil : StateRecord(id: record.id, operation: record.operation, done: record.done)
    }
    // Like a user whom an apply finds done: it is credited to the run that sent the call.
    return StateChange(
      id: record.id, operation: record.operation, revision: attempt.revision,
      result: .done(outcome), time: attempt.time, run: attempt.run
    ).folded(into: record)
  }
}

/// Iterates over a state with records replaced or dropped.
package struct EditedState: ~Copyable, RecordSource {
  private var cursor: StateCursor
  private let changes: [RecordChange]
  private var index = 0

  /// `changes` are sorted, one per key, each for an existing record.
  package init(_ cursor: consuming StateCursor, _ changes: [RecordChange]) {
    self.cursor = cursor
    self.changes = changes
  }

  package mutating func next() throws(StateError) -> StateRecord? {
    while let record = try cursor.next() {
      guard index < changes.count, changes[index].key == record.key else { return record }
      index += 1
      if let after = changes[index - 1].after { return after }
    }
    return nil
  }
}
