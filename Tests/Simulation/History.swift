internal import PruneCore

/// What the state may contain: the records at the start of a run, and what the run has appended to
/// its journal since. Every reading, by any process and after any crash, must be the state after
/// some number of these records, no earlier than what was reported as durable.
struct History {
  private(set) var base: [StateRecord]
  private(set) var serial: UInt64
  private var appended: [JournalRecord] = []
  private var tickets: [UInt64: Int] = [:]
  private var durable = 0
  private var run = RunID(0)
  /// How the run's changes are folded into the state.
  private var rule = FoldRule.successor

  init(_ base: [StateRecord], serial: UInt64) {
    self.base = base
    self.serial = serial
  }

  mutating func begin(_ run: RunID) { self.run = run }

  mutating func append(_ records: [JournalRecord], _ ticket: JournalTicket) {
    appended += records
    tickets[ticket.number] = appended.count
  }

  mutating func noteDurable(_ ticket: JournalTicket) {
    durable = max(durable, tickets[ticket.number] ?? 0)
  }

  /// The state after each of the last `count` records: a reader may see the beginning of a write.
  func latest(_ count: Int) throws -> [[StateRecord]] {
    if count == 0 { return [] }
    return try (appended.count - count + 1...appended.count).map(records(after:))
  }

  /// Everything that the state may contain now, the latest last.
  func possible() throws -> [[StateRecord]] {
    try (durable...appended.count).map(records(after:))
  }

  /// Checks what a process has read.
  func check(_ found: [StateRecord]) throws {
    for count in (durable...appended.count).reversed() {
      if try records(after: count) == found { return }
    }
    throw Breach(
      .durability,
      "the state is none of those after \(durable) to \(appended.count) of the journal's records")
  }

  /// Another process has replaced the state with one that may know more than the one at the run's
  /// start.
  mutating func replace(_ base: [StateRecord], serial: UInt64) {
    self.base = base
    self.serial = max(serial, self.serial)
    rule = .concurrent
  }

  /// Notes that a process has saved the state: from now on nothing else may be read.
  mutating func noteSaved(_ found: [StateRecord], serial: UInt64) throws {
    try check(found)
    guard serial >= self.serial else { throw Breach(.durability, "the serial went back") }
    self = History(found, serial: serial)
  }

  private func records(after count: Int) throws -> [StateRecord] {
    if count == 0 { return base }
    var fold = JournalFold(run: run)
    for record in appended.prefix(count) {
      guard fold.add(record) else { throw Breach("the journal refers to an unknown intent") }
    }
    var known: [RecordKey: StateRecord] = [:]
    for record in base { known[record.key] = record }
    for change in fold.finish().changes {
      known[change.key] = change.folded(into: known[change.key], by: rule)
    }
    return known.values.sorted { $0.key < $1.key }
  }
}
