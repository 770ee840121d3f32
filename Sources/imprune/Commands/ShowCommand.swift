import ArgumentParser
import PruneCore

/// `imprune show`: shows what a saved plan approves.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a saved plan.",
    usage: "imprune show <plan> [options]",
    discussion: """
        imprune plan --out reviewed.json
        imprune show reviewed.json
        imprune plan --out - | imprune show -

      Reads a file from `plan --out`, verifies its checksum, and shows the operations that it \
      approves. Needs no network, no credentials, no manifest and no state.
      """)

  @OptionGroup var common: CommonOptions

  @Argument(help: "The file, or - for standard input.", completion: .file(extensions: ["json"]))
  var plan: String

  @Flag(name: .customLong("all"), help: "List all users of a long plan.")
  var showsAll = false

  func run() throws {
    let console = common.console
    let saved = try console.readPlanFile(plan)
    console.print(SavedPlanView.render(saved, console.out, showsAll: showsAll))
  }
}
