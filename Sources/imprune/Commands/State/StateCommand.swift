import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune state`: inspects or repairs a state.
struct StateCommand: ParsableCommand, CommandOfCommands {
  static let configuration = CommandConfiguration(
    commandName: "state",
    abstract: "Inspect or repair a state.",
    discussion: """
        imprune state list
        imprune state show UserID_1 --state leavers.state
        imprune state resolve UserID_1 --as removed

      Commands that change a state lock it and keep the old file as FILE.backup-SERIAL. \
      `--dry-run` shows what would change and writes nothing.
      """,
    subcommands: [
      StateListCommand.self, StateShowCommand.self, StateVerifyCommand.self,
      StateRecoverCommand.self, StateResolveCommand.self, StateForgetCommand.self,
      StateMergeCommand.self, StateRepairCommand.self, StatePullCommand.self,
      StatePushCommand.self,
    ])
}

/// The state that a command reads or changes.
struct StateOptions: ParsableArguments {
  @Option(
    name: .customLong("state"),
    help: ArgumentHelp(
      "The state file, or the address of a shared state; see `imprune --help`.", valueName: "file"),
    completion: .file(extensions: ["state"]))
  var state = "imprune.state"

  func validate() throws { try requireFile(state, "a state") }
}

/// The option of commands that edit a state.
struct DryRunOption: ParsableArguments {
  @Flag(name: .customLong("dry-run"), help: "Show what would change; write nothing.")
  var dryRun = false
}

extension Console {
  func files(_ options: StateOptions) throws(ExitCode) -> StateFiles {
    try files(options.state)
  }

  func files(_ name: String) throws(ExitCode) -> StateFiles {
    if let shared = try sharedState(name, takes: false) { return shared }
    return try attempt(StateFiles(name: name)) { (error: SystemError) in
      fail(
        "imprune cannot find the folder of the state",
        "\(error). Name a state in an existing folder with --state FILE.")
    }
  }

  /// Walks over a state to its verified end.
  func walk(
    _ files: StateFiles, _ take: (StateRecord) -> Void
  ) throws(ExitCode) -> (header: StateHeader, journal: JournalHeader?) {
    var snapshot = try reporting(StateStore.snapshot(files))
    let (header, journal) = (snapshot.header, snapshot.journal)
    while let record = try attempt(
      snapshot.cursor.next(), orThrow: { fail(.state(file: files.name, $0)) })
    {
      take(record)
    }
    guard let header else { throw fail(.missing(file: files.name)) }
    return (header, journal)
  }

  /// Throws unless there is a readable state.
  func requireState(_ files: StateFiles) throws(ExitCode) {
    let snapshot = try reporting(StateStore.snapshot(files))
    if snapshot.header == nil { throw fail(.missing(file: files.name)) }
  }
}
