internal import PruneCore

/// What was really sent and answered, over all runs and crashes: the service's side of the promise
/// that no user is changed again after a confirmation, or outside the resend window
/// (docs/architecture.md, "Unknown users").
struct Ledger {
  private struct Entry {
    var revision: Revision
    /// A call in flight, or one during which the process died.
    var open: Timestamp?
    /// The last call that may have acted and has no response.
    var unanswered: Timestamp?
    /// The last intent written inside the window of that call: as far as a later process can know,
    /// it was sent, even if its own process died first.
    var intended: Timestamp?
    /// Whether a later call was refused.
    var isRefused = false
    /// When a call was confirmed that imprune still knows about.
    var confirmed: Timestamp?
    /// When a call was answered with only "absent"; the state must say so too.
    var absent: Timestamp?
    /// When a call of ours last removed someone.
    var acted: Timestamp?
    /// When someone registered after that.
    var registered: Timestamp?

    /// Since when another person may have the id, as far as a process can know.
    var mayHaveActed: Timestamp? { unanswered.map { max($0, intended ?? $0) } }
  }

  /// Whether sends outside the window are allowed, to see their effect.
  var overlooksWindow = false
  private var entries: [RecordKey: Entry] = [:]
  /// Second persons removed because they registered inside the window: the documented residue.
  private(set) var residue: [UserID] = []

  // MARK: - Sending

  /// An intent is being written to the journal.
  mutating func intend(_ intent: JournalRecord.Intent, window: Int) {
    for user in intent.users {
      let key = RecordKey(id: user.id, operation: intent.operation)
      guard let since = entries[key]?.mayHaveActed, intent.time.seconds(since: since) < window
      else { continue }
      entries[key]?.intended = intent.time
    }
  }

  mutating func send(
    _ key: RecordKey, _ revision: Revision, at now: Timestamp, window: Int
  ) throws {
    guard var entry = entries[key], entry.revision >= revision else {
      // A person wants it done again.
      entries[key] = Entry(revision: revision, open: now)
      return
    }
    if let confirmed = entry.confirmed ?? entry.absent {
      throw Breach(.confirmed, "\(key.id) was sent again; it was confirmed at \(confirmed)")
    }
    if key.operation == .removeAccount, let since = entry.mayHaveActed,
      now.seconds(since: since) >= window, !overlooksWindow
    {
      throw Breach(
        .window, "\(key.id) was sent \(now.seconds(since: since)) s after one without an answer")
    }
    entry.open = now
    entries[key] = entry
  }

  /// Takes a reply as the process received it.
  mutating func answered(
    _ call: SimulatedCall, _ reply: Reply, _ answer: Answer?, at now: Timestamp, window: Int
  ) {
    if call.purpose.isCheck { return }
    guard let operation = call.call.operation else {
      return read(call, answer, at: now, window: window)
    }
    var isUnsent = false
    switch reply {
    case .notSent, .untrusted: isUnsent = true
    case .lost, .response: break
    }
    for id in call.ids {
      let key = RecordKey(id: id, operation: operation)
      guard var entry = entries[key], let sent = entry.open else { continue }
      entry.open = nil
      let code = isUnsent ? nil : answer.flatMap { Self.code(id, call, reply, $0) }
      switch code.map({ ServiceCodes.meaning(of: $0, for: call.call) }) {
      case .done where operation == .clearTags: entry.unanswered = sent
      case .done where code?.number == 70107 && entry.mayHaveActed == nil: entry.absent = sent
      case .done: entry.confirmed = sent
      case .other, .fatal, .batch: entry.isRefused = true
      case .throttled: break
      case .transient:
        entry.isRefused = true
        entry.unanswered = sent
      case .unknown, nil: if !isUnsent { entry.unanswered = sent }
      }
      entries[key] = entry
    }
  }

  /// What a response says about a user; nil if nothing, or contradictory results.
  private static func code(
    _ id: UserID, _ call: SimulatedCall, _ reply: Reply, _ answer: Answer
  ) -> ServiceCode? {
    let said = answer.users.filter { $0.id == id }
    if answer.code.number == 70107, call.call == .deleteAccounts, said.isEmpty {
      // It does not say for which user, so it confirms none.
      return call.ids.count == 1 ? answer.code : ServiceCode(70402)
    }
    if answer.code.number != 0, answer.code.number != 70107 {
      return said.contains { $0.code.number == 0 } ? nil : answer.code
    }
    guard let first = said.first else {
      return call.call == .clearTags && !namesOthers(reply, call) ? answer.code : nil
    }
    return said.allSatisfy { $0 == first } ? first.code : nil
  }

  /// Whether a response names a user other than by an id of the call, or in an unknown list: then
  /// omitting a user means nothing.
  private static func namesOthers(_ reply: Reply, _ call: SimulatedCall) -> Bool {
    guard case .response(_, let body, _) = reply else { return false }
    let text = String(decoding: body, as: UTF8.self)
    if text.contains("FailedList") { return true }
    let ids = Set(call.ids.map(\.description))
    return text.matches(of: /"(?:To_Account|UserID)":"([^"]*)"/).contains {
      !ids.contains(String($0.1))
    }
  }

  /// The result of reading unresolved users.
  private mutating func read(
    _ call: SimulatedCall, _ answer: Answer?, at now: Timestamp, window: Int
  ) {
    guard let answer, answer.code.number == 0 else { return }
    let operation: Operation = call.call == .readTags ? .clearTags : .removeAccount
    for id in call.ids {
      let key = RecordKey(id: id, operation: operation)
      let said = answer.users.filter { $0.id == id }
      guard var entry = entries[key], let first = said.first, first.code.number == 0,
        said.allSatisfy({ $0 == first })
      else { continue }
      if first.isImported == false || first.tags == [] {
        entry.confirmed = entry.confirmed ?? entry.unanswered ?? entry.open
      } else if entry.isRefused, let since = entry.mayHaveActed,
        now.seconds(since: since) < window
      {
        // The refusal stands, and nothing is unresolved any more.
        entry.unanswered = nil
        entry.isRefused = false
      }
      entries[key] = entry
    }
  }

  // MARK: - Lost knowledge

  /// The process is dead, or has stopped waiting: calls in flight have no response.
  mutating func drop() {
    for (key, entry) in entries {
      guard let open = entry.open else { continue }
      entries[key]?.unanswered = open
      entries[key]?.open = nil
    }
  }

  /// Takes the saved state. A crash may have lost confirmations; a complete run has lost none.
  mutating func noteSaved(_ records: [StateRecord], isWhole: Bool) throws {
    drop()
    var done: [RecordKey: Revision] = [:]
    for record in records { done[record.key] = record.done?.revision }
    var failed: [RecordKey: Revision] = [:]
    for record in records where record.attempt?.status == .failed(ServiceCodes.absent) {
      failed[record.key] = record.attempt?.revision
    }
    for (key, entry) in entries {
      guard let absent = entry.absent else { continue }
      entries[key]?.absent = nil
      if let revision = done[key], revision >= entry.revision {
        entries[key]?.confirmed = absent
      } else if failed[key].map({ $0 >= entry.revision }) != true {
        if isWhole {
          throw Breach(
            .durability, "\(key.id) was absent at \(absent), and the state does not say so")
        }
        entries[key]?.unanswered = absent
      }
    }
    for (key, entry) in entries {
      guard let confirmed = entry.confirmed, done[key].map({ $0 < entry.revision }) ?? true else {
        continue
      }
      guard !isWhole else {
        throw Breach(.durability, "\(key.id) was confirmed at \(confirmed) and is not recorded")
      }
      entries[key]?.confirmed = nil
      entries[key]?.unanswered = confirmed
    }
  }

  // MARK: - People

  /// How many seconds after it was sent a call may take effect.
  private static let lateness = 10

  mutating func registered(_ id: UserID, at now: Timestamp) {
    entries[RecordKey(id: id, operation: .removeAccount)]?.registered = now
  }

  /// A call of ours has removed the owner of the id.
  mutating func removed(_ id: UserID, at now: Timestamp, window: Int) throws {
    let key = RecordKey(id: id, operation: .removeAccount)
    guard var entry = entries[key] else { return }
    if let acted = entry.acted, let registered = entry.registered {
      // Inside the window of a later call that may have acted counts as inside.
      let since = max(acted, entry.mayHaveActed ?? acted)
      guard registered.seconds(since: since) <= max(window, Self.lateness) else {
        throw Breach(
          .secondPerson,
          "\(id), registered \(registered.seconds(since: since)) s after the removal, was removed")
      }
      residue.append(id)
    }
    entry.acted = now
    entry.registered = nil
    entries[key] = entry
  }
}
