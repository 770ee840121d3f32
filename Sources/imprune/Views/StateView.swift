import PruneCore
import PruneEngine

/// Records of a state as text.
enum StateView {
  /// In one word or two: `removed`, `failed(70402)`, `unknown`, with what is done beside it.
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

  /// What can be done about a state that is refused for damage.
  static func wayOut(ofDamaged state: String) -> String {
    " Take the last good version from version control, or see what can be salvaged: "
      + salvage(state)
  }

  /// What can be done about a journal that is refused for damage.
  static func wayOut(ofDamagedJournal journal: String) -> String {
    " It may hold outcomes that are recorded nowhere else, so nothing is folded and nothing is "
      + "planned. See what can be salvaged: " + salvage(StateFiles.state(ofJournal: journal))
  }

  private static func salvage(_ state: String) -> String {
    "`imprune state repair --state \(quoted(state)) --dry-run`. \(lossWarning)"
  }

  /// What a journal means that stayed beside the state that it was folded into.
  static func leftJournal(_ state: String) -> String {
    "The state is saved, and holds all that the journal tells. The next apply, or `imprune state "
      + "recover --state \(quoted(state))`, removes it; folding it once more changes nothing."
  }

  /// What to keep in mind when records are lost.
  static let lossWarning =
    "Users whose records are lost are planned anew: if an id may have been registered again in the "
    + "meantime, take its line out of the manifest, or protect it, before the next apply."

  static func summary(
    _ header: StateHeader, _ count: Int, _ journal: JournalHeader?, _ name: String, _ style: Style
  ) -> String {
    var text =
      style.green("Whole.")
      + " \(printable(name)): app \(header.app) (\(header.service.rawValue)), lineage "
      + "\(header.lineage), serial \(header.serial), \(counted(count, "record")).\n"
    if let journal {
      text +=
        "A journal of run \(journal.run) lies beside it and is counted in; fold it with "
        + "`imprune state recover`.\n"
    }
    if let unfinished = header.unfinished {
      // As in the token that it was approved by.
      let digest = unfinished.digest.leadingDigits
      text += "The last run did not finish its plan (digest \(digest)).\n"
    }
    return text
  }
}
