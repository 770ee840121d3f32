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
      let accepts =
        ceiling < 1 ? "hardly any calls" : "about \(Int(ceiling.rounded())) calls per second"
      return "rate limited by the service, which accepts \(accepts); continuing at \(now)"
    }
    if let lateness = findings.lateness {
      return "continuing at \(now): calls arrive up to about \(milliseconds(lateness)) ms late, or "
        + "other clients make a few calls"
    }
    return "rate limited by the service; continuing at \(now)"
  }

  /// What held a run back, if that was the service's limit and not `--rate`.
  static func words(_ pace: RunResult.PaceFinding) -> String? {
    let refusals = pace.findings.refusals
    let refused = "it refused \(counted(refusals, "call")) as too fast"
    if let others = pace.findings.othersRate {
      return "The service's limit slowed \(name(pace.call)) down: other clients seem to use about "
        + "\(others) of \(Rate.limit) calls per second (\(refused))."
    }
    guard let lateness = pace.findings.lateness else { return nil }
    return
      "imprune stayed a little below the service's limit for \(name(pace.call)): calls arrived "
      + "up to about \(milliseconds(lateness)) ms late, or other clients made a few calls (\(refused))."
  }

  /// Milliseconds, rounded to ten above ten: the time is an estimate.
  private static func milliseconds(_ time: Interval) -> Int {
    let milliseconds = time.seconds * 1000
    return max(
      1, milliseconds < 10 ? Int(milliseconds.rounded()) : Int((milliseconds / 10).rounded()) * 10)
  }
}
