extension ApplyMachine {
  /// How far the run is.
  package var progress: Progress {
    Progress(
      stage: stage, settled: tally.settled, total: tally.total,
      rate: pace.rate, limit: settings.rate,
      ceiling: pace.findings.compactMap(\.findings.ceiling).min(),
      refusals: pace.findings.reduce(0) { $0 + $1.findings.refusals })
  }

  /// The progress of a run.
  package struct Progress: Equatable, Sendable {
    let stage: Stage
    package let settled: Int
    package let total: Int
    /// The current calls a second to an endpoint: less than the limit after throttling.
    package let rate: Double
    package let limit: Rate
    /// What the service is known to take in a second, of the endpoint that takes least; nil if all
    /// that the limit allows.
    package var ceiling: Double?
    /// Calls that the service refused as too fast.
    package var refusals = 0

    /// The current activity, as text.
    package var activity: String {
      switch stage {
      case .access, .tagAccess, .probe: "precheck"
      case .resolution, .ownResolution: "resolving unknown users"
      case .clears: "clearing tags"
      case .removals: "removing accounts"
      case .finished: "saving"
      }
    }
  }
}
