import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune init`: a commented manifest and an empty state.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write a commented manifest and an empty state.",
    usage: "imprune init [<manifest>] [options]",
    discussion: """
        imprune init --app 1400000000 --region singapore --edition trial
        imprune init leavers.yaml

      Writes a manifest to start from, and an empty state next to it or at the address of --state. If \
      the manifest already exists, writes only a missing state. Never overwrites anything.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var files: ManifestOptions

  @Option(name: .customLong("app"), help: "The app's SDKAppID, as the console shows it.")
  var app: UInt32?

  @Option(
    help: "The app's data center: \(Region.allCases.map(\.rawValue).joined(separator: ", ")).")
  var region: String?

  @Option(help: "A base URL instead of a region, for example of a sandbox.")
  var endpoint: String?

  @Option(
    help: ArgumentHelp(
      "The app's edition (called plan in the console): "
        + "\(Edition.names.joined(separator: ", "))."))
  var edition: String?

  func run() throws {
    let console = common.console
    let stateFiles = try console.stateFiles(files)
    if files.state == files.manifest {
      throw ValidationError("The manifest and the state must be different files.")
    }
    if !FileSystem.exists(stateFiles.path), FileSystem.exists(stateFiles.journal) {
      throw console.fail(
        "there is \(stateFiles.journalName), but no state",
        "An earlier run wrote it, but its state is missing. Restore the state, or run "
          + "`imprune state recover --state \(quoted(stateFiles.name))`. imprune wrote "
          + "nothing.")
    }
    if FileSystem.exists(files.manifest) {
      if FileSystem.exists(stateFiles.path) {
        console.print(
          "\(files.manifest) and \(stateFiles.name) already exist; imprune changed nothing. Edit "
            + "the manifest, or run `imprune plan`.\n")
        return
      }
      let reading = try console.readAny(files.manifest)
      try makeState(console.app(of: reading), stateFiles, console)
      let removals = reading.manifest?.count(of: .removeAccount) ?? 0
      if removals > 0 {
        console.warn(
          "this state contains no outcomes, so a plan now includes "
            + "\(removals == 1 ? "" : "all ")\(counted(removals, "removal")) of \(files.manifest), done or not. "
            + otherState(stateFiles))
      }
      return
    }
    let app = try chosenApp()
    let text = Array(ManifestTemplate.text(app).utf8)
    try attempt(File.open(files.manifest, for: .creatingShared).write(text)) {
      (error: SystemError) in
      console.fail(
        "imprune cannot write the manifest", "\(error). Name another file, or fix the permissions.")
    }
    console.print("Wrote \(files.manifest).\n")
    try makeState(app, stateFiles, console)
    console.print(
      "\nNext: list users in \(files.manifest), then run `imprune plan \(files.manifest)`.\n")
  }

  private func makeState(_ app: App, _ files: StateFiles, _ console: Console) throws {
    // The lock keeps an apply from creating the state at the same moment.
    let lock = try console.lock(files, command: "imprune init")
    defer { lock.release() }
    if FileSystem.exists(files.path) {
      console.print("\(files.name) already exists; imprune changed nothing.\n")
      return
    }
    let header = try console.createState(files, app)
    console.print("Wrote \(files.name), an empty state (lineage \(header.lineage)).\n")
  }

  /// What to do if another state has the outcomes.
  private func otherState(_ files: StateFiles) -> String {
    let state = "If another state records them,"
    return files.shared == nil
      ? "\(state) use that one: --state FILE, or rename it to \(files.name)."
      : "\(state) delete \(files.name) in the store, and run `imprune state push FILE --state "
        + "\(quoted(files.name))`."
  }

  private func chosenApp() throws -> App {
    guard let id = app.flatMap(SDKAppID.init) else {
      throw ValidationError("Give --app: the SDKAppID that the console shows.")
    }
    guard let edition = edition.flatMap(Edition.init(name:)) else {
      throw ValidationError("Give --edition: one of \(Edition.names.joined(separator: ", ")).")
    }
    let location: Location
    let regions = Region.allCases.map(\.rawValue).joined(separator: ", ")
    if let region, Region(rawValue: region) == nil {
      throw ValidationError("\(region) is not a region. Use one of \(regions).")
    }
    switch (region.map(Region.init(rawValue:)), endpoint) {
    case (.some(.some(let region)), nil): location = .region(region)
    case (nil, .some(let text)) where Endpoint(text) != nil: location = .endpoint(text)
    case (nil, .some): throw ValidationError("--endpoint must be https://host[:port].")
    default:
      throw ValidationError("Give --region: one of \(regions).")
    }
    guard let admin = UserID("administrator") else { throw ExitCode.failure }
    return App(
      id: id, location: location, admin: admin, edition: edition, enabled: [],
      tagsAPI: .allMemberPush)
  }
}

/// The manifest that `init` writes.
enum ManifestTemplate {
  static func text(_ app: App) -> String {
    let location =
      switch app.location {
      case .region(let region): "region: \(region.rawValue)"
      case .endpoint(let url): "endpoint: \(url)"
      }
    return """
      # yaml-language-server: $schema=imprune.schema.json
      # (For editors; `imprune schema > imprune.schema.json` writes the schema next to this file.)

      # Users of a Tencent Cloud Chat app whose tags to clear or whose accounts to remove.
      # `imprune validate` checks this file; `imprune plan` shows what apply would do.
      version: 1

      app:
        sdk_app_id: \(app.id)
        \(location)
        \(padded("admin: \(app.admin)")) # the admin account that imprune uses for its calls
        \(padded("edition: \(app.edition.rawValue)")) # called plan in the console
        \(padded("enabled: []")) # features switched on in addition: account_deletion, tag_push

      guards:
        max_removals: 100           # imprune refuses a larger plan
        max_clears: 10000
        protected: []               # ids or globs that imprune never changes, such as "svc_*"

      # How many users this manifest lists, done or not; imprune refuses a plan that differs.
      # expect: {removals: 2, clears: 1}

      # Deleting a line never causes a call. Quote ids that look like numbers: "007".
      # `[]` lists no users; replace it with entries like these.
      users: []
      #  - id: UserID_1
      #    account: absent         # remove the account; cannot be undone
      #    reason: TICKET-1
      #  - ids: [UserID_2, UserID_3]
      #    tags: []                # clear all tags
      #  - ids_from: leavers.txt   # one id per line, in the folder of this file
      #    account: absent
      #  - ids_from: {path: users.csv, column: user_id}
      #    account: absent

      """
  }

  /// A line of `app`, padded up to its comment.
  private static func padded(_ text: String) -> String {
    text + String(repeating: " ", count: max(0, 27 - text.count))
  }
}

extension Console {
  /// A manifest whose users may still be missing.
  fileprivate func readAny(_ path: String) throws(ExitCode) -> ManifestReading {
    try attempt(ManifestFiles.read(path)) { (error: ManifestFileError) in
      fail("imprune cannot read the manifest", error.explanation)
    }
  }

  fileprivate func app(of reading: ManifestReading) throws(ExitCode) -> App {
    if let app = reading.app { return app }
    note(DiagnosticsView.render(reading, error, lines: ManifestFiles.lines))
    throw ExitCode(Exit.error.rawValue)
  }
}

extension Console {
  /// Creates a state without records.
  fileprivate func createState(_ files: StateFiles, _ app: App) throws(ExitCode) -> StateHeader {
    guard let service = app.service else { throw fail(ServiceAccess.Failure.noEndpoint) }
    return try reporting(StateStore.create(files, of: app.id, service))
  }
}
