/// Outcomes of users of one operation that are on disk.
package struct RecordedOutcomes: Sendable {
  package let operation: Operation
  package let users: [(id: UserID, outcome: UserOutcome)]
}

/// Holds a run's outcomes until they are on disk, and looks up the users that they refer to.
package struct OutcomeQueue {
  /// Intents that may get more outcomes, and how many of their users have no final outcome.
  private var intents: [UInt32: (intent: JournalRecord.Intent, open: Int)] = [:]
  private var waiting: [(ticket: JournalTicket, outcomes: RecordedOutcomes)] = []

  package init() {}

  package mutating func append(_ records: [JournalRecord], _ ticket: JournalTicket) {
    for record in records {
      switch record {
      case .intent(let intent):
        intents[intent.number] = (intent, intent.users.count)
      case .outcome(let outcome):
        guard let (intent, open) = intents[outcome.intent] else { continue }
        let left = open - outcome.users.count(where: Self.isFinal)
        intents[intent.number] = left > 0 ? (intent, left) : nil
        let users = zip(intent.users, outcome.users).compactMap { user, said in
          said.flatMap { $0 == .notAttempted ? nil : (id: user.id, outcome: $0) }
        }
        add(RecordedOutcomes(operation: intent.operation, users: users), ticket)
      case .resolved(let resolution):
        add(
          RecordedOutcomes(
            operation: resolution.operation,
            users: [(resolution.user.id, .done(resolution.outcome))]), ticket)
      }
    }
  }

  /// Whether an outcome stays as it is: an absent user may turn out to be done.
  private static func isFinal(_ outcome: UserOutcome?) -> Bool {
    outcome?.isKnown == true && outcome != .failed(ServiceCodes.absent) || outcome == .notAttempted
  }

  private mutating func add(_ outcomes: RecordedOutcomes, _ ticket: JournalTicket) {
    if !outcomes.users.isEmpty { waiting.append((ticket, outcomes)) }
  }

  /// The outcomes now on disk, in the order of writing.
  package mutating func take(upTo ticket: JournalTicket) -> [RecordedOutcomes] {
    let count = waiting.prefix { $0.ticket <= ticket }.count
    defer { waiting.removeFirst(count) }
    return waiting.prefix(count).map(\.outcomes)
  }
}
