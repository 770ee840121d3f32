/// Gives the records of a state one by one, in the order of their keys.
package protocol RecordSource: ~Copyable {
  /// The next record, or nil at the end.
  mutating func next() throws(StateError) -> StateRecord?
}

extension StateReader: RecordSource {}
extension StateCursor: RecordSource {}

/// What becomes of one record; nil stands for no record.
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
