import ArgumentParser
import PruneCore
import PruneEngine

/// The option of an edit that decides about one operation only.
struct OperationOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Only this operation of each user.", valueName: "operation"))
  var operation: Operation?
}

extension Operation: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(name: argument)
  }

  public static var allValueStrings: [String] { allCases.map(\.name) }
}

extension Console {
  /// Computes an edit, shows it, asks `approve`, and saves it; a dry run ends after showing.
  func make(
    _ edit: StateEdit, _ files: StateFiles, dryRun: Bool, command: String,
    approve: (StateHeader, StateEdit.Outcome) throws -> Void = { _, _ in }
  ) throws {
    if dryRun {
      _ = try show(edit, files)
      return print(StateEditingView.dryRun)
    }
    // Checked before locking, so that a mistyped name leaves no lock file behind.
    try requireState(files)
    let lock = try lock(files, command: command)
    defer { lock.release() }
    let found = try show(edit, files)
    try approve(found.header, found.outcome)
    try reporting(StateStore.require(found, files, lock))
    try recover(files)
    let backup = try reporting(StateStore.save(edit, found.outcome, files))
    print(StateEditingView.saved(files.name, serial: backup.serial, backups: [backup.path]))
  }

  private func show(
    _ edit: StateEdit, _ files: StateFiles
  ) throws(ExitCode) -> StateStore.FoundEdit {
    let found = try reporting(StateStore.outcome(of: edit, in: files))
    let outcome = found.outcome
    if !outcome.refusals.isEmpty {
      let shown = outcome.refusals.prefix(20).map(StateEditingView.words)
      let rest = outcome.refusals.count - shown.count
      throw fail(
        "imprune changed nothing",
        shown.joined(separator: "\n") + (rest > 0 ? "\n... and \(rest) more." : ""))
    }
    print(
      outcome.changes.map { StateEditingView.line($0, out) }.joined()
        + out.wrapped(StateEditingView.consequence(of: edit.decision)))
    return found
  }
}
