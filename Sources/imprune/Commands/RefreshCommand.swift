import ArgumentParser
import PruneCore
import PruneEngine

/// The output formats of a comparison.
enum RefreshFormat: String, CaseIterable, ExpressibleByArgument {
  case text
  case json
}

/// `imprune refresh`: whether the service still holds what the state records.
struct RefreshCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refresh",
    abstract: "Compare what the state records as done with the service.",
    usage: "imprune refresh [<manifest>] [options]",
    discussion: """
        imprune refresh
        imprune refresh --detailed-exitcode
        imprune refresh leavers.yaml --format json
        imprune refresh --html-out refresh.html

      Lists removed users whose id has an account again, and cleared users who have tags again. \
      Such an id may belong to another person by now, so imprune does nothing about it: if it is \
      the same person, raise the revision of the user's entry in the manifest.

      Sends only calls that read, and writes nothing. Exits with 1 if it could not read a user. For \
      the credentials, see `imprune --help`. The JSON of `--format json` is described by \
      examples/schemas/refresh.schema.json.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var files: ManifestOptions
  @OptionGroup var strictness: StrictOption
  @OptionGroup var policy: PolicyOptions

  @Option(help: "Output format.")
  var format = RefreshFormat.text

  @Flag(name: .customLong("all"), help: "List all users that differ (text format).")
  var showsAll = false

  @Flag(
    name: .customLong("detailed-exitcode"),
    help: "Exit with 2 if a user differs, 0 if none does.")
  var detailedExitCode = false

  @Option(help: "Calls per second to each endpoint, 1 to 100.")
  var rate = Rate.standard

  @OptionGroup var page: PageOption

  @OptionGroup var certificates: CertificateOption

  func validate() throws {
    if rate == .unlimited { throw ValidationError("--rate must be 1 to 100.") }
  }

  func run() throws {
    let places = try common.console.places([page.named], failing: PageOption.failure)
    if format == .json, let flag = places.flagOfStandardOutput {
      throw ValidationError(
        "Standard output can take only one document. Leave out \(flag) or --format.")
    }
    let console = Console(
      noColor: common.noColor, isForMachines: places.flagOfStandardOutput != nil)
    let inputs = policy.paths + [certificates.caFile].compactMap(\.self)
    try console.requireOther(
      places, than: inputs + [files.manifest],
      try? StateFiles(manifest: files.manifest, override: files.state))
    let (policies, reading) = try console.withPage(
      places, of: RefreshPage.make(failure:), mayBeInput: true
    ) {
      (
        try policy.read(manifest: files.manifest, console),
        try console.read(files.manifest, strictness)
      )
    }
    let stateFiles = try console.stateFiles(files)
    try console.requireOther(places, than: inputs + policies.paths + reading.files, stateFiles)
    let (app, comparison) = try console.withPage(
      places, of: RefreshPage.make(failure:),
      mayBeInput: reading.diagnostics.hasErrors
    ) {
      let manifest = try console.manifest(of: reading)
      try console.require(policies, allow: manifest.app)
      return (manifest.app, try compare(manifest, stateFiles, console))
    }
    try show(comparison, app, places, console)
  }

  /// Prints a comparison and writes its page.
  private func show(
    _ comparison: StateComparison, _ app: App, _ places: OutputPlaces, _ console: Console
  ) throws(ExitCode) {
    try console.save(page: RefreshPage.make(comparison, app), places)
    switch format {
    case .text: console.print(RefreshView.text(comparison, console.out, showsAll: showsAll))
    case .json: RefreshView.json(comparison, app) { console.print($0) }
    }
    if !comparison.unread.isEmpty { throw console.fail(unread: comparison.unread) }
    if detailedExitCode, !comparison.differences.isEmpty {
      throw ExitCode(Exit.changesPending.rawValue)
    }
  }

  private func compare(
    _ manifest: Manifest, _ stateFiles: StateFiles, _ console: Console
  ) throws(ExitCode) -> StateComparison {
    let progress = ProgressView(console)
    defer { progress.end() }
    do throws(Refresh.Failure) {
      return try Refresh(rate, certificates, .current)
        .state(
          manifest, stateFiles,
          journal: { console.notify($0, stateFiles, includedBy: "This comparison") },
          notify: { console.notify($0) }, console.watch(progress))
    } catch {
      progress.end()
      throw console.fail(error)
    }
  }
}

extension Console {
  fileprivate func fail(unread users: [StateComparison.Row]) -> ExitCode {
    fail(
      "imprune could not read the users of \(counted(users.count, "record"))",
      "They may differ too. Run the command again.")
  }
}
