import PruneCore

/// Sentences about the rate of calls.
extension ResultView {
  /// A new rate, and why.
  static func words(_ rate: Double, _ limit: Rate, _ findings: RateFindings) -> String {
    let full = Double(limit.perSecond)
    if rate >= full { return "back at the full rate" }
    let of = limit == .unlimited ? "" : " of \(limit)"
    let now = "\(tenths(rate))\(of) calls per second"
    if let ceiling = findings.ceiling {
      return "rate limited by the service, which accepts about \(Int(ceiling)) calls per second; "
        + "continuing at \(now)"
    }
    if let lateness = findings.lateness {
      return "\(now): calls arrive up to about \(milliseconds(lateness)) ms late"
    }
    return "rate limited by the service; continuing at \(now)"
  }

  /// What held a run back, if that was the service's limit and not `--rate`.
  static func words(_ pace: RunResult.PaceFinding) -> String? {
    let refused = "\(counted(pace.findings.refusals, "call")) refused as too fast"
    if let others = pace.findings.othersRate {
      return "The service's limit held \(name(pace.call)) back: other clients seem to use about "
        + "\(others) of \(Rate.limit) calls per second (\(refused) and repeated)."
    }
    guard let lateness = pace.findings.lateness else { return nil }
    return "Calls of \(name(pace.call)) arrived up to about \(milliseconds(lateness)) ms late, so "
      + "imprune stayed a little below the limit (\(refused) and repeated)."
  }

  /// Milliseconds, rounded to ten above ten: the time is an estimate.
  private static func milliseconds(_ time: Interval) -> Int {
    let milliseconds = time.seconds * 1000
    return max(
      1, milliseconds < 10 ? Int(milliseconds.rounded()) : Int((milliseconds / 10).rounded()) * 10)
  }
}
