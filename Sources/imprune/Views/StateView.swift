import PruneCore
import PruneEngine

/// Records of a state as text.
enum StateView {
  /// In one word or two: `removed`, `failed(70402)`, `unknown`, after the completed outcome.
  static func status(of record: StateRecord) -> String {
    let done = record.done.map { "\($0.outcome.rawValue)" }
    let attempt = record.attempt.map { "\($0.status)" }
    return [done, attempt].compactMap { $0 }.joined(separator: ", then ")
  }

  static func details(of record: StateRecord) -> String {
    var text = "\(record.id)  \(record.operation.name)\n"
    if let done = record.done {
      text +=
        "  done          \(done.outcome.rawValue), revision \(done.revision), \(done.time), "
        + "run \(done.run)\n"
    }
    if let attempt = record.attempt {
      text +=
        "  last attempt  \(attempt.status), revision \(attempt.revision), \(attempt.time), "
        + "run \(attempt.run)\n"
    }
    return text
  }

  /// What to do about a damaged state.
  static func remedy(ofDamaged state: String) -> String {
    " Restore the last good version from version control, or see what imprune can recover: "
      + salvage(state)
  }

  /// What to do about a damaged journal.
  static func remedy(ofDamagedJournalOf state: String) -> String {
    " The journal may contain outcomes that are recorded nowhere else, so imprune does not fold "
      + "it into the state and makes no plan. See what imprune can recover: "
      + salvage(state)
  }

  private static func salvage(_ state: String) -> String {
    "`imprune state repair --state \(quoted(state)) --dry-run`. \(lossWarning)"
  }

  /// What to do about a journal that could not be deleted after it was folded into its state.
  static func leftJournal(_ state: String) -> String {
    "imprune saved the state with everything from the journal. The next apply, or `imprune state "
      + "recover --state \(quoted(state))`, removes the journal; folding it in again changes "
      + "nothing."
  }

  /// The risk when records are lost.
  static let lossWarning =
    "The next plan includes users whose records are lost. If someone may have registered such an "
    + "id again, remove its line from the manifest or protect the id before the next apply."

  static func summary(
    _ header: StateHeader, _ count: Int, _ journal: JournalHeader?, _ name: String, _ style: Style
  ) -> String {
    var sentences = [
      style.green("Valid.")
        + " \(printable(name)): app \(header.app) (\(header.service.rawValue)), lineage "
        + "\(header.lineage), serial \(header.serial), \(counted(count, "record"))."
    ]
    if let journal {
      sentences.append(
        "These numbers include the journal of run \(journal.run) next to it; fold it into the "
          + "state with `imprune state recover`.")
    }
    if let unfinished = header.unfinished {
      // The same digits as in the token that approved it.
      let digest = unfinished.digest.leadingDigits
      sentences.append("The last run did not finish its plan (digest \(digest)).")
    }
    return sentences.map { style.wrapped($0) + "\n" }.joined()
  }
}
