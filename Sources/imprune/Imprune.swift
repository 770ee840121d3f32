import ArgumentParser
import PruneCore
import PruneEngine

/// The tool. Commands parse flags and call the engine; views turn values into text; only `Console`
/// prints.
@main
struct Imprune: ParsableCommand, CommandOfCommands {
  static let configuration = CommandConfiguration(
    commandName: "imprune",
    abstract: "Remove accounts and clear tags in a Tencent Cloud Chat app, from a reviewed "
      + "manifest.",
    discussion: """
        imprune init --app 1400000000 --region singapore --edition trial
        imprune plan
        imprune apply

      A manifest (imprune.yaml) lists the users to remove and the users whose tags to clear. `plan` \
      shows what apply would do, without network or credentials. `apply` does it within the rate \
      limit of the service and records every outcome in a state file. A removal cannot be undone.

      EXIT STATUS
        0  success (also for a plan with changes)
        1  error; no user was changed
        2  changes pending; only with --detailed-exitcode
        3  applied in part: some users failed, are unknown or were not attempted
        4  refused by a guard or because of the app's edition; no user was changed
        5  approval missing, wrong or out of date; no user was changed
        6  the state is locked by another command; no user was changed
        64 usage error; no user was changed
        129, 130, 143  interrupted by SIGHUP, SIGINT, SIGTERM; the state is saved

      ENVIRONMENT
        IMPRUNE_SECRET_KEY_FILE  a file that contains the app's secret key
        IMPRUNE_SECRET_KEY       the secret key itself
        IMPRUNE_USERSIG          a signature (UserSig) instead of a key
        IMPRUNE_ALLOW_HOST       more hosts that get signatures: HOST or HOST:PORT
        IMPRUNE_POLICY           a policy to enforce: see docs/plans-and-approval.md
        AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION,
        AWS_ENDPOINT_URL_S3      credentials, region and endpoint of --state s3://BUCKET/KEY
        TF_HTTP_USERNAME, TF_HTTP_PASSWORD
                                 user and access token of --state gitlab://...
        NO_COLOR                 if set, no colors
        GITHUB_ACTIONS           if true, imprune also writes annotations; see `plan`
      """,
    version: Version.current,
    subcommands: [
      ValidateCommand.self, PlanCommand.self, ShowCommand.self, PrecheckCommand.self,
      ApproveCommand.self, ApplyCommand.self, RefreshCommand.self, ExplainCommand.self,
      StateCommand.self,
      TagsCommand.self,
      InitCommand.self, SchemaCommand.self, VersionCommand.self,
    ])

  static func main() {
    Process.forbidDumps()
    // A reader that closes the output early, such as `head`, must not kill a run.
    Process.makeWritesFail()
    Process.makeCrashesEnd()
    if let failure = StartupChecks.failure() { Process.leave(failure.rawValue) }
    main(nil)
    Console.checkOutput()
  }
}

/// A command that only has subcommands.
protocol CommandOfCommands: ParsableCommand {}

extension CommandOfCommands {
  /// Prints the help: without a subcommand there is nothing to do.
  func run() throws {
    Console(noColor: true).print(Imprune.helpMessage(for: Self.self) + "\n")
    throw ExitCode(Exit.usage.rawValue)
  }
}
