import PruneCore
import PruneEngine

extension Console {
  /// Prints what a dry run has found: what was not checked, and each batch that would be sent.
  func show(_ rehearsal: Rehearsal) {
    print(
      rehearsal.isChecked
        ? "Not checked: whether accounts can be removed at all; an apply probes it first.\n"
        : "Not checked, for want of credentials: access, tag calls, and whether accounts can be "
          + "removed.\n")
    let unresolved = rehearsal.plan.unresolved.count
    if unresolved > 0 {
      print(
        "\(counted(unresolved, "unknown user")) would be read first, and sent again only if "
          + "undone.\n")
    }
    var count = 0
    rehearsal.forEachBatch { batch in
      count += 1
      self.print(BatchView.line(batch))
    }
    print(out.bold("Dry run: \(counted(count, "batch", "batches")) would be sent.") + "\n")
    print("Nothing was sent that changes a user.\n")
  }
}

/// A batch of a dry run as a line.
enum BatchView {
  static func line(_ batch: DryWorld.PlannedBatch) -> String {
    let word = batch.call == .deleteAccounts ? "remove" : "clear"
    let ids =
      batch.ids.count > 1
      ? "\(batch.ids[0]) to \(batch.ids[batch.ids.count - 1])" : "\(batch.ids[0])"
    return "  would \(word) \(counted(batch.ids.count, "user")), \(ids), at the earliest after "
      + "\(duration(batch.after.seconds))\n"
  }
}
