package import PruneCore

/// A state on disk at one moment, its journal folded in: header, and records one by one.
package struct StateSnapshot: ~Copyable {
  /// Nil if there is no state file.
  package let header: StateHeader?
  package var cursor: StateCursor
  /// The journal of a run in progress or interrupted, if there is one.
  package let journal: JournalHeader?
  /// The status of the state file; nil if there is none.
  package let status: FileStatus?
}
