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
        imprune state recover --merge

      The next apply does the same by itself; this is for keeping the state, for example in version \
      control, when no apply follows. Nothing is sent. Doing it twice does no harm.

      If the state is lost or empty, it is rebuilt from the journal alone. What earlier runs did is \
      not in it then, so a good version from version control is better.

      --merge folds a journal into a state of another moment, such as one that was restored or \
      pulled. For each user the higher revision wins; at the same revision, done beats unknown and \
      unknown beats failed.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var options: StateOptions

  @Flag(help: "Fold the journal also if it began from another serial than the state has.")
  var merge = false

  func run() throws {
    let console = common.console
    let files = try console.files(options)
    // Looked at before locking, so that a mistyped name leaves no lock file behind.
    guard FileSystem.exists(files.path) || FileSystem.exists(files.journal) else {
      throw console.fail(.missing(file: files.name))
    }
    let lock = try console.lock(files, command: "imprune state recover")
    defer { withExtendedLifetime(lock) {} }
    do throws(StateStoreError) {
      if let (header, changes) = try StateStore.rebuild(files) {
        console.print(UpkeepView.rebuilt(files, header, changes))
      } else if try StateStore.removeSilentJournal(files) {
        throw StateStoreError.missing(file: files.name)
      } else if let changes = try merge
        ? StateStore.mergeJournal(files) : StateStore.recover(files)
      {
        console.print("Folded \(counted(changes, "record")) into \(files.name).\n")
      } else {
        console.print("Nothing to recover: \(files.name) has no journal.\n")
      }
    } catch {
      throw console.fail(error)
    }
  }
}
