import ArgumentParser
import PruneCore

/// `imprune show`: what a saved plan allows.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a saved plan.",
    usage: "imprune show <plan> [options]",
    discussion: """
        imprune plan --out reviewed.json
        imprune show reviewed.json
        imprune plan --out - | imprune show -

      Reads a file that `plan --out` has written, checks that it is whole, and shows what it \
      allows. Needs no network, no credentials, no manifest and no state.
      """)

  @OptionGroup var common: CommonOptions

  @Argument(help: "The file, or - for standard input.", completion: .file(extensions: ["json"]))
  var plan: String

  @Flag(name: .customLong("all"), help: "List every user of a long plan.")
  var showsAll = false

  func run() throws {
    let console = common.console
    let saved = try console.readPlanFile(plan)
    console.print(SavedPlanView.render(saved, console.out, showsAll: showsAll))
  }
}
