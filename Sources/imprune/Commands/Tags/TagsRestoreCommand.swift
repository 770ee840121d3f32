import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune tags restore`.
struct TagsRestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Give users the tags back that a run cleared.",
    usage: "imprune tags restore <file> [<id> ...] [options]",
    discussion: """
        imprune tags restore imprune.state.tags-8f2c41d09ab3
        imprune tags restore imprune.state.tags-8f2c41d09ab3 UserID_1 UserID_2
        imprune tags restore leavers.state.tags-8f2c41d09ab3 --manifest leavers.yaml --reopen

      Reads which tags the users have now, shows who gets which tags back, and asks for approval. \
      Then adds the missing tags, at most 10 per user and call, and reads every user again. Adds only; \
      no user loses a tag. A restore that was interrupted can be run again.

      Waits until 15 seconds after the state was saved, since calls of the last run may take effect \
      until then.

      Leaves a user alone who has no account, whose account imprune has removed or may have removed, or \
      who has tags now that are not in the file; with --merge the last get the saved tags too. Exits with \
      1 or 3 if it leaves a user alone whom you named. Refuses to restore users whom the manifest still \
      wants cleared. Take them out of the manifest first; or pass --reopen, and the state forgets \
      that they were cleared, so that the next plan clears them again.

      For the credentials, see `imprune --help`.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var strictness: StrictOption

  @Argument(help: "The tag file, NAME.state.tags-RUN.", completion: .file())
  var file: String

  @Argument(help: ArgumentHelp("Only these users, byte for byte.", valueName: "id"))
  var ids: [String] = []

  @Option(
    help: ArgumentHelp("The manifest of the app.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var manifest = "imprune.yaml"

  @Option(
    help: ArgumentHelp(
      "The state file. (default: the manifest's name with the extension .state)",
      valueName: "file"), completion: .file(extensions: ["state"]))
  var state: String?

  @Flag(
    help: "Also restore users whom the manifest wants cleared; the state forgets that they were.")
  var reopen = false

  @Flag(help: "Also restore users who have other tags now; they keep those.")
  var merge = false

  @Flag(name: .customLong("auto-approve"), help: "Restore without asking.")
  var autoApprove = false

  @Flag(name: .customLong("dry-run"), help: "Show what would be restored; change nothing.")
  var dryRun = false

  @Flag(name: .customLong("all"), help: "List all users.")
  var showsAll = false

  @Option(help: "Calls per second to each endpoint, 1 to 100.")
  var rate = Rate.standard

  @OptionGroup var certificates: CertificateOption
  @OptionGroup var policy: PolicyOptions

  func validate() throws {
    try requireFile(file, "a tag file")
    try requireFile(manifest, "a manifest")
    try requireFile(state, "a state")
    for id in ids { _ = try userID(id) }
    if rate == .unlimited { throw ValidationError("--rate must be 1 to 100.") }
  }

  func run() throws {
    let console = common.console
    let policies = try policy.read(manifest: manifest, console)
    if autoApprove, let name = policies.nameForbiddingFlagAlone {
      throw console.fail(
        "the policy \(name) does not allow --auto-approve",
        "Run the command at a terminal without it, and type what imprune asks for. Nothing was sent.",
        status: .approvalMissing)
    }
    let manifest = try console.readManifest(manifest, strictness)
    let files = try console.files(state ?? StateFiles.standard(for: self.manifest))
    if !FileSystem.exists(files.path) { throw console.failWithoutState(of: file, files) }
    var options = certificates.applierOptions
    options.settings.rate = rate
    let request = TagRestore.Request(
      ids: try ids.map(userID), merges: merge, reopens: reopen, isDry: dryRun,
      read: { try console.savedTags(file) })
    let restore = TagRestore(manifest, files, request, policies, options, .current)
    let progress = ProgressView(console)
    do {
      let ended = try restore.run(screen(manifest.app, files, progress, console))
      progress.end()
      let exit = try show(ended, console)
      if exit != .success { throw ExitCode(exit.rawValue) }
    } catch let failure as TagRestore.Failure {
      progress.end()
      throw console.fail(failure, file, files)
    }
  }

  /// Shows what became of the users, and returns the exit code.
  private func show(_ ended: TagRestore.Ended, _ console: Console) throws(ExitCode) -> Exit {
    let alone = RestoreView.LeftAlone(ended)
    if let (result, users) = ended.restored {
      console.print(
        RestoreView.result(
          result, users, leftAlone: alone.before, isNamed: !ids.isEmpty, console.out,
          showsAll: showsAll))
      let exit = Exit(result, users)
      if exit != .success { return exit }
    }
    let unread = ended.read.unread
    if unread > 0 {
      throw console.fail(
        "imprune could not read \(counted(unread, "user"))",
        "Their tags may be missing. Run the command again.",
        status: ended.restored == nil ? .error : .appliedInPart)
    }
    // Whoever names a user expects the user to get the tags.
    if !ids.isEmpty, let first = alone.first {
      let count = alone.count
      throw console.fail(
        "\(counted(count, "user")) that you named \(count == 1 ? "was" : "were") left alone",
        "\(count == 1 ? "" : "The first is ")\(printable("\(first.id)")): \(first.reason).",
        status: ended.restored == nil ? .error : .appliedInPart)
    }
    guard Console.lostOutput != nil else { return .success }
    return Exit.success.partlyReported(afterChanges: ended.restored != nil)
  }

  private func screen(
    _ app: App, _ files: StateFiles, _ progress: ProgressView, _ console: Console
  ) -> TagRestore.Screen {
    TagRestore.Screen(
      waitingForRun: { console.noteWaiting($0, files) },
      recovered: { console.reportRecovered($0, files) },
      unfinished: { console.notify($0, files, includedBy: "This dry run") },
      waiting: { seconds in
        console.note(
          console.error.wrapped(
            "The state was saved a moment ago, and calls of the last run may still take effect. imprune "
              + "waits \(counted(seconds, "second")).") + "\n")
      },
      access: { console.notify($0) },
      watch: { console.watch(progress) },
      approve: { found in
        progress.end()
        if !found.isWhole { console.note(console.error.wrapped(RestoreView.notWhole) + "\n") }
        console.print(RestoreView.plan(found, file, console.out, showsAll: showsAll))
        let users = found.read.confirmed().count
        if users == 0 && found.reopened == 0 || dryRun { return }
        if let lost = Console.lostOutput { throw console.fail(restoreNotShown: lost) }
        if !autoApprove { try ask(max(users, found.reopened), app, console) }
      },
      reopened: { serial, backup in
        console.print(StateEditingView.saved(files.name, serial: serial, backups: [backup]))
      })
  }

  private func ask(_ users: Int, _ app: App, _ console: Console) throws(ExitCode) {
    try console.requireTyped(
      "\(app.id)/\(users)", to: "restore these users' tags", of: "the number of users",
      otherwise: "No tag was added.")
  }
}

extension Console {
  /// Asks a person to type a phrase; throws if there is no terminal, or for any other line.
  func requireTyped(
    _ phrase: String, to action: String, of number: String, otherwise: String
  ) throws(ExitCode) {
    guard Process.isTerminal(0) else {
      throw fail(
        "approval is missing",
        "Standard input is not a terminal, so imprune cannot ask for approval. To \(action), pass "
          + "--auto-approve, unless a policy forbids it.", status: .approvalMissing)
    }
    note(
      "\nTo \(action), type the app id and \(number):\n  \(error.bold(phrase))\n> ")
    guard readLine(strippingNewline: true) == phrase else {
      throw fail(
        "not approved",
        "What you typed is not \(phrase). \(otherwise) To approve, run the command again and type "
          + "exactly that.", status: .approvalMissing)
    }
  }

  /// Prints why policies refuse.
  private func refuse(_ refusals: [PolicyRefusal]) -> ExitCode {
    for refusal in refusals { refuse(refusal.words()) }
    return ending("a policy refuses", .refused)
  }

  /// Reads a whole tag file.
  func savedTags(_ path: String) throws(ExitCode) -> MergedTags {
    let file = try regularFile(path)
    return try attempt(MergedTags(file.source())) { fail($0, path) }
  }

  fileprivate func fail(restoreNotShown lost: SystemError) -> ExitCode {
    fail("imprune could not show what it would restore", "\(lost). No tag was added.")
  }

  fileprivate func failWithoutState(of file: String, _ files: StateFiles) -> ExitCode {
    fail(
      "there is no state at \(files.name)",
      "A restore needs the state of the run that wrote \(printable(file)): it says whose accounts were "
        + "removed since. Name it with --state FILE, or get it back from version control or a backup; a "
        + "new state has another lineage. Without it, `imprune tags list \(quoted(file)) --all` shows the "
        + "tags, to add them by hand. Nothing was sent.")
  }

  fileprivate func fail(
    _ failure: TagRestore.Failure, _ file: String, _ files: StateFiles
  ) -> ExitCode {
    switch failure {
    case .policy(let refusals): refuse(refusals)
    case .protected(let id, let entry, let policy):
      fail(
        "\(printable("\(id)")) is protected by `\(entry)` in the policy \(policy)",
        "imprune changes no such user, and gives none its tags back. Name the other users after the "
          + "file. Nothing was sent.", status: .refused)
    case .lock(let error): fail(error, files)
    case .store(.missing): failWithoutState(of: file, files)
    case .store(let error): fail(error)
    case .calls(let failure): fail(failure)
    case .otherState(let difference):
      fail(
        "the tag file belongs to another state",
        "The \(difference) of \(file) is not that of \(files.name). Name the manifest of its app with "
          + "--manifest, or the state with --state. Nothing was sent.")
    case .otherAPI(let api):
      fail(
        "the tag file is of the other family of tag calls",
        "It was read with `tags_api: \(api.rawValue)`, and the manifest says otherwise. Nothing was "
          + "sent.")
    case .notSaved(let id):
      fail(
        "the tag file does not have \(printable("\(id)"))",
        "`imprune tags list \(quoted(file))` shows the users that it has. Nothing was sent.")
    case .wanted(let users, let first, let place):
      fail(
        "the manifest still asks to clear \(counted(users, "of these user"))",
        "The first is \(printable("\(first)")), \(place). Take the users out of the manifest, or pass "
          + "--reopen: then the next plan clears them again. Nothing was sent.", status: .refused)
    }
  }
}
