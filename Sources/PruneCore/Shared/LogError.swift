/// Why the log of a shared state cannot be used. Nothing was changed.
package enum LogError: Error, Equatable, Sendable {
  /// The entry is not one of imprune, or is damaged.
  case damaged(LogIndex)
  /// Written by a newer version.
  case newerVersion(LogIndex, String)
  /// The entry is missing, and later ones exist.
  case hole(LogIndex)
  /// The entry belongs to a run that does not hold the state there.
  case misplaced(LogIndex, RunID)

  /// What is wrong and what to do, in sentences.
  package var explanation: String {
    switch self {
    case .damaged(let index):
      "Entry \(index) of the log is damaged, or is not from imprune. Restore the entry from "
        + "a backup or an older version."
    case .newerVersion(let index, let version):
      "Entry \(index) of the log has version \(version), but this imprune reads version 1. Use the "
        + "imprune that wrote it, or a newer one."
    case .hole(let index):
      "Entry \(index) of the log is missing, and later entries exist. Someone, or a rule of the "
        + "store, deleted it, or replaced the state by an older one. Restore the entry, or the newest "
        + "version of the state: they may be the only record of calls that a run sent. If there is "
        + "neither, push your newest copy of the state to a new address (`imprune state push`)."
    case .misplaced(let index, let run):
      "Entry \(index) of the log belongs to run \(run), which did not hold the state there. Someone "
        + "copied or deleted entries: restore them from a backup or an older version."
    }
  }
}
