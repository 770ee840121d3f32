import ArgumentParser
import PruneCore

/// `imprune state resolve`.
struct StateResolveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resolve",
    abstract: "Record the outcome of unknown users.",
    usage: "imprune state resolve <id> ... --as removed|cleared|open [options]",
    discussion: """
        imprune state resolve UserID_1 --as removed
        imprune state resolve UserID_1 UserID_2 --as open --dry-run

      imprune sent a call for these users and could not confirm its effect. Every apply asks the \
      service about them; if it cannot find out, you decide. Look the user up, and record the outcome:

        removed  the account was removed; imprune does not remove it again
        cleared  the tags were cleared; imprune does not clear them again
        open     it was not done; the next plan includes the user again

      Before you use `open`, make sure that the id does not belong to another person now.

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
  @OptionGroup var edit: EditOptions
  @OptionGroup var options: StateOptions
  @OptionGroup var dryRunOption: DryRunOption

  @Option(
    name: .customLong("as"),
    help: ArgumentHelp("The outcome: removed, cleared or open.", valueName: "word"))
  var word: Word

  func run() throws {
    let console = common.console
    try console.make(
      try edit.edit(word.decision), try console.files(options), dryRun: dryRunOption.dryRun,
      command: "imprune state resolve")
  }
}
