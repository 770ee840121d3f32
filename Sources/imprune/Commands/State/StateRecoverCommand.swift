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

      A journal is the record of a run that has not saved its state yet. The next apply folds it into \
      the state on its own; use this command if no apply follows, for example to commit the state. \
      Sends nothing. Running it twice does no harm.

      If the state is missing or empty, this command rebuilds it from the journal alone. Such a state \
      lacks the outcomes of earlier runs, so a good version from version control is better.

      --merge also accepts a state with another serial, such as one that was restored or pulled. For \
      each user the higher revision wins; at the same revision, done beats unknown and unknown beats \
      failed.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var options: StateOptions

  @Flag(help: "Also fold a journal whose run started from another serial than the state has.")
  var merge = false

  func run() throws {
    let console = common.console
    let files = try console.files(options)
    // Checked before locking, so that a mistyped name leaves no lock file behind.
    guard FileSystem.exists(files.path) || FileSystem.exists(files.journal) else {
      throw console.fail(.missing(file: files.name))
    }
    let lock = try console.lock(files, command: "imprune state recover")
    defer { lock.release() }
    do throws(StateStoreError) {
      if let (header, changes) = try StateStore.rebuild(files) {
        console.print(StateEditingView.rebuilt(files, header, changes))
      } else if try StateStore.removeSilentJournal(files) {
        throw StateStoreError.missing(file: files.name)
      } else if let changes = try merge
        ? StateStore.mergeJournal(files) : StateStore.recover(files)
      {
        console.print(
          "Folded \(counted(changes, "record")) from the journal into "
            + "\(files.name).\n")
      } else {
        console.print("Nothing to recover: \(files.name) has no journal.\n")
      }
    } catch {
      throw console.fail(error)
    }
  }
}
