import ArgumentParser
import PruneCore

/// `imprune state list`.
struct StateListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the records of a state.",
    discussion: """
        imprune state list
        imprune state list | grep unknown

      Prints one line per record: id, operation and outcome, separated by tabs.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var options: StateOptions

  func run() throws {
    let console = common.console
    var text = ""
    _ = try console.walk(console.files(options)) { record in
      text += "\(record.id)\t\(record.operation.name)\t\(StateView.status(of: record))\n"
      if text.utf8.count > 1 << 16 {
        console.print(text)
        text = ""
      }
    }
    console.print(text)
  }
}
