import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune state merge`.
struct StateMergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Merge two states that grew out of one.",
    usage: "imprune state merge <base> <ours> <theirs> [options]",
    discussion: """
        imprune state merge base.state imprune.state theirs.state --dry-run

      The result is written to <ours>. All must be of one app, service and lineage; <base>, the \
      last that both had in common, may be an empty file. Of each record the higher done revision \
      holds, then the later time; a record that one side forgot and the other left as it was is \
      forgotten. As a merge driver of git:

        git config merge.imprune.driver 'imprune state merge %O %A %B'
        echo '*.state -text merge=imprune' >> .gitattributes

      Nothing is sent.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var upkeep: UpkeepOptions

  @Argument(help: "What both grew out of.", completion: .file())
  var base: String

  @Argument(help: "One state; takes the result.", completion: .file())
  var ours: String

  @Argument(help: "The other state.", completion: .file())
  var theirs: String

  func validate() throws {
    for state in [base, ours, theirs] { try requireFile(state, "a state") }
  }

  func run() throws {
    let console = common.console
    let files = StateStore.MergeFiles(
      base: try console.files(base), ours: try console.files(ours),
      theirs: try console.files(theirs))
    if upkeep.dryRun {
      _ = try console.walk(files) { console.print(UpkeepView.line($0)) }
      return console.print(UpkeepView.dryRun)
    }
    try console.requireState(files.ours)
    // A file of git's is known to nobody else, and a lock file would stay beside it.
    let lock =
      files.ours.isOfGit ? nil : try console.lock(files.ours, command: "imprune state merge")
    defer { withExtendedLifetime(lock) {} }
    var changed = 0
    let header = try console.walk(files) { _ in changed += 1 }
    do throws(StateStoreError) {
      let backup = try StateStore.save(files, header)
      console.print(
        "States merged: \(counted(changed, "record")) of ours changed, \(header.records) in all.\n")
      // Under git the file has a name that says nothing to anybody.
      guard let backup else { return }
      console.print(UpkeepView.saved(ours, serial: header.serial, backups: [backup]))
    } catch {
      throw console.fail(error)
    }
  }
}

extension Console {
  /// Walks over a merge; `take` is given what differs from ours.
  fileprivate func walk(
    _ files: StateStore.MergeFiles, _ take: (RecordChange) -> Void
  ) throws(ExitCode) -> StateHeader {
    do throws(StateStoreError) {
      return try StateStore.walk(files) { change in
        if change.before != change.after { take(change) }
      }
    } catch {
      throw fail(error)
    }
  }
}
