extension ApplyMachine {
  /// How far the run is.
  package var progress: Progress {
    Progress(
      stage: stage, settled: tally.settled, total: tally.total,
      rate: pace.rate, limit: settings.rate)
  }

  /// A view of a run under way.
  package struct Progress: Equatable, Sendable {
    let stage: Stage
    package let settled: Int
    package let total: Int
    /// Calls a second to an endpoint at present: less than the limit after "too fast".
    package let rate: Double
    package let limit: Rate

    /// What the run is at, in words.
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
