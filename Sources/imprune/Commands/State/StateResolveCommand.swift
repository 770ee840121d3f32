import ArgumentParser
import PruneCore

/// `imprune state resolve`.
struct StateResolveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resolve",
    abstract: "Settle unknown users by your own word.",
    usage: "imprune state resolve <id> ... --as removed|cleared|open [options]",
    discussion: """
        imprune state resolve UserID_1 --as removed
        imprune state resolve UserID_1 UserID_2 --as open --dry-run

      An unknown user was sent, and no usable answer came back. Every apply reads what became of \
      such users; what it cannot settle is left to you. Look the user up, and say what is right:

        removed  the account was removed; it is not removed again
        cleared  the tags were cleared; they are not cleared again
        open     it was not done; it is planned again if the manifest asks for it

      Before you say open, make sure that the id is not another person's by now.

      Only unknown records can be resolved. Nothing is sent.
      """)

  /// What a human says became of an unknown user.
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
  @OptionGroup var edit: EditOptions
  @OptionGroup var options: StateOptions
  @OptionGroup var upkeep: UpkeepOptions

  @Option(
    name: .customLong("as"), help: ArgumentHelp("What became of them.", valueName: "word"))
  var word: Word

  func run() throws {
    let console = common.console
    try console.make(
      try edit.edit(word.decision), try console.files(options), dryRun: upkeep.dryRun,
      command: "imprune state resolve")
  }
}
