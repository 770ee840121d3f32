import PruneCore
import PruneEngine

/// What is changed in a state by hand, as text.
enum UpkeepView {
  /// What a state that was made out of a journal alone knows, and what it cannot know.
  static func rebuilt(_ files: StateFiles, _ header: StateHeader, _ changes: Int) -> String {
    "Rebuilt \(files.name) from its journal: app \(header.app), lineage \(header.lineage), serial "
      + "\(header.serial), \(counted(changes, "record")).\n"
      + "What earlier runs did is not known any more: it counts as never done, and the next plan "
      + "includes it. Whoever registered a removed id since then would be removed. If a good "
      + "version of the state turns up, merge the two with `imprune state merge`.\n"
  }

  // MARK: - Records

  /// A line for a record: what it was and what becomes of it.
  static func line(_ change: RecordChange) -> String {
    "  \(change.key.id)  \(change.key.operation.name)  \(words(change.before)) -> "
      + "\(words(change.after))\n"
  }

  private static func words(_ record: StateRecord?) -> String {
    guard let record else { return "no record" }
    let done = record.done.map { "\($0.outcome.rawValue), revision \($0.revision), \($0.time)" }
    let attempt = record.attempt.map { "\($0.status), revision \($0.revision), \($0.time)" }
    return [done, attempt].compactMap { $0 }.joined(separator: "; then ")
  }

  static func words(_ refusal: StateEdit.Refusal) -> String {
    switch refusal {
    case .noRecord(let id, nil): return "The state holds nothing of \(id)."
    case .noRecord(let id, .some(let operation)):
      return "The state holds no \(operation.name) of \(id)."
    case .notUnknown(let id, let operation, let records):
      let found = records.map { "\($0.operation.name) \(StateView.status(of: $0))" }
      return "Only what is unknown can be resolved, and no \(operation?.name ?? "operation") of "
        + "\(id) is; there is: \(found.joined(separator: "; "))."
    case .bothUnknown(let id):
      return "Both operations of \(id) are unknown. Say which with --operation: "
        + Operation.allCases.map(\.name).joined(separator: " or ") + "."
    }
  }

  /// What follows from an edit; empty if nothing that need be said.
  static func consequence(of decision: StateEdit.Decision) -> String {
    switch decision {
    case .done: ""
    case .open:
      "They count as not done: if the manifest asks for it, the next apply does it again, to whoever "
        + "has the id by then.\n"
    case .forget:
      "They count as never done: if the manifest asks for it, the next apply does it once more, and a "
        + "removal then hits whoever has the id by then, who may be another person.\n"
    }
  }

  /// What was saved, and where the old file is.
  static func saved(_ name: String, serial: UInt64, backups: [String]) -> String {
    "Saved \(name), serial \(serial). Before it was: \(backups.joined(separator: ", ")).\n"
  }

  static let dryRun = "Dry run: nothing was written.\n"

  // MARK: - Repair

  /// What is salvaged and what is lost.
  static func render(_ repair: StateRepair, _ files: StateFiles, _ style: Style) -> String {
    var text = ""
    if let damage = repair.damage {
      text += "\(files.name): \(damage.explanation)\n" + losses(repair.salvage.losses)
      text += order(repair.salvage)
    }
    if let journal = repair.journal { text += render(journal, files) }
    text += style.bold("\(counted(repair.salvage.records.count, "record")) in all.") + "\n"
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
        + "made one, as `imprune state merge` does\n"
    }
    return text
  }

  private static func render(_ journal: StateRepair.Journal, _ files: StateFiles) -> String {
    let unknown = journal.changes.filter { $0.result == .unknown }
    var text = "\(files.journal): "
    text += journal.damage?.explanation ?? "The journal is whole."
    text += "\n" + losses(journal.losses)
    if journal.isHeaderLost {
      text +=
        "  The line that names its run is lost, so all of its users are taken for unknown.\n"
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
        "\(counted(lost, "line")) of the journal dropped; each may have named up to 100 users that "
        + "were sent. "
    }
    if repair.damage == .wrongChecksum, salvage.losses.count == 0 {
      text +=
        "Every line can be read, but the checksum does not fit: which one was changed cannot be "
        + "told, so compare with version control. "
    }
    if text.isEmpty { return "No record is lost." }
    return text + StateView.lossWarning + " A plan that was approved before needs a new approval."
  }
}
