/// What one run learned about one (user, operation): an entry of the journal, to be folded into the
/// state.
package struct StateChange: Equatable, Sendable {
  package let id: UserID
  package let operation: Operation
  package let revision: Revision
  package let result: Result
  package let time: Timestamp
  package let run: RunID

  package enum Result: Equatable, Sendable {
    case done(DoneOutcome)
    case failed(ServiceCode)
    case unknown
  }

  package init(
    id: UserID, operation: Operation, revision: Revision, result: Result, time: Timestamp,
    run: RunID
  ) {
    self.id = id
    self.operation = operation
    self.revision = revision
    self.result = result
    self.time = time
    self.run = run
  }

  package var key: RecordKey { RecordKey(id: id, operation: operation) }

  /// The record after this change; folding the same change again gives the same record.
  package func folded(into record: StateRecord?, by rule: FoldRule = .successor) -> StateRecord {
    var record = record ?? StateRecord(id: id, operation: operation)
    switch result {
    case .done(let outcome):
      if record.done.map({ $0.revision <= revision }) ?? true {
        record.done = .init(revision: revision, outcome: outcome, time: time, run: run)
      }
      // This does not cover an attempt at a higher revision.
      if let attempt = record.attempt, attempt.revision <= revision { record.attempt = nil }
    case .failed(let code): record.note(.failed(code), of: self, by: rule)
    case .unknown: record.note(.unknown, of: self, by: rule)
    }
    return record
  }
}

extension StateRecord {
  /// Notes a failed or unknown attempt, unless more is known: the revision is done, or a higher
  /// revision was attempted. It compares no times: clocks of two machines may differ.
  fileprivate mutating func note(_ status: Status, of change: StateChange, by rule: FoldRule) {
    if let done, done.revision >= change.revision { return }
    if let attempt, attempt.revision > change.revision { return }
    if rule == .concurrent, let attempt, attempt.revision == change.revision,
      attempt.run != change.run, attempt.status == .unknown, status != .unknown
    {
      return
    }
    attempt = Attempt(
      revision: change.revision, status: status, time: change.time, run: change.run)
  }
}
