/// What imprune has done and knows about one (user, operation).
///
/// The completed revision (the highest one, its outcome, when, by which run) is separate from the
/// last attempt, so that a later failure never hides it.
package struct StateRecord: Equatable, Sendable {
  package let id: UserID
  package let operation: Operation
  /// The highest completed revision, or nil if there is none.
  package var done: Done?
  /// The last attempt, unless `done` records it.
  package var attempt: Attempt?

  package init(id: UserID, operation: Operation, done: Done? = nil, attempt: Attempt? = nil) {
    self.id = id
    self.operation = operation
    self.done = done
    self.attempt = attempt
  }

  /// A revision that the service has confirmed.
  package struct Done: Equatable, Sendable {
    package var revision: Revision
    package var outcome: DoneOutcome
    package var time: Timestamp
    package var run: RunID

    package init(revision: Revision, outcome: DoneOutcome, time: Timestamp, run: RunID) {
      self.revision = revision
      self.outcome = outcome
      self.time = time
      self.run = run
    }
  }

  /// An attempt without a confirmation.
  package struct Attempt: Equatable, Sendable {
    package var revision: Revision
    package var status: Status
    /// When it failed or, if unknown, the time of the intent.
    package var time: Timestamp
    package var run: RunID

    package init(revision: Revision, status: Status, time: Timestamp, run: RunID) {
      self.revision = revision
      self.status = status
      self.time = time
      self.run = run
    }
  }

  package enum Status: Equatable, Sendable {
    /// The service refused this user, with this code.
    case failed(ServiceCode)
    /// Sent, no usable response.
    case unknown
  }

  package var key: RecordKey { RecordKey(id: id, operation: operation) }
}

/// The key of a record. The order is that of a state: by id bytes, then clears before removals.
package struct RecordKey: Hashable, Comparable, Sendable {
  package let id: UserID
  package let operation: Operation

  package init(id: UserID, operation: Operation) {
    self.id = id
    self.operation = operation
  }

  package static func < (left: RecordKey, right: RecordKey) -> Bool {
    if left.id != right.id { return left.id < right.id }
    return left.operation < right.operation
  }
}

/// How a confirmed operation ended.
package enum DoneOutcome: String, Sendable {
  case removed
  case alreadyAbsent = "already-absent"
  case cleared

  /// Whether it is a possible outcome of an operation.
  package func fits(_ operation: Operation) -> Bool {
    switch self {
    case .removed: operation == .removeAccount
    case .cleared: operation == .clearTags
    case .alreadyAbsent: true
    }
  }
}

/// A code in the service's responses, such as 70107 (docs/service.md, "Error codes"); 0 is success.
package struct ServiceCode: Hashable, Sendable, CustomStringConvertible {
  package let number: Int32

  package init(_ number: Int32) {
    self.number = number
  }

  package var description: String { String(number) }
}
