/// Returns the records of a state one by one, in the order of their keys.
package protocol RecordSource: ~Copyable {
  /// The next record, or nil at the end.
  mutating func next() throws(StateError) -> StateRecord?

  /// Writes the next record; false at the end.
  mutating func writeNext(to writer: inout StateWriter) throws(StateError) -> Bool
}

extension RecordSource where Self: ~Copyable {
  package mutating func writeNext(to writer: inout StateWriter) throws(StateError) -> Bool {
    guard let record = try next() else { return false }
    writer.append(record)
    return true
  }
}

extension StateReader: RecordSource {}

/// The change of one record; nil means no record.
package struct RecordChange: Equatable, Sendable {
  package let key: RecordKey
  package let before: StateRecord?
  package let after: StateRecord?

  init(_ key: RecordKey, before: StateRecord?, after: StateRecord?) {
    self.key = key
    self.before = before
    self.after = after
  }
}
