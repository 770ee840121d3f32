import ArgumentParser
import PruneCore

/// `imprune state resolve`.
struct StateResolveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resolve",
    abstract: "Record the outcome of unknown users.",
    usage: "imprune state resolve <id> ... | --run <run> --as removed|cleared|open [options]",
    discussion: """
        imprune state resolve UserID_1 --as removed
        imprune state resolve UserID_1 UserID_2 --as open --dry-run
        imprune state resolve --run 4f1d2c3b5a69 --as open

      imprune sent a call for these users and could not confirm its effect. Every apply asks the \
      service about them; if it cannot find out, you decide. Look the user up, and record the outcome:

        removed  the account was removed; imprune does not remove it again
        cleared  the tags were cleared; imprune does not clear them again
        open     it was not done; the next plan includes the user again

      Before you use `open`, make sure that the id does not belong to another person now.

      --run records the same outcome for every user whom one run left unknown; `imprune state show` names \
      the run of a user.

      Accepts only unknown records. Sends nothing.
      """)

  /// The outcome of an unknown user, as a person states it.
  enum Word: String, ExpressibleByArgument, CaseIterable {
    case removed
    case cleared
    case open

    var decision: StateEdit.Decision {
      switch self {
      case .removed: .done(.removed)
      case .cleared: .done(.cleared)
      case .open: .open
      }
    }
  }

  @OptionGroup var common: CommonOptions

  @Argument(help: "The users' ids, byte for byte.")
  var ids: [String] = []

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("All users whom this run left unknown, in place of ids.", valueName: "run"))
  var runText: String?

  @OptionGroup var operationOption: OperationOption
  @OptionGroup var options: StateOptions
  @OptionGroup var dryRunOption: DryRunOption

  @Option(
    name: .customLong("as"),
    help: ArgumentHelp("The outcome: removed, cleared or open.", valueName: "word"))
  var word: Word

  func validate() throws { _ = try edit() }

  /// Throws if the options do not say one thing.
  private func edit() throws -> StateEdit {
    let operation = operationOption.operation
    let edit: StateEdit?
    switch (ids.isEmpty, runText) {
    case (true, nil): throw ValidationError("Name users, or a run with --run.")
    case (false, .some): throw ValidationError("Name users or a run, not both.")
    case (false, nil):
      edit = StateEdit(word.decision, ids: try ids.map(userID), operation: operation)
    case (true, .some(let text)):
      guard let run = RunID(text) else {
        throw ValidationError(
          "--run: \(quoted(text)) is not a run, which has 12 digits from 0 to 9 and a to f.")
      }
      edit = StateEdit(word.decision, unknownsOf: run, operation: operation)
    }
    guard let edit else {
      throw ValidationError(
        "--operation and --as contradict each other. Leave out --operation.")
    }
    return edit
  }

  func run() throws {
    let console = common.console
    try console.make(
      try edit(), try console.files(options), dryRun: dryRunOption.dryRun,
      command: "imprune state resolve")
  }
}
