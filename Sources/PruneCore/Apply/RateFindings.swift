/// The findings of a run about the rate that an endpoint accepts.
package struct RateFindings: Equatable, Sendable {
  /// Calls that the service refused as too fast.
  package internal(set) var refusals = 0
  /// The calls a second that the service is known to accept; nil if all that imprune may send.
  package private(set) var ceiling: Double?
  /// How unevenly calls seem to arrive, at most; nil if that has not slowed the run.
  package private(set) var lateness: Interval?

  /// Refusals that showed a ceiling.
  private var showings = 0
  /// How long calls were sent, at the rate of the time; in seconds.
  private var total = 0.0
  /// How long of that a ceiling was known, and the mean of it over that time.
  private var belowLimit = 0.0
  private var ceilingSeconds = 0.0

  package init() {}

  /// Notes an accepted call.
  mutating func accepted(ceiling: Double, limit: Double, rate: Double) {
    total += 1 / rate
    // Without a limit of our own, there is no telling what others use.
    guard limit <= Double(Rate.limit) else { return }
    guard ceiling < limit else {
      self.ceiling = nil
      return
    }
    belowLimit += 1 / rate
    ceilingSeconds += ceiling / rate
  }

  /// Notes that the rate reacted to a refusal.
  mutating func reacted(isFirm: Bool, ceiling: Double, limit: Double, rate: Double) {
    self.ceiling = ceiling < limit ? ceiling : nil
    if isFirm || ceiling < limit { showings += 1 }
    // What was taken for a late call was the first of those that showed the ceiling.
    if isFirm { lateness = nil }
    // Calls that arrive up to J seconds late put up to rate × J more of them into a second, so this
    // shows only near the service's own limit.
    let serviceLimit = Double(Rate.limit)
    guard ceiling == limit, (0.95 * serviceLimit...serviceLimit).contains(limit) else { return }
    lateness = max(lateness ?? .zero, .seconds(serviceLimit / rate - 1))
  }

  /// Calls a second that other clients of the app seem to use, if they were what held the run back:
  /// the service took clearly less than its limit, again and again, for much of the time.
  package var othersRate: Int? {
    guard showings >= 3, belowLimit > 0.3 * total else { return nil }
    let mean = ceilingSeconds / belowLimit
    guard mean < 0.85 * Double(Rate.limit) else { return nil }
    return Rate.limit - Int(mean.rounded())
  }
}
