package import PruneCore

/// A state as it stands on disk at one moment, its journal folded in: header, and records one by
/// one.
package struct StateSnapshot: ~Copyable {
  /// Nil if there is no state file.
  package let header: StateHeader?
  package var cursor: StateCursor
  /// The journal of a run under way or interrupted, if there is one.
  package let journal: JournalHeader?
  /// How many records the journal adds or changes.
  package let changes: Int
}
