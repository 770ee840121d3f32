import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune state repair`.
struct StateRepairCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair",
    abstract: "Recover the readable records of a damaged state or journal.",
    discussion: """
        imprune state repair --dry-run
        imprune state repair --state leavers.state

      Keeps every readable record, sorts them, and lists each line that it drops; the damaged files \
      stay as backups. imprune guesses nothing: users of a damaged journal whose outcome is \
      unreadable become unknown, and the next apply asks the service about them before it sends \
      anything. The next plan includes users whose records are lost: review it carefully. If version \
      control has an equally new good version, use that instead.

      Does not change an undamaged state. Sends nothing.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var options: StateOptions
  @OptionGroup var dryRunOption: DryRunOption

  func run() throws {
    let console = common.console
    let files = try console.files(options)
    if dryRunOption.dryRun {
      if try console.examine(files) != nil { console.print(StateEditingView.dryRun) }
      return
    }
    guard FileSystem.exists(files.path) else { throw console.fail(.missing(file: files.name)) }
    let lock = try console.lock(files, command: "imprune state repair")
    defer { lock.release() }
    guard let repair = try console.examine(files) else { return }
    let (serial, backups) = try console.reporting(StateStore.save(repair, files))
    console.print(StateEditingView.saved(files.name, serial: serial, backups: backups))
  }
}

extension Console {
  /// Examines a state and prints what is damaged; nil if nothing is.
  fileprivate func examine(_ files: StateFiles) throws(ExitCode) -> StateRepair? {
    guard let repair = try reporting(StateRepair(files)) else {
      print(
        "Nothing to repair: \(files.name) is not damaged, nor is its journal, if it has "
          + "one.\n")
      return nil
    }
    print(StateEditingView.render(repair, files, out))
    return repair
  }
}
