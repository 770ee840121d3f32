import ArgumentParser
import PruneCore
import PruneEngine

extension Console {
  /// Tells that the end of a run could not be saved, what is on disk, and, as the lines of a state,
  /// what the run has learnt, so that it can be kept by hand.
  func fail(_ unsaved: Applier.Unsaved, _ files: StateFiles, status: Exit) -> ExitCode {
    _ = fail(unsaved.cause)
    let state = quoted(files.name)
    let records = unsaved.records ?? []
    var text =
      unsaved.tail == nil
      ? "Every outcome is in the journal \(files.journal). Mend the cause above and run "
        + "`imprune state recover --state \(state)`."
      : "The journal \(files.journal) lacks the last outcomes, because the disk failed. Keep the "
        + "lines below, mend the cause, run `imprune state recover --state \(state)`, put them at "
        + "the end of the state, and run `imprune state repair --state \(state)`."
    if unsaved.records == nil { text += " The records cannot be read either." }
    let ending = fail("the state could not be saved", text, status: status)
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
