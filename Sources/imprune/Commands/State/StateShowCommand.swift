import ArgumentParser
import PruneCore

/// `imprune state show`.
struct StateShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show the records of one user.",
    discussion: """
        imprune state show UserID_1
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var options: StateOptions

  @Argument(help: "The user's id, byte for byte.")
  var id: String

  func run() throws {
    let console = common.console
    let wanted = try userID(id)
    var text = ""
    _ = try console.walk(console.files(options)) { record in
      if record.id == wanted { text += StateView.details(of: record) }
    }
    if text.isEmpty {
      throw console.fail(
        "the state has no record of \(wanted)",
        "Ids must match byte for byte. List all ids with `imprune state list`.")
    }
    console.print(text)
  }
}
