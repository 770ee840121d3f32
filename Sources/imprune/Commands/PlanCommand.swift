import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune plan`: what an apply would do.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show what an apply would do.",
    usage: "imprune plan [<manifest>] [options]",
    discussion: """
        imprune plan
        imprune plan leavers.yaml --all
        imprune plan --strict --max-removals 20
        imprune plan --detailed-exitcode
        imprune plan --base origin/main
        imprune plan --refresh
        imprune plan --out reviewed.json
        imprune plan --markdown-out comment.md --json-out plan.json
        imprune plan --html-out plan.html
        imprune plan --policy /etc/imprune/policy.yaml

      Compares the manifest with the state, not with the service, and prints what is to be done. \
      Takes no lock and writes only the files that you name. Needs no network and no credentials, unless \
      --state names a shared state.

      With `--refresh`, it also asks the service which of the users exist and have tags; for the \
      credentials, see `imprune --help`.

      The JSON of `--format json`, `--json-out` and `--out` is one document, described by \
      examples/schemas/plan.schema.json; a refused plan has a null token in it and approves \
      nothing. If the manifest has errors, imprune makes no plan; it prints the errors to standard \
      error and to the file of `--markdown-out`.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var files: ManifestOptions
  @OptionGroup var strictness: StrictOption
  @OptionGroup var cap: CapOption
  @OptionGroup var policy: PolicyOptions
  @OptionGroup var base: BaseOptions
  @OptionGroup var refreshing: RefreshOptions

  @OptionGroup var output: PlanOutput

  @Flag(
    name: .customLong("detailed-exitcode"),
    help: "Exit with 2 if there are changes, 0 if there are none.")
  var detailedExitCode = false

  @Option(help: "Calls per second for the time estimate and --refresh, 1 to 100.")
  var rate = Rate.standard

  func validate() throws {
    if rate == .unlimited { throw ValidationError("--rate must be 1 to 100.") }
  }

  func run() throws {
    let places = try output.places(common.console)
    // Text for people yields to output for programs on standard output.
    var console = Console(
      noColor: common.noColor, isForMachines: places.flagOfStandardOutput != nil)
    console.annotates = output.format(console.github) == .github
    var annotations = Annotations(folder: console.github.folder)
    defer { if console.annotates { console.command(annotations.text) } }
    try console.checked(failing: PlanOutput.failure) { () throws(OutputRefusal) in
      try places.requireOther(
        than: [files.manifest] + policy.paths + [base.baseManifest].compactMap(\.self),
        try? StateFiles(manifest: files.manifest, override: files.state))
    }
    let (policies, reading) = try console.withPage(
      places, of: PlanPage.make(failure:),
      mayBeInput: true
    ) {
      (
        try policy.read(manifest: files.manifest, mayLackVariable: true, console),
        try console.read(files.manifest, strictness)
      )
    }
    annotations.add(reading)
    let stateFiles = try console.stateFiles(files, mayBeNone: true)
    try check(places, reading, policies, stateFiles, console)
    if reading.diagnostics.hasErrors { try output.show(reading, places, console) }
    let manifest = try console.manifest(of: reading)
    let plan = try console.withPage(places, of: PlanPage.make(failure:)) {
      let pipeline = PlanPipeline(
        manifest, base: try console.readBase(base, manifest, at: files.manifest, stateFiles),
        maxRemovals: cap.maxRemovals, policies: policies)
      let found = try console.plan(pipeline, stateFiles)
      if let journal = found.journal { console.notify(journal, stateFiles) }
      // A policy that forbids the app or its address forbids calls there too.
      guard refreshing.refresh, policies.refusals(of: manifest.app).isEmpty else {
        return found.plan
      }
      return try console.refreshed(found.plan, refreshing, rate: rate)
    }
    if plan.state == nil { console.warnWithoutState(stateFiles) }
    if stateFiles.isLink { console.warn(GuardWords.of(.link(stateFiles.name))) }
    try output.show(plan, places, console, rate: rate, apply: applyCommand)
    annotations.add(plan)
    if plan.isRefused { throw ExitCode(Exit.refused.rawValue) }
    if detailedExitCode, !plan.isEmpty { throw ExitCode(Exit.changesPending.rawValue) }
  }

  /// Throws if an output is one of the files that the plan is made from.
  private func check(
    _ places: OutputPlaces, _ reading: ManifestReading, _ policies: Policies,
    _ stateFiles: StateFiles, _ console: Console
  ) throws(ExitCode) {
    var inputs = reading.files + policies.paths
    if let path = base.baseManifest {
      // Its own reader reports what is wrong with it.
      inputs += [path] + ((try? ManifestFiles.read(path).files) ?? [])
    }
    try console.checked(failing: PlanOutput.failure) { () throws(OutputRefusal) in
      try places.requireOther(than: inputs, stateFiles)
      if reading.diagnostics.hasErrors { try places.requireNoInput() }
    }
  }

  /// The command that applies a saved plan.
  private func applyCommand(_ plan: String) -> String {
    var words = ["imprune", "apply"]
    // imprune does not trust the file about a manifest elsewhere.
    if !PlannedManifest.mayBeNamed(files.manifest) { words.append(quoted(files.manifest)) }
    words += ["--plan", quoted(plan)]
    if let state = files.state { words += ["--state", quoted(state)] }
    return (words + policy.words).joined(separator: " ")
  }
}
