internal import Bytes
internal import PruneCore

/// The rules of shared states, checked while a story runs (docs/architecture.md, "Shared states").
struct StoryChecks {
  /// The first breach.
  private(set) var breach: Breach?
  /// Users who were sent, with the operation.
  private(set) var sent: Set<RecordKey> = []
  /// What the log or the state has recorded as done.
  private var done: Set<RecordKey> = []
  private var contained = LogIndex.start
  /// By run: the entry by which it opened the state, when it began to read or send users, and what
  /// the log has of its journal.
  private var opened: [UInt64: LogIndex] = [:]
  private var began: Set<UInt64> = []
  private var journals: [UInt64: [UInt8]] = [:]
  /// By run: what its journal says so far.
  private var changes: [UInt64: [StateChange]] = [:]

  mutating func note(_ rule: Breach.Rule, _ words: String) {
    if breach == nil { breach = Breach(rule, words) }
  }

  // MARK: - The store

  mutating func entered(_ entry: LogEntry) {
    switch entry.content {
    case .open: opened[entry.run.number] = entry.index
    case .records(let bytes):
      journals[entry.run.number, default: []] += bytes
      if bytes.isEmpty { break }
      changes[entry.run.number] = fold(entry.run)
      for change in changes[entry.run.number] ?? [] {
        if case .done = change.result { done.insert(change.key) }
      }
    case .close: break
    }
  }

  private func fold(_ run: RunID) -> [StateChange] {
    guard let journal = journals[run.number], var reader = try? JournalReader(ByteSource(journal))
    else { return [] }
    var fold = JournalFold(run: run)
    while let record = try? reader.next() { _ = fold.add(record) }
    return fold.finish().changes
  }

  mutating func replaced(_ bytes: [UInt8], _ log: LogIndex) {
    if log < contained { note(.oneMoment, "the state's entry fell from \(contained) to \(log)") }
    contained = log
    guard var reader = try? StateReader(ByteSource(bytes)) else {
      return note(.durability, "what was stored is no state")
    }
    var found: Set<RecordKey> = []
    while let record = try? reader.next() { if record.done != nil { found.insert(record.key) } }
    if let lost = done.subtracting(found).first(where: { isContained($0, log) }) {
      note(.durability, "the state forgot that \(lost.id) is done")
    }
    done.formUnion(found)
  }

  /// Whether a state with the log up to an entry must know of a user.
  private func isContained(_ key: RecordKey, _ log: LogIndex) -> Bool {
    !changes.contains { run, changes in
      guard let index = opened[run], index > log else { return false }
      return changes.contains { $0.key == key }
    }
  }

  // MARK: - The service

  /// A call leaves a process.
  mutating func leave(_ run: UInt64, _ call: Call, _ ids: [UserID]) throws {
    let planned = ids.filter { !"\($0)".hasPrefix("imprune-probe-") && "\($0)" != "admin_1" }
    if planned.isEmpty { return }
    began.insert(run)
    if let operation = call.operation {
      let durable = Set((changes[run] ?? []).map(\.key))
      for id in planned {
        let key = RecordKey(id: id, operation: operation)
        if !durable.contains(key) {
          note(.intentFirst, "\(id) was sent without an intent in the log")
        }
        if done.contains(key) { note(.confirmed, "\(id) was sent although it is recorded as done") }
        sent.insert(key)
      }
    }
    if let breach { throw breach }
  }

  /// A call arrives at the service.
  mutating func arrive(_ run: UInt64, _ call: Call, _ ids: [UserID]) {
    guard call.operation != nil, let own = opened[run] else { return }
    for (other, index) in opened where index > own && began.contains(other) {
      note(.ownership, "run \(run) changed users after run \(other) had begun to read")
    }
  }

  // MARK: - The end

  /// After a complete run: every user that was sent is in the state.
  mutating func checkComplete(_ records: [StateRecord]) {
    let known = Set(records.map(\.key))
    if let lost = sent.subtracting(known).first {
      note(.durability, "\(lost.id) was sent, and the state does not know it")
    }
  }
}
