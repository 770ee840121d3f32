internal import PruneCore

/// What was really sent and answered, over all runs and crashes: the service's side of the promise
/// that nobody is touched again who was confirmed, nor later than the window (docs/architecture.md,
/// "Unknown users").
struct Ledger {
  private struct Entry {
    var revision: Revision
    /// A sending under way, or one that the process died on.
    var open: Timestamp?
    /// The last sending that may have acted and of which nothing is known.
    var unanswered: Timestamp?
    /// The last intent written inside the window of that: for all that a later process can know, it
    /// was sent, also if its own process died first.
    var intended: Timestamp?
    /// Whether, since then, a sending was refused.
    var isRefused = false
    /// When a sending was confirmed that the tool still knows of.
    var confirmed: Timestamp?
    /// When a sending was answered with "absent", and nothing else was; the state must say so too.
    var absent: Timestamp?
    /// When a sending of ours last removed somebody.
    var acted: Timestamp?
    /// When somebody registered after that.
    var registered: Timestamp?

    /// Since when somebody else may have the id, as far as a process can know.
    var mayHaveActed: Timestamp? { unanswered.map { max($0, intended ?? $0) } }
  }

  /// Whether sends outside the window are let pass, so that what becomes of them is seen.
  var overlooksWindow = false
  private var entries: [RecordKey: Entry] = [:]
  /// Second persons who were removed because they registered inside the window: the documented
  /// residue.
  private(set) var residue: [UserID] = []

  // MARK: - Sending

  /// An intent is on its way to the journal.
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
      // A human wants it done anew.
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

  /// Takes what came back, as the process got it.
  mutating func answered(
    _ call: SimulatedCall, _ reply: Reply, _ answer: Answer?, at now: Timestamp, window: Int
  ) {
    if call.purpose == .readBack { return readBack(call.ids[0], answer) }
    guard call.purpose == .users else { return }
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

  /// What an answer says of a user; nil if that is nothing, or two things.
  private static func code(
    _ id: UserID, _ call: SimulatedCall, _ reply: Reply, _ answer: Answer
  ) -> ServiceCode? {
    let said = answer.users.filter { $0.id == id }
    if answer.code.number == 70107, call.call == .deleteAccounts, said.isEmpty {
      // Of whom it speaks is not known, so it confirms nobody.
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

  /// Whether an answer names anybody by what is not an id of the call, or in a list of its own: then
  /// to be passed over in it means nothing.
  private static func namesOthers(_ reply: Reply, _ call: SimulatedCall) -> Bool {
    guard case .response(_, let body, _) = reply else { return false }
    let text = String(decoding: body, as: UTF8.self)
    if text.contains("FailedList") { return true }
    let ids = Set(call.ids.map(\.description))
    return text.matches(of: /"(?:To_Account|UserID)":"([^"]*)"/).contains {
      !ids.contains(String($0.1))
    }
  }

  /// What was read of users in doubt.
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
      if first.isImported == false || first.tags == 0 {
        entry.confirmed = entry.confirmed ?? entry.unanswered ?? entry.open
      } else if entry.isRefused, let since = entry.mayHaveActed,
        now.seconds(since: since) < window
      {
        // The refusal holds, and nothing is in doubt any more.
        entry.unanswered = nil
        entry.isRefused = false
      }
      entries[key] = entry
    }
  }

  /// A clear that was confirmed and turns out not to be done is none.
  private mutating func readBack(_ id: UserID, _ answer: Answer?) {
    guard let answer, answer.users.contains(where: { $0.id == id && $0.tags ?? 0 > 0 }) else {
      return
    }
    entries[RecordKey(id: id, operation: .clearTags)]?.confirmed = nil
  }

  // MARK: - What the process forgets

  /// The process is dead, or has given up: what was under way has no answer.
  mutating func drop() {
    for (key, entry) in entries {
      guard let open = entry.open else { continue }
      entries[key]?.unanswered = open
      entries[key]?.open = nil
    }
  }

  /// Takes the state as it was saved. Confirmations that a crash took are none any more; a run that
  /// was whole has lost none.
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

  /// How many seconds after its sending a call may have its effect.
  private static let lateness = 10

  mutating func registered(_ id: UserID, at now: Timestamp) {
    entries[RecordKey(id: id, operation: .removeAccount)]?.registered = now
  }

  /// A call of ours has removed whoever had the id.
  mutating func removed(_ id: UserID, at now: Timestamp, window: Int) throws {
    let key = RecordKey(id: id, operation: .removeAccount)
    guard var entry = entries[key] else { return }
    if let acted = entry.acted, let registered = entry.registered {
      // Inside the window of a later sending that may have acted is inside too.
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
