import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune state merge`.
struct StateMergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Merge two versions of a state.",
    usage: "imprune state merge <base> <ours> <theirs> [options]",
    discussion: """
        imprune state merge base.state imprune.state theirs.state --dry-run

      Writes the result to <ours>. All three must have the same app, service and lineage; <base>, \
      the common ancestor, may be an empty file. For each record, imprune keeps the higher done \
      revision, or the later time if they are equal. If one side forgot a record and the other did \
      not change it, the record is removed. As a merge driver of git:

        git config merge.imprune.driver 'imprune state merge %O %A %B'
        echo '*.state -text merge=imprune' >> .gitattributes

      Sends nothing.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var dryRunOption: DryRunOption

  @Argument(help: "The common ancestor.", completion: .file())
  var base: String

  @Argument(help: "One version; receives the result.", completion: .file())
  var ours: String

  @Argument(help: "The other version.", completion: .file())
  var theirs: String

  func validate() throws {
    for state in [base, ours, theirs] { try requireFile(state, "a state") }
  }

  func run() throws {
    let console = common.console
    let files = StateStore.MergeFiles(
      base: try console.files(base), ours: try console.files(ours),
      theirs: try console.files(theirs))
    if dryRunOption.dryRun {
      _ = try console.walk(files) { console.print(StateEditingView.line($0, console.out)) }
      return console.print(StateEditingView.dryRun)
    }
    try console.requireState(files.ours)
    // No other process uses a temporary file of git, and a lock file would stay next to it.
    let lock =
      files.ours.isOfGit ? nil : try console.lock(files.ours, command: "imprune state merge")
    defer { lock?.release() }
    var changed = 0
    let header = try console.walk(files) { _ in changed += 1 }
    let backup = try console.reporting(StateStore.save(files, header))
    console.print(
      "Merged: \(counted(changed, "record")) of <ours> changed, \(header.records) in "
        + "total.\n")
    // The name of a temporary file of git means nothing to people.
    guard let backup else { return }
    console.print(StateEditingView.saved(ours, serial: header.serial, backups: [backup]))
  }
}

extension Console {
  /// Walks over a merge; `take` gets each record that differs from ours.
  func walk(
    _ files: StateStore.MergeFiles, _ take: (RecordChange) -> Void
  ) throws(ExitCode) -> StateHeader {
    try reporting(
      StateStore.walk(files) { change in
        if change.before != change.after { take(change) }
      })
  }
}
