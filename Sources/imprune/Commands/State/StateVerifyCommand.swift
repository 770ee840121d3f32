import ArgumentParser
import PruneEngine

/// `imprune state verify`.
struct StateVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check that a state is not damaged.",
    discussion: """
        imprune state verify --state imprune.state

      Checks all records, their order, their count and the checksum, and the journal if there is one.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var options: StateOptions

  func run() throws {
    let console = common.console
    let files = try console.files(options)
    var count = 0
    let (header, journal) = try console.walk(files) { _ in count += 1 }
    console.print(StateView.summary(header, count, journal, files.name, console.out))
  }
}
