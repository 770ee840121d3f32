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
  private let outputs: [String?]
  private var file: FileReplacement?
  private var sendLog: SendLog?

  /// Begins the account; throws if the report could not be written, before anything is done.
  init(
    _ options: ApplyOutputOptions, _ files: ManifestOptions, _ console: Console
  ) throws(ExitCode) {
    self.console = console
    report = RunReport(
      toolVersion: Version.current, started: Timestamp(seconds: Process.wallSeconds()),
      manifest: files.manifest, state: files.state ?? StateFiles.standard(for: files.manifest))
    outputs = [options.report, options.sendLog]
    try console.requireOther(
      outputs, than: [files.manifest], try? StateFiles(name: report.state))
    do throws(SystemError) {
      file = try options.report.map { (path) throws(SystemError) in try FileReplacement(of: path) }
    } catch {
      throw console.fail("the report cannot be written", "\(error). Nothing was done.")
    }
    do throws(SystemError) {
      sendLog = try options.sendLog.map { (path) throws(SystemError) in try SendLog(path) }
    } catch {
      throw console.fail("the log of sends cannot be written", "\(error). Nothing was done.")
    }
    events = options.json ? EventStream(console) : nil
  }

  func take(_ manifest: Manifest, _ stateFiles: StateFiles) throws(ExitCode) {
    do {
      try console.requireOther(outputs, than: manifest.files, stateFiles)
    } catch {
      file = nil
      sendLog = nil
      throw error
    }
    report.app = manifest.app
    self.stateFiles = stateFiles
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
