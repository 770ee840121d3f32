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

      What is forgotten counts as never done. If the manifest still asks for it, the next apply \
      does it once more, and a removal then hits whoever has the id by now, who may be another \
      person. To settle an unknown user use `imprune state resolve`; to have something done again, \
      raise its revision in the manifest.

      It asks at the terminal; elsewhere it needs --auto-approve. Nothing is sent.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var edit: EditOptions
  @OptionGroup var options: StateOptions
  @OptionGroup var upkeep: UpkeepOptions

  @Flag(name: .customLong("auto-approve"), help: "Forget without asking.")
  var autoApprove = false

  func run() throws {
    let console = common.console
    try console.make(
      try edit.edit(.forget), try console.files(options), dryRun: upkeep.dryRun,
      command: "imprune state forget"
    ) { header, outcome in
      if !autoApprove { try ask(header, outcome, console) }
    }
  }

  private func ask(
    _ header: StateHeader, _ outcome: StateEdit.Outcome, _ console: Console
  ) throws(ExitCode) {
    guard Process.isTerminal(0) else {
      throw console.fail(
        "no approval",
        "There is no terminal to ask on. If these records are to be forgotten, pass "
          + "--auto-approve.", status: .approvalMissing)
    }
    let phrase = "\(header.app)/\(outcome.changes.count)"
    console.note(
      "\nTo forget these records, type the app id and the number of records:\n"
        + "  \(console.error.bold(phrase))\n> ")
    guard readLine(strippingNewline: true) == phrase else {
      throw console.fail("not approved", "Nothing was changed.", status: .approvalMissing)
    }
  }
}
