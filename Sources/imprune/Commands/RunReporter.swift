import ArgumentParser
import PruneCore
import PruneEngine

/// Where an apply tells, besides the terminal, what it does.
struct ApplyOutputOptions: ParsableArguments {
  @Flag(help: "Tell what happens as JSON lines on standard output, the rest on standard error.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Write what came of it as JSON, whatever came of it.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var report: String?

  @Option(
    name: .customLong("send-log"),
    help: ArgumentHelp(
      "Write when each call was sent, for measurements.", valueName: "file", visibility: .hidden))
  var sendLog: String?

  /// Decides where all of it goes; throws if one output cannot take what is meant for it.
  func places(_ console: Console) throws -> OutputPlaces {
    let places = try console.places(
      [("--report", report), ("--send-log", sendLog)], failing: "the report cannot be written")
    if json, let flag = places.flagOfStandardOutput {
      throw ValidationError("Standard output takes either the lines of --json or \(flag).")
    }
    return places
  }
}

/// Keeps account of an apply, from its first line to its exit code: for the report file, the event
/// stream and the terminal.
final class RunReporter {
  var report: RunReport
  private let console: Console
  private var lastLook = Instant(nanoseconds: 0)
  private var stateFiles: StateFiles?
  private var ended: Applier.Ended?
  private let events: EventStream?
  /// What the options name to be written to.
  private let places: OutputPlaces
  private var file: OutputFile?
  private var sendLog: SendLog?
  /// Whether every list of the manifest is known.
  private var knowsManifest = false

  /// Begins the account; throws if the report could not be written, before anything is done.
  /// `inputs` are files that are read besides the manifest and its lists.
  init(
    _ options: ApplyOutputOptions, _ places: OutputPlaces, _ files: ManifestOptions,
    inputs: [String], _ console: Console
  ) throws(ExitCode) {
    self.console = console
    self.places = places
    report = RunReport(
      toolVersion: Version.current, started: Timestamp(seconds: Process.wallSeconds()),
      manifest: files.manifest, state: "")
    events = options.json ? EventStream(console) : nil
    report.state = Self.state(files)
    try check([files.manifest] + inputs, try? StateFiles(name: report.state))
    do throws(SystemError) {
      file = try places["--report"].map { (place) throws(SystemError) in try OutputFile(place) }
    } catch {
      throw console.fail("the report cannot be written", "\(error). Nothing was done.")
    }
    do throws(SystemError) {
      sendLog = try places["--send-log"].map { (place) throws(SystemError) in try SendLog(place) }
    } catch {
      throw console.fail("the log of sends cannot be written", "\(error). Nothing was done.")
    }
  }

  private static func state(_ files: ManifestOptions) -> String {
    files.state ?? StateFiles.standard(for: files.manifest)
  }

  /// Takes the manifest that the apply is about, once it is known.
  func take(_ files: ManifestOptions) {
    report.manifest = files.manifest
    report.state = Self.state(files)
  }

  /// Takes what was read of the manifest, with errors or without: no output may be one of its files.
  func take(_ reading: ManifestReading) throws(ExitCode) {
    try check(reading.files, try? StateFiles(name: report.state))
    knowsManifest = !reading.diagnostics.hasErrors
  }

  func take(_ manifest: Manifest, _ stateFiles: StateFiles) throws(ExitCode) {
    try check(manifest.files, stateFiles)
    report.app = manifest.app
    self.stateFiles = stateFiles
  }

  /// Throws if an output is one of the files that are read, and then writes none.
  private func check(_ inputs: [String], _ state: StateFiles?) throws(ExitCode) {
    do {
      try console.checked(failing: "the report cannot be written") { () throws(OutputRefusal) in
        try places.requireOther(than: inputs, state)
      }
    } catch {
      dropOutputs()
      throw error
    }
  }

  private func dropOutputs() {
    file = nil
    sendLog = nil
  }

  func take(_ plan: Plan) {
    report.plan = plan
    events?.tell(plan)
  }

  func begin(_ run: RunID) {
    events?.tell(run)
    report.run = run
  }

  func watch(_ progress: ProgressView) -> Applier.Watch {
    Applier.Watch(
      notice: { [events] in
        progress.show($0)
        return events?.tell($0)
      },
      outcomes: events.map { events in { events.tell($0) } },
      progress: { [events] in
        progress.show($0)
        return events?.tell($0) ?? self.lostReader()
      },
      sending: sendLog.map { log in
        { [tags = report.app?.tagsAPI ?? .allMemberPush] call, users, instant in
          log.add(call.path(tags), users, instant)
        }
      })
  }

  /// Looks now and then whether anybody still reads the results.
  private func lostReader() -> SystemError? {
    let now = Instant(nanoseconds: Process.monotonicNanoseconds())
    guard now - lastLook >= .seconds(0.2) else { return nil }
    lastLook = now
    return Process.hasLostReader(1) ? .readerGone : nil
  }

  /// Writes no output that may be a list of a manifest with errors.
  private func spareLists() {
    do {
      try console.checked(failing: "the report cannot be written") { () throws(OutputRefusal) in
        try places.requireNoList(of: report.manifest)
      }
    } catch {
      dropOutputs()
    }
  }

  func end(_ run: Applier.Ended, again: String) {
    ended = run
    let result = run.result
    report.result = result
    report.exit = Exit(result)
    report.stopped = result.stop.map { ResultView.words($0) }
    let text = ResultView.render(result, console.out, again: again, state: report.state)
    // What came of it is told somewhere, also when nobody reads the results any more.
    if Process.hasLostReader(1) { console.note(text) } else { console.print(text) }
  }

  /// Writes what there is to write, and gives the exit code.
  func close(again: String) -> Exit {
    report.ended = Timestamp(seconds: Process.wallSeconds())
    if !knowsManifest { spareLists() }
    if report.plan != nil, report.exit != .success { report.next = again }
    let hasChanged = report.result?.hasChangedUsers ?? false
    if let file {
      do throws(StateStoreError) {
        try ReportFiles.save(report, to: file, stateFiles, ended)
      } catch {
        if case .system(let error) = error {
          _ = console.fail("the report cannot be written", "\(error).")
        } else {
          _ = console.fail(error)
        }
        report.exit = report.exit.untold(afterChanges: hasChanged)
      }
    }
    do throws(SystemError) {
      try sendLog?.close()
    } catch {
      _ = console.fail("the log of sends cannot be written", "\(error).")
      report.exit = report.exit.untold(afterChanges: hasChanged)
    }
    events?.tell(report)
    if let lost = Console.lostOutput, !lost.isBrokenPipe || events != nil {
      report.exit = report.exit.untold(afterChanges: hasChanged)
    }
    return report.exit
  }
}
