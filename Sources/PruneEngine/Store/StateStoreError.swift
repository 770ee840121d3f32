package import PruneCore

/// Why a state cannot be used, with its file.
package enum StateStoreError: Error, Equatable, Sendable {
  case state(file: String, StateError)
  /// The journal, as messages call it, and the state that it belongs to.
  case journal(String, state: String, JournalError)
  case system(SystemError)
  /// The files kept changing while they were read.
  case keptChanging(file: String)
  /// There is no state.
  case missing(file: String)
  /// There is no state, or an empty file, and a run's journal beside it.
  case stateLost(file: String, journal: String, RunID)
  /// The state has this many names (hard links), each of which would have its own lock.
  case manyNames(file: String, Int)
  /// The state cannot be replaced by a rename, so nothing could be saved.
  case cannotReplace(file: String, ReplacementObstacle)
  /// A trial save, with other names in the same folder, failed.
  case cannotSave(file: String, SystemError)
  /// A file that the run holds is not at its path any more.
  case lost(FileLoss)
  /// The lock was lost and another process has it now; the holder's description.
  case lockTaken(file: String, by: String)
  /// The state is saved and contains the journal, but the journal could not be removed durably.
  /// Folding it again changes nothing.
  case journalLeft(file: String, SystemError)
  /// A journal is beside a state that must be complete.
  case hasJournal(file: String)
  /// A state to merge has another app, kind of service or lineage than ours.
  case mismatched(file: String, ours: String, what: String)
  /// A state to merge has a lower serial than the common ancestor.
  case olderThanBase(file: String, base: String)
}
