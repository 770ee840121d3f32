internal import Bytes
internal import Crypto

/// The first line of a journal: the state and the run that it belongs to.
package struct JournalHeader: Equatable, Sendable {
  package var app: SDKAppID
  package var service: ServiceKind
  package var lineage: Lineage
  /// The serial of the state at the start of the run.
  package var serial: UInt64
  package var run: RunID
  /// The plan of the run.
  package var digest: PlanDigest
  /// The content of that state; nil in journals of versions that did not record it.
  package var base: StateDigest?

  /// The kind of the header's line.
  static let kind = "journal"

  package init(
    app: SDKAppID, service: ServiceKind, lineage: Lineage, serial: UInt64, run: RunID,
    digest: PlanDigest
  ) {
    self.app = app
    self.service = service
    self.lineage = lineage
    self.serial = serial
    self.run = run
    self.digest = digest
  }
}

/// One line of a journal after its header, in the form of a `FramedLine`.
///
/// ```
/// 1c0f8a2e	journal	1	1400000000	live	5f0c2a9be1d34788	12	8f2c41d09ab3	7f3a9c...
/// 90ab33d1	intent	1	remove-account	2026-11-21T03:40:12Z	1	UserID_1	2	UserID_2
/// 0e55c9b7	outcome	1	2026-11-21T03:40:13Z	rf	70402
/// 77d1e02c	resolved	remove-account	2026-11-21T03:40:12Z	8f2c41d09ab3	1	UserID_3	removed
/// ```
package enum JournalRecord: Equatable, Sendable {
  /// Users that will be sent; durable before that.
  case intent(Intent)
  /// The outcomes of an intent's users.
  case outcome(Outcome)
  /// Reading showed that a user left unknown by an earlier run is done.
  case resolved(Resolution)

  /// Whether something waits for the record to be durable: the call that it announces.
  package var isIntent: Bool {
    if case .intent = self { return true }
    return false
  }

  package struct Intent: Equatable, Sendable {
    /// Counted from 1 within the journal, without gaps.
    package var number: UInt32
    package var operation: Operation
    package var time: Timestamp
    /// At most `Call.maxUsers`.
    package var users: [User]

    package init(number: UInt32, operation: Operation, time: Timestamp, users: [User]) {
      self.number = number
      self.operation = operation
      self.time = time
      self.users = users
    }
  }

  package struct User: Equatable, Sendable {
    package var id: UserID
    package var revision: Revision

    package init(id: UserID, revision: Revision) {
      self.id = id
      self.revision = revision
    }
  }

  package struct Outcome: Equatable, Sendable {
    /// The intent of these outcomes.
    package var intent: UInt32
    package var time: Timestamp
    /// One for each user of the intent, in order; nil means no outcome.
    package var users: [UserOutcome?]

    package init(intent: UInt32, time: Timestamp, users: [UserOutcome?]) {
      self.intent = intent
      self.time = time
      self.users = users
    }
  }

  package struct Resolution: Equatable, Sendable {
    package var operation: Operation
    /// When and by which run the call was sent.
    package var time: Timestamp
    package var run: RunID
    package var user: User
    package var outcome: DoneOutcome

    package init(
      operation: Operation, time: Timestamp, run: RunID, user: User, outcome: DoneOutcome
    ) {
      self.operation = operation
      self.time = time
      self.run = run
      self.user = user
      self.outcome = outcome
    }
  }
}

/// The outcome of one user in a run (docs/architecture.md, "Words").
package enum UserOutcome: Equatable, Sendable {
  case done(DoneOutcome)
  case failed(ServiceCode)
  /// Sent, no usable response.
  case unknown
  /// Not sent, or refused together with the whole run: nothing is recorded.
  case notAttempted

  /// The code of a refusal.
  var code: ServiceCode? {
    if case .failed(let code) = self { return code }
    return nil
  }

  /// Whether the service has given a result for this user.
  var isKnown: Bool {
    switch self {
    case .done, .failed: true
    case .unknown, .notAttempted: false
    }
  }
}

// MARK: - Writing

extension JournalHeader {
  /// Appends the header's line.
  package func append(to bytes: inout [UInt8]) {
    bytes.appendFramed { line in
      line.append(
        contentsOf: "\(Self.kind)\t1\t\(app)\t\(service.rawValue)\t\(lineage)\t\(serial)\t\(run)\t"
          .utf8)
      line.append(contentsOf: digest.description.utf8)
      if let base { line.append(contentsOf: "\t\(base)".utf8) }
    }
  }
}

extension JournalRecord {
  /// Appends the record's line.
  package func append(to bytes: inout [UInt8]) {
    bytes.appendFramed { line in
      switch self {
      case .intent(let intent):
        line.append(contentsOf: "intent\t".utf8)
        line.appendDecimal(intent.number)
        line.append(contentsOf: "\t\(intent.operation.name)\t".utf8)
        intent.time.append(to: &line)
        for user in intent.users { line.appendUser(user) }
      case .outcome(let outcome):
        line.append(contentsOf: "outcome\t".utf8)
        line.appendDecimal(outcome.intent)
        line.append(UInt8(ascii: "\t"))
        outcome.time.append(to: &line)
        line.append(UInt8(ascii: "\t"))
        for user in outcome.users { line.append(Self.letter(user)) }
        for case .failed(let code) in outcome.users {
          line.append(contentsOf: "\t\(code)".utf8)
        }
      case .resolved(let resolution):
        line.append(contentsOf: "resolved\t\(resolution.operation.name)\t".utf8)
        resolution.time.append(to: &line)
        line.append(contentsOf: "\t\(resolution.run)".utf8)
        line.appendUser(resolution.user)
        line.append(contentsOf: "\t\(resolution.outcome.rawValue)".utf8)
      }
    }
  }

  /// The letter for an outcome in a journal line.
  static func letter(_ outcome: UserOutcome?) -> UInt8 {
    switch outcome {
    case .done(.removed): UInt8(ascii: "r")
    case .done(.alreadyAbsent): UInt8(ascii: "a")
    case .done(.cleared): UInt8(ascii: "c")
    case .failed: UInt8(ascii: "f")
    case .unknown: UInt8(ascii: "u")
    case .notAttempted: UInt8(ascii: "n")
    case nil: UInt8(ascii: ".")
    }
  }
}

extension [UInt8] {
  fileprivate mutating func appendUser(_ user: JournalRecord.User) {
    append(UInt8(ascii: "\t"))
    appendDecimal(user.revision.number)
    append(UInt8(ascii: "\t"))
    user.id.append(to: &self)
  }
}
