import ArgumentParser
import PruneCore
import PruneEngine

extension Console {
  /// Says that imprune could not save the outcomes of a run, and prints them as lines of a state, so
  /// that people can keep them.
  func fail(
    _ run: Applier.Ended, _ cause: StateStoreError, _ records: [StateRecord]
  ) -> ExitCode {
    _ = fail(cause)
    let files = run.files.files
    if files.shared != nil {
      return fail(
        "imprune could not save the state",
        "The log of \(files.name) names every user for whom imprune sent a call. The next apply takes "
          + "over the state, asks the service about the users without an outcome, and does the rest.",
        status: run.result.hasChangedUsers ? .appliedInPart : .error)
    }
    let state = quoted(files.name)
    let text =
      run.isJournalWhole
      ? "Every outcome is in the journal \(files.journal). Fix the cause above and run `imprune "
        + "state recover --state \(state)`."
      : "The journal \(files.journal) is incomplete.\n1. Save the lines below.\n2. Fix the cause "
        + "above.\n3. If the state is missing, restore its last good version or run `imprune "
        + "init`.\n4. Run `imprune state recover --state \(state)`.\n5. Append the saved lines "
        + "to the state.\n6. Run `imprune state repair --state \(state)`."
    let ending = fail(
      "imprune could not save the state", text,
      status: run.result.hasChangedUsers ? .appliedInPart : .error)
    guard !records.isEmpty else { return ending }
    note("\nOutcomes of this run, as \(counted(records.count, "line")) in the state format:\n")
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
