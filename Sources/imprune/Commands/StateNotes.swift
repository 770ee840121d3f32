import ArgumentParser
import PruneCore
import PruneEngine

/// Messages about a state in addition to a plan or an edit.
extension Console {
  /// Folds the journal of an interrupted run.
  func recover(_ files: StateFiles) throws(ExitCode) {
    if let records = try reporting(StateStore.recover(files)) {
      reportRecovered(records, files)
    }
  }

  /// Reports that the journal of an interrupted run, with this many records, was folded.
  func reportRecovered(_ records: Int, _ files: StateFiles) {
    note(
      error.wrapped(
        "An earlier run was interrupted. imprune replayed its journal (\(counted(records, "record"))) "
          + "into \(files.name).") + "\n")
  }

  /// Reports a run that is in progress or was interrupted; `subject` is what includes its outcomes.
  func notify(
    _ journal: JournalHeader, _ files: StateFiles, includedBy subject: String = "This plan"
  ) {
    let holder =
      files.shared?.lastHolder?.words ?? printable(StateLock.holder(files) ?? "unknown")
    note(
      error.wrapped(
        "Run \(journal.run) is in progress or was interrupted. \(subject) includes the outcomes "
          + "in its journal. Last holder of the state: \(holder).") + "\n")
  }

  func warnWithoutState(_ files: StateFiles) {
    if files.isNone {
      warn(
        "with --state none, imprune compares with no state: the plan has every user in the manifest, "
          + "including users that earlier runs completed.")
      return
    }
    warn(
      "there is no state at \(files.name), so imprune plans every user in the manifest, including "
        + "those that may be done already. Restore the state, or name it with --state FILE.")
  }
}
