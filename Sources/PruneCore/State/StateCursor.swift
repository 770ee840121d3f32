/// Iterates over a state in order, folding in the changes of a journal.
package struct StateCursor: ~Copyable, RecordSource {
  private var reader: StateReader?
  private let changes: [StateChange]
  private let rule: FoldRule
  private var change = 0
  /// A record that was read and follows the next change.
  private var ahead: StateRecord?
  /// Whether the record last returned is the one last read, unchanged.
  private var isAsRead = false

  /// Begins a walk; without a reader the state is empty. `changes` are sorted, one per key.
  package init(
    _ reader: consuming StateReader?, changes: [StateChange] = [], by rule: FoldRule = .successor
  ) {
    self.reader = consume reader
    self.changes = changes
    self.rule = rule
  }

  /// The next record, or nil at the verified end.
  package mutating func next() throws(StateError) -> StateRecord? {
    let record = if let ahead { ahead } else { try reader?.next() }
    ahead = record
    if let record, change == changes.count || record.key < changes[change].key {
      ahead = nil
      isAsRead = true
      return record
    }
    isAsRead = false
    guard change < changes.count else { return nil }
    let next = changes[change]
    change += 1
    guard let record, record.key == next.key else { return next.folded(into: nil, by: rule) }
    ahead = nil
    return next.folded(into: record, by: rule)
  }

  /// Most records of a state do not change, so their lines are copied.
  package mutating func writeNext(to writer: inout StateWriter) throws(StateError) -> Bool {
    guard let record = try next() else { return false }
    if isAsRead {
      reader?.writeLine(to: &writer)
    } else {
      writer.append(record)
    }
    return true
  }
}
