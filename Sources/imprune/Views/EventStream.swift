internal import JSON
import PruneCore
import PruneEngine

/// `apply --json`: what happens as JSON lines on standard output, for other programs.
///
/// The first line gives the version of the format, the last one is the `result`. Every line is an
/// object with a `type` and the time `at`; `examples/schemas/events.schema.json` describes each type.
/// A minor version adds types and keys only.
final class EventStream {
  private let console: Console
  private var lastProgress: Instant?

  static let version = "1.1"
  private static let interval = Interval.seconds(5)

  init(_ console: Console) {
    self.console = console
    _ = emit("version") { json in
      json.field("format_version", Self.version)
      json.field("tool_version", Version.current)
    }
  }

  func write(_ plan: Plan) {
    _ = emit("plan") { json in
      plan.writeCounts(&json)
      json.field("refused", plan.isRefused)
      json.field("token", plan.isRefused ? nil : ApprovalToken(plan).description)
    }
  }

  func write(_ run: RunID) {
    _ = emit("run") { json in json.field("run", run.description) }
  }

  func write(_ notice: Notice) -> SystemError? {
    if case .passed(let step) = notice {
      return emit("precheck") { json in
        json.field("step", step.name)
        json.field("message", ResultView.words(step))
      }
    }
    guard let words = ResultView.words(notice) else { return nil }
    return emit("notice") { json in json.field("message", words) }
  }

  func write(_ outcomes: RecordedOutcomes) -> SystemError? {
    emit("outcomes") { json in
      json.field("operation", outcomes.operation.name)
      json.key("users")
      json.array { json in
        for user in outcomes.users {
          json.object { json in
            json.field("id", user.id)
            user.outcome.write(&json)
          }
        }
      }
    }
  }

  func write(_ progress: ApplyMachine.Progress) -> SystemError? {
    let now = Instant.now()
    if let lastProgress, now - lastProgress < Self.interval { return nil }
    lastProgress = now
    return emit("progress") { json in
      json.field("activity", progress.activity)
      json.field("settled", progress.settled)
      json.field("total", progress.total)
      json.field("rate", Int(progress.rate))
      json.field("ceiling", progress.ceiling.map { Int($0.rounded()) })
      json.field("refused_calls", progress.refusals)
    }
  }

  func write(_ report: RunReport) {
    _ = emit("result") { json in
      report.counts.write(&json)
      json.field("exit_code", report.exit.rawValue)
      json.field("stopped", report.stopped)
      json.field("error", report.error)
      json.field("next", report.next)
    }
  }

  private func emit(_ type: String, _ fields: (inout JSONText) -> Void) -> SystemError? {
    var json = JSONText()
    json.object { json in
      json.field("type", type)
      json.field("at", Timestamp(seconds: Process.wallSeconds()).description)
      fields(&json)
    }
    return console.emit(json.bytes)
  }
}

extension PrecheckStep {
  fileprivate var name: String {
    switch self {
    case .access: "access"
    case .tagAccess: "tag_access"
    case .probe: "probe"
    case .readBack: "read_back"
    }
  }
}
