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

      Without a manifest it writes one to start from, and an empty state beside it. If the \
      manifest is there already, only a missing state is made; nothing is ever overwritten.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var files: ManifestOptions

  @Option(name: .customLong("app"), help: "The app's SDKAppID, as the console shows it.")
  var app: UInt32?

  @Option(
    help: "The app's data centre: \(Region.allCases.map(\.rawValue).joined(separator: ", ")).")
  var region: String?

  @Option(help: "A base URL in place of a region, such as that of a sandbox.")
  var endpoint: String?

  @Option(help: "The app's plan: \(Edition.names.joined(separator: ", ")).")
  var edition: String?

  func run() throws {
    let console = common.console
    let stateFiles = try console.stateFiles(files)
    if files.state == files.manifest {
      throw ValidationError("The manifest and the state cannot be one file.")
    }
    if !FileSystem.exists(stateFiles.path), FileSystem.exists(stateFiles.journal) {
      throw console.fail(
        "\(stateFiles.journal) lies where a new state's journal would lie",
        "A run wrote it beside a state that is not there any more. Put that state back, or run "
          + "`imprune state recover --state \(quoted(stateFiles.name))`. Nothing was written.")
    }
    if FileSystem.exists(files.manifest) {
      if FileSystem.exists(stateFiles.path) {
        console.print(
          "\(files.manifest) and \(stateFiles.name) are there already; nothing was changed.\n")
        return
      }
      let reading = try console.readAny(files.manifest)
      try makeState(console.app(of: reading), stateFiles, console)
      let removals = reading.manifest?.count(of: .removeAccount) ?? 0
      if removals > 0 {
        console.warn(
          "this state knows of no removal, so a plan now includes all \(counted(removals, "removal")) "
            + "of \(files.manifest), done or not. If another state records them, use that one: "
            + "--state FILE, or rename it to \(stateFiles.name).")
      }
      return
    }
    let app = try chosenApp()
    do throws(SystemError) {
      let file = try File.open(files.manifest, for: .creatingShared)
      try file.write(Array(ManifestTemplate.text(app).utf8))
    } catch {
      throw console.fail("the manifest cannot be written", "\(error).")
    }
    console.print("Wrote \(files.manifest).\n")
    try makeState(app, stateFiles, console)
    console.print(
      "\nNext: list users in \(files.manifest), then run `imprune plan \(files.manifest)`.\n")
  }

  private func makeState(_ app: App, _ files: StateFiles, _ console: Console) throws {
    // The lock keeps an apply from making the state at the same moment.
    let lock = try console.lock(files, command: "imprune init")
    defer { withExtendedLifetime(lock) {} }
    if FileSystem.exists(files.path) {
      console.print("\(files.name) is there already; nothing was changed.\n")
      return
    }
    let header = try console.createState(files, app)
    console.print("Wrote \(files.name), an empty state of lineage \(header.lineage).\n")
  }

  private func chosenApp() throws -> App {
    guard let id = app.flatMap(SDKAppID.init) else {
      throw ValidationError("--app is needed: the SDKAppID that the console shows.")
    }
    guard let edition = edition.flatMap(Edition.init(name:)) else {
      throw ValidationError("--edition is needed: one of \(Edition.names.joined(separator: ", ")).")
    }
    let location: Location
    let regions = Region.allCases.map(\.rawValue).joined(separator: ", ")
    if let region, Region(rawValue: region) == nil {
      throw ValidationError("\(region) is not a region; use one of \(regions).")
    }
    switch (region.map(Region.init(rawValue:)), endpoint) {
    case (.some(.some(let region)), nil): location = .region(region)
    case (nil, .some(let text)) where Endpoint(text) != nil: location = .endpoint(text)
    case (nil, .some): throw ValidationError("--endpoint must be https://host[:port].")
    default:
      throw ValidationError("--region is needed: one of \(regions).")
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
      # (For editors; `imprune schema > imprune.schema.json` writes the schema beside this file.)

      # Users of a Tencent Cloud Chat app that are to lose their tags or their accounts.
      # Check it with `imprune validate`, see what it does with `imprune plan`.
      version: 1

      app:
        sdk_app_id: \(app.id)
        \(location)
        \(padded("admin: \(app.admin)")) # the identifier that calls are made as
        \(padded("edition: \(app.edition.rawValue)")) # the plan that the console shows
        \(padded("enabled: []")) # account_deletion, tag_push: what was switched on beyond that

      guards:
        max_removals: 100           # a plan above it is refused
        max_clears: 10000
        protected: []               # ids or globs that are never touched, such as "svc_*"

      # What this manifest asks for, whatever is done already; a plan that differs is refused.
      # expect: {removals: 2, clears: 1}

      # Deleting a line never causes a call. Quote ids that look like numbers: "007".
      # `[]` asks for no one; put entries like these in its place.
      users: []
      #  - id: UserID_1
      #    account: absent         # remove the account; cannot be undone
      #    reason: TICKET-1
      #  - ids: [UserID_2, UserID_3]
      #    tags: []                # clear all tags
      #  - ids_from: leavers.txt   # one id per line, beside this file
      #    account: absent
      #  - ids_from: {path: users.csv, column: user_id}
      #    account: absent

      """
  }

  /// A line of `app` up to its comment.
  private static func padded(_ text: String) -> String {
    text + String(repeating: " ", count: max(0, 27 - text.count))
  }
}

extension Console {
  /// A manifest whose users may still be missing.
  fileprivate func readAny(_ path: String) throws(ExitCode) -> ManifestReading {
    do throws(ManifestFileError) {
      return try ManifestFiles.read(path)
    } catch {
      throw fail("no manifest to read", error.explanation)
    }
  }

  fileprivate func app(of reading: ManifestReading) throws(ExitCode) -> App {
    if let app = reading.app { return app }
    note(DiagnosticsView.render(reading, error, lines: ManifestFiles.lines))
    throw ExitCode(Exit.error.rawValue)
  }
}

extension Console {
  /// Makes a state without records.
  fileprivate func createState(_ files: StateFiles, _ app: App) throws(ExitCode) -> StateHeader {
    guard let service = app.service else { throw fail(ServiceAccess.Failure.noEndpoint) }
    do throws(StateStoreError) {
      return try StateStore.create(files, of: app.id, service)
    } catch {
      throw fail(error)
    }
  }
}
