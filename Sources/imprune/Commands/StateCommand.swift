import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune state`: look at a state and fold what an interrupted run left.
struct StateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "state",
    abstract: "Look at a state, or recover it after an interrupted run.",
    discussion: """
        imprune state list
        imprune state show UserID_1 --state leavers.state
        imprune state verify
        imprune state recover
      """,
    subcommands: [
      StateListCommand.self, StateShowCommand.self, StateVerifyCommand.self,
      StateRecoverCommand.self,
    ])
}

/// The state that a command is about.
struct StateOptions: ParsableArguments {
  @Option(
    name: .customLong("state"), help: ArgumentHelp("The state file.", valueName: "file"),
    completion: .file(extensions: ["state"]))
  var state = "imprune.state"
}

extension Console {
  fileprivate func files(_ options: StateOptions) throws(ExitCode) -> StateFiles {
    do throws(SystemError) {
      return try StateFiles(name: options.state)
    } catch {
      throw fail("no state to look at", "\(error).")
    }
  }

  /// Walks over a state to its verified end.
  fileprivate func walk(
    _ files: StateFiles, _ take: (StateRecord) -> Void
  ) throws(ExitCode) -> (header: StateHeader, journal: JournalHeader?) {
    let header: StateHeader?
    let journal: JournalHeader?
    do throws(StateStoreError) {
      var snapshot = try StateStore.snapshot(files)
      header = snapshot.header
      journal = snapshot.journal
      do throws(StateError) {
        while let record = try snapshot.cursor.next() { take(record) }
      } catch {
        throw StateStoreError.state(file: files.name, error)
      }
    } catch {
      throw fail(error)
    }
    guard let header else { throw noState(files) }
    return (header, journal)
  }

  /// Throws unless there is a state that can be read.
  fileprivate func requireState(_ files: StateFiles) throws(ExitCode) {
    let hasState: Bool
    do throws(StateStoreError) {
      hasState = try StateStore.snapshot(files).header != nil
    } catch {
      throw fail(error)
    }
    if !hasState { throw noState(files) }
  }

  private func noState(_ files: StateFiles) -> ExitCode {
    fail(
      "there is no state at \(files.name)",
      "Name it with --state FILE, or make one with `imprune init`.")
  }
}

/// `imprune state list`.
struct StateListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the records of a state.",
    discussion: """
        imprune state list
        imprune state list | grep unknown

      One line a record: id, operation and what became of it, separated by tabs.
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

/// `imprune state show`.
struct StateShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show what the state holds of one user.",
    discussion: """
        imprune state show UserID_1
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var options: StateOptions

  @Argument(help: "The user's id, byte for byte.")
  var id: String

  func run() throws {
    let console = common.console
    guard let wanted = UserID(id) else {
      throw ValidationError("\(id) cannot be a user's id: it must have 1 to 32 bytes.")
    }
    var text = ""
    _ = try console.walk(console.files(options)) { record in
      if record.id == wanted { text += StateView.details(of: record) }
    }
    if text.isEmpty { throw console.fail("the state holds nothing of \(wanted)") }
    console.print(text)
  }
}

/// `imprune state verify`.
struct StateVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check that a state is whole.",
    discussion: """
        imprune state verify --state imprune.state

      Reads every record, their order, their number and the checksum.
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
