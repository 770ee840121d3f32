extension ApplyMachine {
  /// How far the run is.
  package var progress: Progress {
    Progress(
      stage: stage, restoresTags: restoration.adds,
      settled: tally.settled + inspection.settled + restoration.settled,
      total: tally.total + inspection.total + restoration.count,
      rate: call.map { pace.rate(of: $0) } ?? pace.rate, limit: settings.rate,
      ceiling: call.flatMap { pace.findings(of: $0).ceiling },
      refusals: pace.findings.reduce(0) { $0 + $1.findings.refusals })
  }

  /// The kind of call that the stage mostly makes, if there is one.
  private var call: Call? {
    switch stage {
    case .clears: .clearTags
    case .removals: .deleteAccounts
    case .restore: .readTags
    default: nil
    }
  }

  /// The progress of a run.
  package struct Progress: Equatable, Sendable {
    let stage: Stage
    /// Whether a restore adds tags, or only reads.
    var restoresTags = false
    package let settled: Int
    package let total: Int
    /// The current calls a second to an endpoint: less than the limit after throttling.
    package let rate: Double
    package let limit: Rate
    /// The calls a second that the service is known to accept; nil if all that the limit allows.
    package var ceiling: Double?
    /// Calls that the service refused as too fast.
    package var refusals = 0

    /// The current activity, as text.
    package var activity: String {
      switch stage {
      case .access, .tagAccess, .probe: "precheck"
      case .resolution, .ownResolution: "resolving unknown users"
      case .inspection: "reading users"
      case .restore: restoresTags ? "restoring tags" : "reading users"
      case .clears: "clearing tags"
      case .removals: "removing accounts"
      case .finished: "saving"
      }
    }
  }
}
