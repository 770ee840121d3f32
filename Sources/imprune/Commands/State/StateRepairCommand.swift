import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune state repair`.
struct StateRepairCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair",
    abstract: "Salvage what is whole of a damaged state or journal.",
    discussion: """
        imprune state repair --dry-run
        imprune state repair --state leavers.state

      Keeps every record that is whole, puts them in order, and lists by number each line that is \
      dropped; the damaged files stay, as backups. Nothing is guessed: users of a damaged journal \
      whose outcome cannot be read become unknown, and the next apply reads before it sends. Users \
      whose records are lost count as never done, and are planned anew: review that plan with care. \
      If version control has a good version that is as new, take that instead.

      A state that is whole is left alone. Nothing is sent.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var options: StateOptions
  @OptionGroup var upkeep: UpkeepOptions

  func run() throws {
    let console = common.console
    let files = try console.files(options)
    if upkeep.dryRun {
      if try console.examine(files) != nil { console.print(UpkeepView.dryRun) }
      return
    }
    guard FileSystem.exists(files.path) else { throw console.fail(.missing(file: files.name)) }
    let lock = try console.lock(files, command: "imprune state repair")
    defer { withExtendedLifetime(lock) {} }
    guard let repair = try console.examine(files) else { return }
    do throws(StateStoreError) {
      let (serial, backups) = try StateStore.save(repair, files)
      console.print(UpkeepView.saved(files.name, serial: serial, backups: backups))
    } catch {
      throw console.fail(error)
    }
  }
}

extension Console {
  /// Examines a state and tells what is the matter with it; nil if nothing is.
  fileprivate func examine(_ files: StateFiles) throws(ExitCode) -> StateRepair? {
    let repair: StateRepair?
    do throws(StateStoreError) {
      repair = try StateRepair(files)
    } catch {
      throw fail(error)
    }
    guard let repair else {
      print("Nothing to repair: \(files.name) is whole, and so is its journal, if it has one.\n")
      return nil
    }
    print(UpkeepView.render(repair, files, out))
    return repair
  }
}
