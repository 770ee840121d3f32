import PruneCore
import PruneEngine

/// What became of the tags of the users whom a run cleared, in sentences.
enum SavedTagsView {
  /// `flags` are those that the restore needs, such as `--manifest`, each with a blank before it.
  static func words(_ tags: SavedTagFile, flags: String) -> String {
    let lines = counted(tags.users, "line")
    var text = ""
    if let loss = tags.loss {
      text = "During the run, \(printable(loss.description)). "
      guard tags.path != nil else { return text + lost(tags, loss, lines) }
      text += "imprune wrote it again. "
    }
    guard let path = tags.path else { return text }
    let least = tags.isWhole ? "" : "at least "
    text += "The tags of the cleared users are in \(printable(path)) (\(least)\(lines)). "
    if !tags.isWhole {
      let reason = tags.failure.map { " (\(printable($0.description)))" } ?? ""
      text +=
        "imprune could not write its last line\(reason), so commands call it incomplete; it has "
        + "every user who was cleared. "
    }
    return text + "To restore them, take the users out of the manifest, or add --reopen, and run: "
      + "imprune tags restore \(quoted(path))\(flags)"
  }

  private static func lost(_ tags: SavedTagFile, _ loss: FileLoss, _ lines: String) -> String {
    let held = "The file had the tags of the cleared users (\(lines)), and imprune "
    if loss.kind == .changed {
      return held
        + "has no other copy. `imprune tags list` shows what is left in it; the other tags "
        + "are lost."
    }
    let reason = tags.failure.map { " (\(printable($0.description)))" } ?? ""
    return held + "could not write it again\(reason). Find the file: without it, imprune cannot "
      + "restore these tags."
  }

  static let notSaved =
    "imprune did not save the tags of the cleared users (--no-tag-backup), so they cannot be restored."
}
