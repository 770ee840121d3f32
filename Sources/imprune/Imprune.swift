import ArgumentParser
import PruneCore
import PruneEngine

/// The tool. Commands take flags and call the engine; views turn values into text; only `Console`
/// prints.
@main
struct Imprune: ParsableCommand, CommandOfCommands {
  static let configuration = CommandConfiguration(
    commandName: "imprune",
    abstract: "Keep the users of a Tencent Cloud Chat app in line with a reviewed manifest.",
    discussion: """
        imprune init --app 1400000000 --region singapore --edition trial
        imprune plan
        imprune apply

      A manifest (imprune.yaml) lists the users whose tags are to be cleared and whose accounts \
      are to be removed. `plan` shows what is to be done, without network or credentials; `apply` \
      does it, at the pace that the service allows, and records every outcome in a state file. \
      Removal cannot be undone.

      EXIT STATUS
        0  success, also of a plan with changes
        1  error; no user was changed
        2  changes pending, only with --detailed-exitcode
        3  applied in part: some users failed, are unknown or were not attempted
        4  refused by a guard or by the service's edition; no user was changed
        5  approval missing, wrong or stale; no user was changed
        6  the state is locked by another apply; no user was changed
        64 usage
        129, 130, 143  interrupted by SIGHUP, SIGINT, SIGTERM; the state is saved

      ENVIRONMENT
        IMPRUNE_SECRET_KEY_FILE  a file that holds the app's key
        IMPRUNE_SECRET_KEY       the key itself
        IMPRUNE_USERSIG          a signature, in place of a key
        IMPRUNE_ALLOW_HOST       more hosts to sign calls for, as HOST or HOST:PORT
        NO_COLOR                 no colours
        GITHUB_ACTIONS           if true, problems are annotations too; see `plan`
      """,
    version: Version.current,
    subcommands: [
      ValidateCommand.self, PlanCommand.self, ShowCommand.self, PrecheckCommand.self,
      ApplyCommand.self, ExplainCommand.self, StateCommand.self,
      InitCommand.self, SchemaCommand.self, VersionCommand.self,
    ])

  static func main() {
    Process.forbidDumps()
    // A reader that goes away, such as `head`, is no reason to die halfway.
    Process.makeWritesFail()
    Process.makeCrashesEnd()
    if !Surroundings.areUsable() { Process.leave(Exit.error.rawValue) }
    main(nil)
    Console.checkOutput()
  }
}

/// A command that does nothing by itself.
protocol CommandOfCommands: ParsableCommand {}

extension CommandOfCommands {
  /// Tells what it needs: nothing was asked for, so nothing was done.
  func run() throws {
    Console(noColor: true).print(Imprune.helpMessage(for: Self.self) + "\n")
    throw ExitCode(Exit.usage.rawValue)
  }
}

/// The version of the tool.
enum Version {
  static let current = "0.1.0"
}
