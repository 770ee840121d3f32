import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune state push`.
struct StatePushCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "push",
    abstract: "Copy a state file into a shared state.",
    usage: "imprune state push <file> --state <address> [options]",
    discussion: """
        imprune state push imprune.state --state s3://states/leavers.state --dry-run
        imprune state push imprune.state --state s3://states/leavers.state

      If there is no state at the address, it gets the records of the file. Otherwise the two must have \
      the same app, service and lineage, and imprune merges them: for each record, it keeps the higher \
      done revision, or the later time if they are equal. The shared state never loses a record.

      The file stays as it is. Afterwards, name the address with --state in every command: an apply with \
      the old file would not know what later runs have done. Sends nothing to the service.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var shared: SharedStateOption
  @OptionGroup var dryRunOption: DryRunOption

  @Argument(help: "The state file to copy.", completion: .file(extensions: ["state"]))
  var file: String

  func validate() throws { try requireLocal(file) }

  func run() throws {
    let console = common.console
    let source = try console.files(file)
    try console.requireState(source)
    let files = try shared.files(console, takes: !dryRunOption.dryRun)
    if dryRunOption.dryRun {
      try show(source, files, console)
      return console.print(StateEditingView.dryRun)
    }
    let command = "imprune state push"
    let lockOfSource = try console.lock(source, command: command)
    defer { lockOfSource.release() }
    let lock = try console.lock(files, command: command)
    defer { lock.release() }
    try console.recover(files)
    guard FileSystem.exists(files.path) else {
      let header = try console.reporting(StateStore.create(files, from: source))
      return console.print(
        "Wrote \(files.name), serial \(header.serial), \(counted(header.records, "record")).\n")
    }
    let merge = StateStore.MergeFiles(base: .none, ours: files, theirs: source)
    var changed = 0
    let header = try console.walk(merge) { _ in changed += 1 }
    if changed == 0 {
      return console.print("No changes: \(files.name) contains every record of \(file).\n")
    }
    let backup = try console.reporting(StateStore.save(merge, header))
    console.print(
      "Merged: \(counted(changed, "record")) changed, \(header.records) in total.\n"
        + StateEditingView.saved(
          files.name, serial: header.serial, backups: [backup].compactMap { $0 }))
  }

  /// Prints what would change.
  private func show(_ source: StateFiles, _ files: StateFiles, _ console: Console) throws {
    guard FileSystem.exists(files.path) else {
      let (header, _) = try console.walk(source) { _ in }
      return console.print(
        "There is no state at \(files.name). It would get "
          + "\(counted(header.records, "record")) of \(file).\n")
    }
    let merge = StateStore.MergeFiles(base: .none, ours: files, theirs: source)
    var changed = 0
    _ = try console.walk(merge) { change in
      changed += 1
      console.print(StateEditingView.line(change, console.out))
    }
    if changed == 0 {
      console.print("\(files.name) contains every record of \(file).\n")
    }
  }
}
