import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune state pull`.
struct StatePullCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull",
    abstract: "Copy a shared state to a file.",
    usage: "imprune state pull <file> --state <address> [options]",
    discussion: """
        imprune state pull copy.state --state s3://states/leavers.state

      Writes a new file with the bytes of the state. If a run has not ended, its journal is written next \
      to it, as FILE.journal; `imprune state recover --state FILE` folds it into the copy.

      Use the copy as a backup, or to move a state: `imprune state push` puts it into a store. Changes \
      nothing in the store, and sends nothing.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var shared: SharedStateOption

  @Argument(help: "The new file.", completion: .file())
  var file: String

  func validate() throws { try requireLocal(file) }

  func run() throws {
    let console = common.console
    let copy = try console.files(file)
    for path in [copy.path, copy.journal] where FileSystem.exists(path) || FileSystem.isLink(path) {
      throw console.fail(
        "\(path) exists", "`state pull` writes only new files. Name another one.")
    }
    let files = try shared.files(console, takes: false)
    try console.reporting(StateStore.copy(files, to: copy))
    let (header, journal) = try console.walk(copy) { _ in }
    console.print(
      "Wrote \(file), serial \(header.serial), \(counted(header.records, "record")).\n")
    if let journal {
      console.print(
        console.out.wrapped(
          "Also wrote \(file).journal: run \(journal.run) is in progress or was interrupted.")
          + "\n")
    }
  }
}
