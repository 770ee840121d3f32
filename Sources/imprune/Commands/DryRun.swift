import ArgumentParser
import PruneCore
import PruneEngine

extension Console {
  /// Prints the findings of a dry run: what the service holds, what was not checked, and each batch
  /// that would be sent. Throws if the guards refuse what the service holds.
  func show(_ session: DryRunSession) throws(ExitCode) {
    for words in PlanWords.refresh(session.plan) { print(out.wrapped(words) + "\n") }
    if session.plan.isRefused {
      for refusal in session.plan.refusals { refuse(GuardWords.of(refusal, printable)) }
      throw ExitCode(Exit.refused.rawValue)
    }
    let unchecked =
      session.isChecked
      ? "Not checked: whether accounts can be removed at all; apply checks it before its first "
        + "change."
      : "Not checked, because no credentials are set: access, tag calls, and whether accounts can "
        + "be removed. Set IMPRUNE_SECRET_KEY_FILE to check them."
    print(out.wrapped(unchecked) + "\n")
    if !session.isSigned, let (requirement, member) = session.plan.policies.requiring.first {
      print(
        out.wrapped(
          "Not checked: signatures. An apply needs \(counted(requirement.signatures, "signature")), which "
            + "the policy \(printable(member.file.name)) requires.") + "\n")
    }
    let unresolved = session.plan.unresolved.count
    if unresolved > 0 {
      print(
        out.wrapped(
          "imprune would look up \(counted(unresolved, "unknown user")) first, and send again only "
            + "those that are not done.") + "\n")
    }
    var count = 0
    session.forEachBatch { batch in
      count += 1
      self.print(BatchView.line(batch, out))
    }
    print(out.bold("Dry run: \(counted(count, "batch", "batches")) would be sent.") + "\n")
    print("imprune sent no call that changes a user.\n")
  }
}

/// A batch of a dry run as a line.
enum BatchView {
  static func line(_ batch: DryWorld.PlannedBatch, _ style: Style) -> String {
    let word = batch.call == .deleteAccounts ? "remove" : "clear"
    let ids =
      batch.ids.count > 1
      ? "\(batch.ids[0]) to \(batch.ids[batch.ids.count - 1])" : "\(batch.ids[0])"
    let words =
      "  would \(word) \(counted(batch.ids.count, "user")), \(ids), at the earliest after "
      + duration(batch.after.seconds)
    return style.wrapped(words, hanging: 6) + "\n"
  }
}
