import ArgumentParser
import PruneCore
import PruneEngine

/// What is said of a state beside a plan or an edit.
extension Console {
  /// Folds the journal of a run that did not end.
  func recover(_ files: StateFiles) throws(ExitCode) {
    do throws(StateStoreError) {
      if let records = try StateStore.recover(files) { tellRecovered(records, files) }
    } catch {
      throw fail(error)
    }
  }

  /// Tells that the journal of an interrupted run, of so many records, was folded.
  func tellRecovered(_ records: Int, _ files: StateFiles) {
    note(
      error.wrapped(
        "An earlier run was interrupted; its journal (\(counted(records, "record"))) was folded "
          + "into \(files.name).") + "\n")
  }

  /// Tells of a run under way or interrupted.
  func tell(_ journal: JournalHeader, _ files: StateFiles) {
    let holder = printable(StateLock.holder(files) ?? "nobody")
    note(
      error.wrapped(
        "There is a journal of run \(journal.run), under way or interrupted: what it says is part "
          + "of this plan. The state was last locked by \(holder).") + "\n")
  }

  func warnWithoutState(_ files: StateFiles) {
    warn(
      "there is no state at \(files.name): nothing is known to be done, so everything that the "
        + "manifest asks for is planned.")
  }
}
