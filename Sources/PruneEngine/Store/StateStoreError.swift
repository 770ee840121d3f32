package import PruneCore

/// Why a state cannot be used, with the file that it is about.
package enum StateStoreError: Error, Equatable, Sendable {
  case state(file: String, StateError)
  case journal(file: String, JournalError)
  case system(SystemError)
  /// The files kept changing while they were read.
  case keptChanging(file: String)
  /// There is no state.
  case missing(file: String)
  /// There is no state, or an empty file, and a run's journal beside it.
  case stateLost(file: String, journal: String, RunID)
  /// The state has so many names (hard links), each of which would have a lock of its own.
  case manyNames(file: String, Int)
  /// The state cannot be replaced by a rename, so that nothing could be saved.
  case cannotReplace(file: String, ReplacementObstacle)
  /// A trial of saving, with other names in the same folder, failed.
  case cannotSave(file: String, SystemError)
  /// A file that the run holds is not at its path any more.
  case lost(FileLoss)
  /// The lock was lost and another process has it by now; its own words on who it is.
  case lockTaken(file: String, by: String)
  /// The state is saved, but the journal that is in it now could not be removed for good. Folding it
  /// again changes nothing.
  case journalLeft(file: String, SystemError)
  /// A journal lies beside a state whose records are wanted whole.
  case hasJournal(file: String)
  /// A state that is to be merged is of another app, kind of service or lineage than ours.
  case mismatched(file: String, ours: String, what: String)
  /// A state that is to be merged has a lower serial than the common ancestor.
  case olderThanBase(file: String, base: String)
}
