import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune state recover`.
struct StateRecoverCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recover",
    abstract: "Fold the journal of an interrupted run into the state.",
    discussion: """
        imprune state recover --state imprune.state

      The next apply does the same by itself; this is for keeping the state, for example in version \
      control, when no apply follows. Nothing is sent. Doing it twice does no harm.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var options: StateOptions

  func run() throws {
    let console = common.console
    let files = try console.files(options)
    // Looked at before locking, so that a mistyped name leaves no lock file behind.
    try console.requireState(files)
    let lock = try console.lock(files, command: "imprune state recover")
    do throws(StateStoreError) {
      if let changes = try StateStore.recover(files) {
        console.print("Folded \(counted(changes, "record")) into \(files.name).\n")
      } else {
        console.print("Nothing to recover: \(files.name) has no journal.\n")
      }
    } catch {
      throw console.fail(error)
    }
    withExtendedLifetime(lock) {}
  }
}
