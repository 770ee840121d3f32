/// Walks over a state in order, with the changes of a journal folded in on the way.
package struct StateCursor: ~Copyable {
  private var reader: StateReader?
  private let changes: [StateChange]
  private var change = 0
  private var ahead: StateRecord?

  /// Begins a walk; without a reader the state is empty. `changes` are sorted, one a key.
  package init(_ reader: consuming StateReader?, changes: [StateChange] = []) throws(StateError) {
    self.reader = consume reader
    self.changes = changes
    ahead = try self.reader?.next()
  }

  /// The next record, or nil at the verified end.
  package mutating func next() throws(StateError) -> StateRecord? {
    guard change < changes.count else { return try takeRecord() }
    let next = changes[change]
    guard let record = ahead else { return takeChange(next, into: nil) }
    if record.key == next.key {
      _ = try takeRecord()
      return takeChange(next, into: record)
    }
    if record.key < next.key { return try takeRecord() }
    return takeChange(next, into: nil)
  }

  private mutating func takeRecord() throws(StateError) -> StateRecord? {
    let record = ahead
    if record != nil { ahead = try reader?.next() }
    return record
  }

  private mutating func takeChange(_ next: StateChange, into record: StateRecord?) -> StateRecord {
    change += 1
    return next.folded(into: record)
  }
}
