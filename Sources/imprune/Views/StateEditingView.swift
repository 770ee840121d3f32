import PruneCore
import PruneEngine

/// Changes to a state by `imprune state` commands, as text.
enum StateEditingView {
  /// What a state that was rebuilt from a journal alone contains, and what it cannot contain.
  static func rebuilt(_ files: StateFiles, _ header: StateHeader, _ changes: Int) -> String {
    "Rebuilt \(files.name) from its journal: app \(header.app), lineage \(header.lineage), "
      + "serial \(header.serial), \(counted(changes, "record")).\nThe outcomes of earlier runs "
      + "are lost, so the next plan includes those users again. If someone registered a removed "
      + "id since then, the next apply would delete that account: review the next plan. If you "
      + "find a good version of the state, merge the two with `imprune state merge`.\n"
  }

  // MARK: - Records

  /// A line for a record: before and after.
  static func line(_ change: RecordChange, _ style: Style) -> String {
    let words =
      "  \(change.key.id)  \(change.key.operation.name)  \(words(change.before)) -> "
      + words(change.after)
    return style.wrapped(words, hanging: 6, upTo: .max) + "\n"
  }

  private static func words(_ record: StateRecord?) -> String {
    guard let record else { return "no record" }
    let done = record.done.map { "\($0.outcome.rawValue), revision \($0.revision), \($0.time)" }
    let attempt = record.attempt.map { "\($0.status), revision \($0.revision), \($0.time)" }
    return [done, attempt].compactMap { $0 }.joined(separator: "; then ")
  }

  static func words(_ refusal: StateEdit.Refusal) -> String {
    switch refusal {
    case .noRecord(let id, nil):
      return "The state has no record of \(id). Ids must match byte "
        + "for byte; `imprune state list` lists them."
    case .noRecord(let id, .some(let operation)):
      return "The state has no \(operation.name) record of \(id); `imprune state show \(id)` "
        + "shows what it has."
    case .notUnknown(let id, let operation, let records):
      let found = records.map { "\($0.operation.name) \(StateView.status(of: $0))" }
      return "`state resolve` accepts only unknown records, and "
        + "\(operation.map { "\($0.name) of " } ?? "")\(id) is not unknown; the state has: "
        + "\(found.joined(separator: "; ")). To repeat an operation, raise the revision in the "
        + "manifest."
    case .bothUnknown(let id):
      return "Both operations of \(id) are unknown. Name one with --operation: "
        + Operation.allCases.map(\.name).joined(separator: " or ") + "."
    case .noneUnknown(let run, let operation):
      return "Run \(run) has left no user unknown"
        + "\(operation.map { " by \($0.name)" } ?? ""). `imprune state list` shows which users are unknown, "
        + "and `imprune state show ID` the run of each."
    }
  }

  /// The consequence of an edit; empty if there is none to warn about.
  static func consequence(of decision: StateEdit.Decision) -> String {
    switch decision {
    case .done: ""
    case .open:
      "imprune now treats these users as not done. If the manifest lists them, the next apply "
        + "repeats the operation on the account that has the id at that time.\n"
    case .forget:
      "imprune now treats these users as never done. If the manifest lists them, the next apply "
        + "repeats the operation. A removal then deletes the account that has the id at that "
        + "time, which may belong to another person.\n"
    }
  }

  /// What was saved, and where the old file is.
  static func saved(_ name: String, serial: UInt64, backups: [String]) -> String {
    "Saved \(name), serial \(serial). Backup of the old version: "
      + "\(backups.joined(separator: ", ")).\n"
  }

  static let dryRun = "Dry run: imprune wrote nothing.\n"

  // MARK: - Repair

  /// What was recovered and what is lost.
  static func render(_ repair: StateRepair, _ files: StateFiles, _ style: Style) -> String {
    var text = ""
    if let damage = repair.damage {
      text += "\(files.name): \(damage.explanation)\n" + losses(repair.salvage.losses)
      text += order(repair.salvage)
    }
    if let journal = repair.journal { text += render(journal, files) }
    text += style.bold("\(counted(repair.salvage.records.count, "record")) in total.") + "\n"
    return text + style.wrapped(advice(repair)) + "\n"
  }

  private static func order(_ salvage: StateSalvage) -> String {
    var text = ""
    if salvage.misplaced > 0 {
      text += "  \(counted(salvage.misplaced, "record")) out of order: sorted\n"
    }
    if salvage.repetitions > 0 {
      text +=
        "  \(counted(salvage.repetitions, "record")) of the same user and operation as another: "
        + "merged into one, as `imprune state merge` does\n"
    }
    return text
  }

  private static func render(_ journal: StateRepair.Journal, _ files: StateFiles) -> String {
    let unknown = journal.changes.filter { $0.result == .unknown }
    var text = "\(files.shared == nil ? files.journal : files.journalName): "
    text += journal.damage?.explanation ?? "The journal is complete."
    text += "\n" + losses(journal.losses)
    if journal.isHeaderLost {
      text +=
        "  The journal's header line is lost, so imprune marks all its users as unknown.\n"
    }
    for change in unknown.prefix(Losses.shown) {
      text += "  \(change.id)  \(change.operation.name)  unknown, revision \(change.revision)\n"
    }
    text += more(unknown.count - Losses.shown, "unknown")
    return text
      + "  \(counted(journal.changes.count, "user")) folded in, \(unknown.count) unknown\n"
  }

  private static func losses(_ losses: Losses) -> String {
    var text = ""
    for line in losses.lines {
      text +=
        "  line \(line.number): \(line.words): "
        + printable(line.beginning.replacing("\t", with: " ")) + "\n"
    }
    return text + more(losses.count - losses.lines.count, "dropped")
  }

  private static func more(_ count: Int, _ what: String) -> String {
    count > 0 ? "  ... and \(count) more \(what)\n" : ""
  }

  private static func advice(_ repair: StateRepair) -> String {
    let salvage = repair.salvage
    var text = ""
    if salvage.losses.count > 0 {
      text += "\(counted(salvage.losses.count, "line")) of the state dropped. "
    }
    if let said = salvage.said, said > salvage.whole + salvage.losses.count {
      let missing = said - salvage.whole - salvage.losses.count
      text += "\(counted(missing, "record")) of \(said) missing without a trace. "
    }
    if let lost = repair.journal?.losses.count, lost > 0 {
      text +=
        "\(counted(lost, "line")) of the journal dropped; each may have named up to 100 users "
        + "for which imprune sent a call. "
    }
    if repair.damage == .wrongChecksum, salvage.losses.count == 0 {
      text +=
        "Every line is readable, but the checksum does not match. imprune cannot tell which line "
        + "changed, so compare the file with version control. "
    }
    if text.isEmpty { return "No record is lost." }
    return text + StateView.lossWarning + " A plan that was approved before needs a new approval."
  }
}
