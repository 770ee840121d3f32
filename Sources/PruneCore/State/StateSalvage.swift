package import Bytes

/// Recovers every complete record from a damaged state, in any order (`state repair`).
///
/// It guesses nothing: a line that is not exactly a record is a loss. Two records of one user and
/// operation are merged as `state merge` does. It holds the records in memory, unlike other code,
/// since the order of a damaged file means nothing.
package struct StateSalvage: Equatable, Sendable {
  /// From the lines of the file; its count is that of the salvaged records, and it has no
  /// unfinished plan, so that the next plan needs its own approval.
  package private(set) var header: StateHeader
  /// Sorted, one per key.
  package private(set) var records: [StateRecord]
  /// Unreadable lines.
  package private(set) var losses: Losses
  /// Records that repeat another's user and operation.
  package private(set) var repetitions: Int
  /// Records after one that belongs behind them.
  package private(set) var misplaced: Int
  /// How many records could be read.
  package let whole: Int
  /// How many records there should be, if the header says so.
  package let said: Int?

  package init(_ source: ByteSource) throws(StateError) {
    var lines = LineReader(source, maxLineBytes: StateReader.maxLineBytes)
    var header = HeaderLines()
    records = []
    losses = Losses()
    misplaced = 0
    while let line = try lines.nextStateLine() {
      let text = TextForm.plain(line.range, in: lines.buffer, isFirst: lines.lineNumber == 1)
      let fields = Fields(lines.buffer.span, text)
      do throws(StateError) {
        if line.isOverlong { throw .malformed(line: lines.lineNumber, "a line of a state") }
        if try header.take(lines.buffer, fields, line: lines.lineNumber) { continue }
        let record = try StateRecord(lines.buffer.span, fields, line: lines.lineNumber)
        if let last = records.last, record.key < last.key { misplaced += 1 }
        records.append(record)
      } catch {
        guard case .malformed(_, let expected) = error else { throw error }
        losses.add("not \(expected)", lines.buffer, line, number: lines.lineNumber)
      }
    }
    self.header = try header.header()
    said = header.said
    whole = records.count
    repetitions = records.makeStateOrder()
    self.header.records = records.count
  }

  /// Folds a journal into the records.
  package mutating func fold(_ changes: [StateChange], by rule: FoldRule = .successor) {
    var added: [StateRecord] = []
    for change in changes {
      let index = records.firstIndex(notBefore: { $0.key < change.key })
      if index < records.count, records[index].key == change.key {
        records[index] = change.folded(into: records[index], by: rule)
      } else {
        added.append(change.folded(into: nil, by: rule))
      }
    }
    records += added
    _ = records.makeStateOrder()
    header.records = records.count
  }

  /// A cursor over the records.
  package var source: RecordList { RecordList(records) }
}

/// Records in memory, in order.
package struct RecordList: ~Copyable, RecordSource {
  private let records: [StateRecord]
  private var index = 0

  package init(_ records: [StateRecord]) {
    self.records = records
  }

  package mutating func next() -> StateRecord? {
    guard index < records.count else { return nil }
    index += 1
    return records[index - 1]
  }
}

extension [StateRecord] {
  /// Sorts the records and merges those of one key; returns how many that removed.
  fileprivate mutating func makeStateOrder() -> Int {
    sort { $0.key < $1.key }
    var kept = 0
    for index in indices {
      if kept > 0, self[kept - 1].key == self[index].key,
        let merged = StateRecord.merged(base: nil, ours: self[kept - 1], theirs: self[index])
      {
        self[kept - 1] = merged
      } else {
        self[kept] = self[index]
        kept += 1
      }
    }
    let removed = count - kept
    removeSubrange(kept...)
    return removed
  }
}

/// The lines of a header, anywhere in a damaged state.
private struct HeaderLines {
  private var isState = false
  private var app: SDKAppID?
  private var service: ServiceKind?
  private var lineage: Lineage?
  private var serial: UInt64?
  private(set) var said: Int?

  /// Takes a line of two columns with a known key; false for any other line.
  mutating func take(_ bytes: [UInt8], _ fields: Fields, line: UInt32) throws(StateError) -> Bool {
    guard fields.count == 2 else { return false }
    let key = bytes.text(fields[0])
    let value = bytes.text(fields[1])
    switch key {
    case "imprune-state":
      if StateHeader.isNewer(value) { throw .newerVersion(value) }
      guard value == String(StateHeader.version) else { throw unreadable(key, line) }
      isState = true
    case "app": try set(&app, StateHeader.app(value), key, line)
    case "service": try set(&service, ServiceKind(rawValue: value), key, line)
    case "lineage": try set(&lineage, Lineage(value), key, line)
    case "serial":
      guard let number = StateHeader.serial(value) else { throw unreadable(key, line) }
      serial = max(serial ?? 0, number)
    // The rest is recomputed; a truncated record may begin with these words too.
    case "records":
      guard let count = StateHeader.records(value) else { throw unreadable(key, line) }
      said = max(said ?? 0, count)
    case "unfinished":
      guard value == "-" || Unfinished(value) != nil else { throw unreadable(key, line) }
    case "checksum":
      guard value.hasPrefix("sha256:") else { throw .malformed(line: line, "a checksum") }
    default: return false
    }
    return true
  }

  private func set<Value: Equatable>(
    _ known: inout Value?, _ value: Value?, _ key: String, _ line: UInt32
  ) throws(StateError) {
    guard let value else { throw unreadable(key, line) }
    if let known, known != value { throw .headersDiffer(line: line, key) }
    known = value
  }

  private func unreadable(_ key: String, _ line: UInt32) -> StateError {
    .malformed(line: line, "the header's `\(key)`")
  }

  func header() throws(StateError) -> StateHeader {
    guard isState else { throw .headerLost("imprune-state") }
    guard let app else { throw .headerLost("app") }
    guard let service else { throw .headerLost("service") }
    guard let lineage else { throw .headerLost("lineage") }
    guard let serial else { throw .headerLost("serial") }
    return StateHeader(app: app, service: service, lineage: lineage, serial: serial)
  }
}
