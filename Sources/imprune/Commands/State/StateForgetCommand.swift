import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune state forget`.
struct StateForgetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forget",
    abstract: "Drop the records of users.",
    usage: "imprune state forget <id> ... [options]",
    discussion: """
        imprune state forget UserID_1 --dry-run
        imprune state forget UserID_1 UserID_2 --operation clear-tags

      imprune treats forgotten users as never done. If the manifest still lists them, the next \
      apply repeats the operation. A removal then deletes the account that has the id now, which \
      may belong to another person. To record the outcome of an unknown user, use \
      `imprune state resolve`; to repeat an operation, raise its revision in the manifest.

      Asks for approval at the terminal; without a terminal, it needs --auto-approve. Sends nothing.
      """)

  @OptionGroup var common: CommonOptions

  @Argument(help: "The users' ids, byte for byte.")
  var ids: [String]

  @OptionGroup var operationOption: OperationOption
  @OptionGroup var options: StateOptions
  @OptionGroup var dryRunOption: DryRunOption

  @Flag(name: .customLong("auto-approve"), help: "Forget without asking.")
  var autoApprove = false

  func validate() throws {
    for id in ids { _ = try userID(id) }
  }

  func run() throws {
    let console = common.console
    let edit = StateEdit(
      .forget, ids: try ids.map(userID), operation: operationOption.operation)
    // Every operation can be forgotten.
    guard let edit else { return }
    try console.make(
      edit, try console.files(options), dryRun: dryRunOption.dryRun,
      command: "imprune state forget"
    ) { header, outcome in
      if !autoApprove { try ask(header, outcome, console) }
    }
  }

  private func ask(
    _ header: StateHeader, _ outcome: StateEdit.Outcome, _ console: Console
  ) throws(ExitCode) {
    try console.requireTyped(
      "\(header.app)/\(outcome.changes.count)", to: "forget these records",
      of: "the number of records", otherwise: "No record was changed.")
  }
}
