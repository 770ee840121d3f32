import ArgumentParser
import PruneCore
import PruneEngine

extension Console {
  /// Says that the end of a run could not be saved, and prints what the run has learnt, as the lines
  /// of a state, so that it can be kept by hand.
  func fail(
    _ run: Applier.Ended, _ cause: StateStoreError, _ records: [StateRecord]
  ) -> ExitCode {
    _ = fail(cause)
    let files = run.files.files
    let state = quoted(files.name)
    let text =
      run.isJournalWhole
      ? "Every outcome is in the journal \(files.journal). Remove the cause above and run "
        + "`imprune state recover --state \(state)`."
      : "The journal \(files.journal) does not hold all outcomes. Keep the lines below, and remove "
        + "the cause. If the state is gone, put its last good version back, or make one with "
        + "`imprune init`. Then run `imprune state recover --state \(state)`, put the lines at the "
        + "end of the state, and run `imprune state repair --state \(state)`."
    let ending = fail(
      "the state could not be saved", text,
      status: run.result.hasChangedUsers ? .appliedInPart : .error)
    guard !records.isEmpty else { return ending }
    note("\nWhat this run has learnt, as \(counted(records.count, "line")) of a state:\n")
    var lines: [UInt8] = []
    for record in records {
      record.append(to: &lines)
      if lines.count > 1 << 16 {
        note(String(decoding: lines, as: UTF8.self))
        lines = []
      }
    }
    note(String(decoding: lines, as: UTF8.self))
    return ending
  }
}
