import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune apply`: does what the plan says.
struct ApplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Do what the plan says.",
    usage: "imprune apply [<manifest>] [options]",
    discussion: """
        imprune apply
        imprune apply --approve 340r-1200c-7f3a9c01d2e4b58806c1f7d09a3e5b62
        imprune apply --plan reviewed.json --auto-approve
        imprune apply --auto-approve --report report.json

      Plans, asks for approval, and performs the plan in batches of up to 100 users: clears first, \
      then removals. Every outcome is recorded in the state. The first interrupt (Ctrl-C) stops \
      sending, waits for what is in flight and saves; a second one leaves at once, as safe as a \
      crash. Run it again to go on.

      With `--plan` and no manifest, the manifest is the one that the plan names, if it lies below \
      the current folder.

      The lines of `--json` and the file of `--report` are described by \
      examples/schemas/events.schema.json and report.schema.json.

      Credentials come from the environment; see `imprune --help`.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var files: ManifestOptions
  @OptionGroup var strictness: StrictOption
  @OptionGroup var cap: CapOption
  @OptionGroup var approval: ApprovalOptions

  @Flag(
    name: .customLong("dry-run"),
    help: "Walk the whole path, send nothing that changes a user, and print each batch.")
  var dryRun = false

  @Flag(
    name: .customLong("new-state"),
    help: "Allow removals though there is no state yet, and make one.")
  var newState = false

  @OptionGroup var pace: RunOptions
  @OptionGroup var output: ApplyOutputOptions

  @Flag(name: .customLong("all"), help: "List every user of a long plan.")
  var showsAll = false

  func validate() throws {
    if dryRun, output.json {
      throw ValidationError("--json tells of a run, and a dry run makes none.")
    }
  }

  mutating func run() throws {
    let places = try output.places(common.console)
    // What is printed for people makes way for what goes to standard output.
    let console = Console(
      noColor: common.noColor,
      isForMachines: output.json || places.flagOfStandardOutput != nil)
    let inputs = [approval.plan, pace.caFile].compactMap(\.self)
    let reporter = try RunReporter(output, places, files, inputs: inputs, console)
    do {
      try apply(reporter, console)
    } catch let code as ExitCode {
      reporter.report.exit = Exit(rawValue: code.rawValue) ?? .error
      reporter.report.error = console.lastFailure
    }
    let exit = reporter.close(again: again)
    if exit != .success { throw ExitCode(exit.rawValue) }
  }

  private mutating func apply(_ reporter: RunReporter, _ console: Console) throws {
    let approval = try approval.read(console)
    if files.named == nil, let saved = approval.saved, let path = self.approval.plan {
      files.named = try console.manifest(of: saved, path)
      reporter.take(files)
    }
    let manifest = try console.readManifest(files.manifest, strictness) {
      (reading) throws(ExitCode) in try reporter.take(reading)
    }
    let stateFiles = try console.stateFiles(files)
    try reporter.take(manifest, stateFiles)
    try pace.requireLimit(for: manifest.app, console)
    if dryRun { return try rehearse(manifest, stateFiles, approval, reporter, console) }
    let lock = try console.lock(stateFiles, command: "imprune apply \(files.manifest)")
    defer { withExtendedLifetime(lock) {} }
    try console.checkState(manifest, stateFiles)
    try console.recover(stateFiles)
    let (plan, _, seen) = try console.makePlan(manifest, stateFiles, cap)
    try show(plan, reporter, console)
    if plan.isEmpty { return try console.close(stateFiles) }
    try requireState(plan, stateFiles, console)
    try approval.allow(plan, console)
    try approval.requireWay(plan, console)
    let service = try console.service(of: manifest.app)
    try approval.ask(plan, console)
    let state = try existingState(plan, stateFiles, console)
    try perform(plan, state, seen: seen, stateFiles, lock, service, reporter, console)
  }

  /// Shows the plan; throws if it is refused, or if nobody could read it.
  private func show(_ plan: Plan, _ reporter: RunReporter, _ console: Console) throws {
    reporter.take(plan)
    console.print(
      PlanView.render(plan, console.out, showsAll: showsAll, rate: pace.rate)
        + (dryRun ? "\n" : ""))
    if plan.isRefused {
      throw console.ending("the plan is refused", .refused)
    }
    if let lost = Console.lostOutput {
      throw console.fail("the plan could not be shown", "\(lost). Nothing was sent.")
    }
  }

  /// The path of an apply without a lock, a journal or a change.
  private func rehearse(
    _ manifest: Manifest, _ files: StateFiles, _ approval: Approval, _ reporter: RunReporter,
    _ console: Console
  ) throws {
    let (plan, journal, _) = try console.makePlan(manifest, files, cap)
    if let journal { console.tellJournal(journal, files) }
    try show(plan, reporter, console)
    if plan.isEmpty { return }
    try requireState(plan, files, console)
    try approval.allow(plan, console)
    try console.rehearseSave(files)
    try console.dryRun(plan, pace)
  }

  /// Without a state nothing is known to be done; removals then need a word of consent.
  private func requireState(_ plan: Plan, _ files: StateFiles, _ console: Console) throws {
    guard plan.state == nil, plan.counts.removals > 0, !newState else { return }
    throw console.fail(
      "no state at \(files.name)",
      "Without a state nothing is known to be done, so every user would be removed again. Restore "
        + "the state, or name it with --state FILE; if this is the first apply, add --new-state "
        + "or make the state with `imprune init`.", status: .refused)
  }

  private func existingState(
    _ plan: Plan, _ files: StateFiles, _ console: Console
  ) throws -> StateHeader {
    if let state = plan.state { return state }
    return try console.createState(files, plan.manifest.app)
  }

  private func perform(
    _ plan: Plan, _ state: StateHeader, seen: FileStatus?, _ files: StateFiles,
    _ lock: StateLock, _ service: Applier.Service, _ reporter: RunReporter, _ console: Console
  ) throws {
    let run = RunID(Applier.randomNumber())
    let progress = ProgressView(console)
    do throws(Applier.Failure) {
      reporter.begin(run)
      let ended = try Applier.run(
        PlannedRun(plan, as: run, state: state, seen: seen, files, lock), service, pace.options,
        reporter.watch(progress))
      progress.end()
      reporter.end(ended, again: again)
    } catch {
      progress.end()
      switch error {
      case .store(let error): throw console.fail(error)
      case .journalLeft(let ended, let error):
        reporter.end(ended, again: again)
        console.warn("\(error). \(StateView.leftJournal(files.name))")
      case .network(let message):
        throw console.fail("no network", "\(message). Nothing was sent.")
      case .unsaved(let ended, let cause, let records):
        reporter.end(ended, again: again)
        throw console.fail(ended, cause, records)
      }
    }
  }

  /// The command that goes on from where a run ended.
  private var again: String {
    // A name that begins with a dash would be taken for a flag.
    let manifest = files.manifest.hasPrefix("-") ? "./" + files.manifest : files.manifest
    var words = ["imprune", "apply", quoted(manifest)]
    if let state = files.state { words += ["--state", quoted(state)] }
    if let limit = cap.maxRemovals { words += ["--max-removals", "\(limit)"] }
    if strictness.strict { words.append("--strict") }
    return (words + pace.words).joined(separator: " ")
  }
}

/// A word as a shell takes it for one.
func quoted(_ word: String) -> String {
  let isPlain = word.utf8.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
  if isPlain, !word.isEmpty { return word }
  // By scalars: a mark after a quote makes one character of the two, and the shell knows only bytes.
  return "'" + word.unicodeScalars.map { $0 == "'" ? "'\\''" : String($0) }.joined() + "'"
}

extension Console {
  /// A plan with nothing to do is a plan that has come to its end.
  func close(_ files: StateFiles) throws(ExitCode) {
    do throws(StateStoreError) {
      try StateStore.close(files)
    } catch {
      throw fail(error)
    }
  }

  /// Folds the journal of a run that did not end.
  func recover(_ files: StateFiles) throws(ExitCode) {
    do throws(StateStoreError) {
      guard let changes = try StateStore.recover(files) else { return }
      note(
        error.wrapped(
          "An earlier run was interrupted; its journal (\(counted(changes, "record"))) was folded "
            + "into \(files.name).") + "\n")
    } catch {
      throw fail(error)
    }
  }

  func createState(_ files: StateFiles, _ app: App) throws(ExitCode) -> StateHeader {
    guard let service = app.service else {
      throw fail("no endpoint", "The manifest's endpoint cannot be used.")
    }
    let header = StateHeader(
      app: app.id, service: service, lineage: Lineage(Applier.randomNumber()))
    do throws(StateStoreError) {
      try StateStore.create(files, header)
    } catch {
      throw fail(error)
    }
    return header
  }

  /// The endpoint of an app, if calls may be signed for it.
  func endpoint(of app: App) throws(ExitCode) -> Endpoint {
    guard let endpoint = app.location.endpoint else {
      throw fail("no endpoint", "The manifest's endpoint cannot be used.")
    }
    let allowed = Process.environment("IMPRUNE_ALLOW_HOST")
    guard HostRules.permits(endpoint, allowed: allowed) else {
      throw fail(
        "\(endpoint) is not a documented address", CredentialWords.of(endpoint, allowed: allowed))
    }
    return endpoint
  }

  /// Where calls for an app go and what they are signed with.
  func service(of app: App) throws(ExitCode) -> Applier.Service {
    let endpoint = try endpoint(of: app)
    guard let credentials = try credentials() else {
      throw fail(
        Self.noCredentials,
        CredentialsError.missing.explanation + CredentialWords.empty(Process.isSetEmpty))
    }
    return Applier.Service(endpoint: endpoint, credentials: credentials)
  }

  /// The credentials, or nil if none are given; what is given must be usable.
  func credentials() throws(ExitCode) -> Credentials? {
    mask(Credentials.keyValue(Process.environment))
    do throws(CredentialsError) {
      return try Credentials.find(Process.environment) { warn($0) }
    } catch {
      if error == .missing { return nil }
      throw fail(error)
    }
  }

  private func fail(_ error: CredentialsError) -> ExitCode {
    fail(Self.noCredentials, error.explanation)
  }

  private static let noCredentials = "credentials cannot be used"

  /// Tells, beside a plan, of a run under way or interrupted.
  func tellJournal(_ journal: JournalHeader, _ files: StateFiles) {
    let holder = printable(StateLock.holder(files) ?? "nobody")
    note(
      error.wrapped(
        "There is a journal of run \(journal.run), under way or interrupted: what it says is part "
          + "of this plan. The state was last locked by \(holder).") + "\n")
  }

  func warnWithoutState(_ files: StateFiles) {
    warn(
      "there is no state at \(files.name): nothing is known to be done, so everything that the "
        + "manifest asks for is planned.")
  }
}
