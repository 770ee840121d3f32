import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune apply`: performs the plan.
struct ApplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Do what the plan says.",
    usage: "imprune apply [<manifest>] [options]",
    discussion: """
        imprune apply
        imprune apply --approve 340r-1200c-7f3a9c01d2e4b58806c1f7d09a3e5b62
        imprune apply --plan reviewed.json --auto-approve
        imprune apply --auto-approve --report report.json --html-out apply.html
        imprune apply --policy /etc/imprune/policy.yaml
        imprune apply --approve TOKEN --signature anna.sig --signature bo.sig

      Makes a plan, asks for approval, and performs the plan in batches of up to 100 users: clears \
      first, then removals. imprune records every outcome in the state. On the first Ctrl-C, \
      imprune stops sending, waits for calls in flight and saves. On the second, it exits \
      immediately; the next apply recovers as after a crash. Run the command again to continue.

      With `--plan` and no manifest, imprune uses the manifest that the plan names, if it is below \
      the current folder.

      The lines of `--json` and the file of `--report` are described by \
      examples/schemas/events.schema.json and report.schema.json.

      Credentials come from the environment; see `imprune --help`.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var files: ManifestOptions
  @OptionGroup var strictness: StrictOption
  @OptionGroup var cap: CapOption
  @OptionGroup var policy: PolicyOptions
  @OptionGroup var approval: ApprovalOptions

  @Flag(
    name: .customLong("dry-run"),
    help: "Run all checks and print each batch, but send no call that changes a user.")
  var dryRun = false

  @Flag(
    name: .customLong("new-state"),
    help: "Create the state if it does not exist, and allow removals without one.")
  var newState = false

  @OptionGroup var pace: RunOptions
  @OptionGroup var output: ApplyOutputOptions

  @Flag(name: .customLong("all"), help: "List every user of a long plan.")
  var showsAll = false

  func validate() throws {
    if dryRun, output.json {
      throw ValidationError(
        "--json reports a run, and --dry-run does not start one. Leave out one of the two.")
    }
  }

  mutating func run() throws {
    let places = try output.places(common.console)
    // Text for people yields to output for programs on standard output.
    let console = Console(
      noColor: common.noColor,
      isForMachines: output.json || places.flagOfStandardOutput != nil)
    let inputs = approval.inputs + [pace.certificates.caFile].compactMap(\.self) + policy.paths
    let reporter = try RunReporter(output, places, files, inputs: inputs, rate: pace.rate, console)
    do {
      try apply(reporter, console)
    } catch let code as ExitCode {
      reporter.report.exit = Exit(rawValue: code.rawValue) ?? .error
      reporter.report.error = console.lastFailure
    }
    let exit = reporter.close(commands)
    if exit != .success { throw ExitCode(exit.rawValue) }
  }

  private mutating func apply(_ reporter: RunReporter, _ console: Console) throws {
    var policies = try policy.read(console)
    try reporter.take(inputs: policies.paths)
    let approval = try approval.read(allowsNewState: newState, policies, console)
    if files.named == nil, let saved = approval.saved, let path = self.approval.plan {
      files.named = try console.manifest(of: saved, path)
      reporter.take(files)
    }
    policies = console.marked(policies, files.manifest)
    let manifest = try console.readManifest(files.manifest, strictness) {
      (reading) throws(ExitCode) in try reporter.take(reading)
    }
    let stateFiles = try console.stateFiles(files, takes: !dryRun)
    try reporter.take(manifest, stateFiles)
    try pace.requireLimit(for: manifest.app, console)
    let session = ApplySession(
      PlanPipeline(manifest, maxRemovals: cap.maxRemovals, policies: policies), stateFiles,
      approval, pace.options, .current, command: "imprune apply \(files.manifest)")
    let view = ApplyView(
      console, reporter, stateFiles, hasSavedPlan: approval.saved != nil, commands
    ) { [showsAll, pace] plan in
      PlanView.render(
        plan, console.out, showsAll: showsAll, rate: pace.rate, savesTags: !pace.noTagBackup)
    }
    if dryRun { try view.dryRun(session) } else { try view.run(session) }
  }

  private var commands: RunCommands { RunCommands(files, cap, strictness, policy, approval, pace) }
}

/// The commands that a run names at its end.
struct RunCommands {
  /// The command that continues an interrupted run: its approval is still valid.
  let again: String
  /// The command that makes a new plan, which needs a new approval.
  let forNewPlan: String
  /// What a restore of the tags needs in addition to the tag file; a blank before each word.
  let flagsOfRestore: String
  /// Whether the run saves tags before it clears them.
  let savesTags: Bool

  /// The command after a run, or if none began.
  func next(after result: RunResult?) -> String {
    guard let result else { return again }
    return result.stop == nil ? forNewPlan : again
  }

  init(
    _ files: ManifestOptions, _ cap: CapOption, _ strictness: StrictOption, _ policy: PolicyOptions,
    _ approval: ApprovalOptions, _ pace: RunOptions
  ) {
    // A name that begins with a dash would be taken for a flag.
    let manifest = files.manifest.hasPrefix("-") ? "./" + files.manifest : files.manifest
    let state = files.state.map { ["--state", quoted($0)] } ?? []
    var words = ["imprune", "apply", quoted(manifest)] + state
    if let limit = cap.maxRemovals { words += ["--max-removals", "\(limit)"] }
    if strictness.strict { words.append("--strict") }
    words += policy.words
    again = (words + approval.words + pace.words).joined(separator: " ")
    forNewPlan = (words + pace.words).joined(separator: " ")
    var flags = manifest == ManifestOptions.standard ? [] : ["--manifest", quoted(manifest)]
    flags += state + policy.words
    if let caFile = pace.certificates.caFile { flags += ["--ca-file", quoted(caFile)] }
    flagsOfRestore = flags.map { " " + $0 }.joined()
    savesTags = !pace.noTagBackup
  }
}
