import ArgumentParser
import PruneCore
import PruneEngine

/// `apply --dry-run`: the whole path of an apply but the calls that change users.
extension Console {
  func dryRun(_ plan: Plan, _ pace: RunOptions) throws {
    if let credentials = try credentials() {
      let service = Applier.Service(
        endpoint: try endpoint(of: plan.manifest.app), credentials: credentials)
      try precheck(plan, service, .readingPrecheck, pace.caFile)
      self.print("Not checked: whether accounts can be removed at all; an apply probes it first.\n")
    } else {
      self.print(
        "Not checked, for want of credentials: access, tag calls, and whether accounts can be "
          + "removed.\n")
    }
    if !plan.unresolved.isEmpty {
      self.print(
        "\(counted(plan.unresolved.count, "unknown user")) would be read first, and sent again "
          + "only if undone.\n")
    }
    var count = 0
    var world = DryWorld(
      at: Moment(
        instant: Instant(nanoseconds: Process.monotonicNanoseconds()),
        wall: Timestamp(seconds: Process.wallSeconds()))
    ) { batch in
      count += 1
      self.print(BatchView.line(batch))
    }
    var machine = ApplyMachine(
      plan, pace.options.settings, seed: Applier.randomNumber(), at: world.now())
    machine.run(in: &world)
    self.print(out.bold("Dry run: \(counted(count, "batch", "batches")) would be sent.") + "\n")
    self.print("Nothing was sent that changes a user.\n")
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
