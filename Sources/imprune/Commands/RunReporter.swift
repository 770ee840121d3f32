import ArgumentParser
import PruneCore
import PruneEngine

/// The outputs of an apply in addition to the terminal.
struct ApplyOutputOptions: ParsableArguments {
  @Flag(
    help: "Write events as JSON lines to standard output, and other text to standard error.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Write the result as JSON to this file, even if the apply fails.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var report: String?

  @OptionGroup var page: PageOption

  @Option(
    name: .customLong("send-log"),
    help: ArgumentHelp(
      "Write the time of each call to this file, for measurements.", valueName: "file",
      visibility: .hidden))
  var sendLog: String?

  /// Decides where each output goes; throws if imprune must not write to one of them.
  func places(_ console: Console) throws -> OutputPlaces {
    let places = try console.places(
      [("--report", report), page.named, ("--send-log", sendLog)],
      failing: "imprune cannot write the report")
    if json, let flag = places.flagOfStandardOutput {
      throw ValidationError(
        "Standard output can take the lines of --json or \(flag), not both. "
          + "Leave out one of the two.")
    }
    return places
  }
}

/// Records an apply from its first message to its exit code, for the report file, the event stream
/// and the terminal.
final class RunReporter {
  var report: RunReport
  private let console: Console
  private var lastLook = Instant(nanoseconds: 0)
  private var stateFiles: StateFiles?
  private var ended: Applier.Ended?
  private let events: EventStream?
  /// The output files that the options name.
  private let places: OutputPlaces
  private var file: OutputFile?
  private var page: OutputFile?
  private let rate: Rate
  private var sendLog: SendLog?
  /// Whether every list of the manifest is known.
  private var knowsManifest = false

  /// Opens the outputs; throws before anything is done if the report cannot be written. `inputs` are
  /// files that the command reads in addition to the manifest and its lists.
  init(
    _ options: ApplyOutputOptions, _ places: OutputPlaces, _ files: ManifestOptions,
    inputs: [String], rate: Rate, _ console: Console
  ) throws(ExitCode) {
    self.console = console
    self.rate = rate
    self.places = places
    report = RunReport(
      toolVersion: Version.current, started: Timestamp(seconds: Process.wallSeconds()),
      manifest: files.manifest, state: "")
    events = options.json ? EventStream(console) : nil
    report.state = Self.state(files)
    try check([files.manifest] + inputs, try? StateFiles(name: report.state))
    file = try open("--report", "the report", OutputFile.init)
    page = try open(PageOption.flag, "the page", OutputFile.init)
    sendLog = try open("--send-log", "the log of calls", SendLog.init)
  }

  /// Opens the output of a flag, if it was given.
  private func open<Output>(
    _ flag: String, _ what: String, _ open: (OutputPlace) throws(SystemError) -> Output
  ) throws(ExitCode) -> Output? {
    guard let place = places[flag] else { return nil }
    return try attempt(open(place)) { (error: SystemError) in
      console.fail(
        "imprune cannot write \(what)",
        "\(error). Name another file with \(flag). Nothing was done.")
    }
  }

  private static func state(_ files: ManifestOptions) -> String {
    files.state ?? StateFiles.standard(for: files.manifest)
  }

  /// Takes more files that the command reads: no output may be one of them.
  func take(inputs: [String]) throws(ExitCode) {
    try check([report.manifest] + inputs, try? StateFiles(name: report.state))
  }

  /// Takes the names of the manifest and the state once they are known.
  func take(_ files: ManifestOptions) {
    report.manifest = files.manifest
    report.state = Self.state(files)
  }

  /// Takes the manifest as read, with or without errors: no output may be one of its files.
  func take(_ reading: ManifestReading) throws(ExitCode) {
    try check(reading.files, try? StateFiles(name: report.state))
    knowsManifest = !reading.diagnostics.hasErrors
  }

  func take(_ manifest: Manifest, _ stateFiles: StateFiles) throws(ExitCode) {
    try check(manifest.files, stateFiles)
    report.app = manifest.app
    self.stateFiles = stateFiles
  }

  /// Throws if an output is an input file, and then writes no output.
  private func check(_ inputs: [String], _ state: StateFiles?) throws(ExitCode) {
    do {
      try console.checked(failing: "imprune cannot write the report") { () throws(OutputRefusal) in
        try places.requireOther(than: inputs, state)
      }
    } catch {
      dropOutputs()
      throw error
    }
  }

  private func dropOutputs() {
    file = nil
    page = nil
    sendLog = nil
  }

  func take(_ plan: Plan) {
    report.plan = plan
    events?.write(plan)
  }

  func begin(_ run: RunID) {
    events?.write(run)
    report.run = run
  }

  func watch(_ progress: ProgressView) -> Applier.Watch {
    Applier.Watch(
      notice: { [events] in
        progress.show($0)
        return events?.write($0)
      },
      outcomes: events.map { events in { events.write($0) } },
      progress: { [events] in
        progress.show($0)
        return events?.write($0) ?? self.lostReader()
      },
      sending: sendLog.map { log in
        { [tags = report.app?.tagsAPI ?? .allMemberPush] call, users, instant in
          log.add(call.path(tags), users, instant)
        }
      })
  }

  /// Checks from time to time whether standard output still has a reader.
  private func lostReader() -> SystemError? {
    let now = Instant.now()
    guard now - lastLook >= .seconds(0.2) else { return nil }
    lastLook = now
    return Process.hasLostReader(1) ? .readerGone : nil
  }

  /// Drops the outputs if one of them may be a file that the command would have read.
  private func dropOutputsThatMayBeInputs() {
    do {
      try console.checked(failing: "imprune cannot write the report") { () throws(OutputRefusal) in
        try places.requireNoInput()
      }
    } catch {
      dropOutputs()
    }
  }

  func end(_ run: Applier.Ended, _ commands: RunCommands) {
    ended = run
    let result = run.result
    report.result = result
    report.exit = Exit(result)
    report.stopped = result.stop.map { ResultView.words($0) }
    report.tagFile = run.tagFile?.path
    let text = ResultView.render(
      result, console.out, again: commands.next(after: result), state: report.state,
      tags: words(run.tagFile, commands))
    // The result goes to standard error if standard output has lost its reader.
    if Process.hasLostReader(1) { console.note(text) } else { console.print(text) }
  }

  /// What became of the tags of cleared users; nil if none were to be cleared.
  private func words(_ tags: SavedTagFile?, _ commands: RunCommands) -> String? {
    if let tags { return SavedTagsView.words(tags, flags: commands.flagsOfRestore) }
    let hasCleared = report.result.map { $0.hasChangedUsers && $0.counts.cleared > 0 } ?? false
    return hasCleared && !commands.savesTags ? SavedTagsView.notSaved : nil
  }

  /// What to do if an output of a flag cannot be written at the end.
  private func afterwards(_ flag: String) -> String {
    report.result != nil && report.error == nil
      ? "The state contains all outcomes; "
        + "`imprune state list --state \(quoted(report.state))` shows them."
      : "Name another file with \(flag)."
  }

  /// Writes the remaining outputs and returns the exit code.
  func close(_ commands: RunCommands) -> Exit {
    report.ended = Timestamp(seconds: Process.wallSeconds())
    if !knowsManifest { dropOutputsThatMayBeInputs() }
    if report.plan != nil, report.exit != .success {
      report.next = commands.next(after: report.result)
    }
    let hasChanged = report.result?.hasChangedUsers ?? false
    if let file {
      do throws(StateStoreError) {
        try ReportFiles.save(report, to: file, stateFiles, ended)
      } catch {
        if case .system(let error) = error {
          _ = console.fail(
            "imprune cannot write the report",
            "\(error). \(afterwards("--report"))")
        } else {
          _ = console.fail(error)
        }
        report.exit = report.exit.partlyReported(afterChanges: hasChanged)
      }
    }
    if let page {
      do throws(StateStoreError) {
        var content = RunPage(report, rate: rate)
        try ReportFiles.forEachUser(of: report, stateFiles, ended) { content.add($0) }
        try attempt(page.save(content.make()), orThrow: StateStoreError.system)
      } catch {
        if case .system(let error) = error {
          _ = console.fail(
            "imprune cannot write the page", "\(error). \(afterwards(PageOption.flag))")
        } else {
          _ = console.fail(error)
        }
        report.exit = report.exit.partlyReported(afterChanges: hasChanged)
      }
    }
    do throws(SystemError) {
      try sendLog?.close()
    } catch {
      _ = console.fail(
        "imprune cannot write the log of calls", "\(error). \(afterwards("--send-log"))")
      report.exit = report.exit.partlyReported(afterChanges: hasChanged)
    }
    events?.write(report)
    if let lost = Console.lostOutput, !lost.isBrokenPipe || events != nil {
      report.exit = report.exit.partlyReported(afterChanges: hasChanged)
    }
    return report.exit
  }
}
