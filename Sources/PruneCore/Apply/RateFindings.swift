/// The findings of a run about the rate that an endpoint accepts.
package struct RateFindings: Equatable, Sendable {
  /// Calls that the service refused as too fast.
  package internal(set) var refusals = 0
  /// The calls a second that the service is known to accept; nil if all that imprune may send.
  package private(set) var ceiling: Double?
  /// How late calls seem to arrive, at most; nil if that did not slow the run.
  package private(set) var lateness: Interval?

  /// The reactions that lowered or confirmed a ceiling.
  private var ceilingReactions = 0
  /// The time of all accepted calls at their rates, in seconds.
  private var total = 0.0
  /// The part of it with a known ceiling, and the ceiling times that part.
  private var belowLimit = 0.0
  private var ceilingSeconds = 0.0

  package init() {}

  /// Notes an accepted call.
  mutating func accepted(ceiling: Double, limit: Double, rate: Double) {
    total += 1 / rate
    guard ceiling < limit else {
      self.ceiling = nil
      return
    }
    // Above the service's limit, a ceiling does not show what others use.
    guard limit <= Double(Rate.limit) else { return }
    belowLimit += 1 / rate
    ceilingSeconds += ceiling / rate
  }

  /// Notes that the rate reacted to a refusal.
  mutating func reacted(isFirm: Bool, ceiling: Double, limit: Double, rate: Double) {
    self.ceiling = ceiling < limit ? ceiling : nil
    if isFirm || ceiling < limit { ceilingReactions += 1 }
    // A refusal that looked like a late call was the first sign of the ceiling.
    if isFirm { lateness = nil }
    // Calls that arrive up to J seconds late add up to rate × J calls to a second, so lateness shows
    // only near the service's own limit.
    let serviceLimit = Double(Rate.limit)
    guard ceiling == limit, (0.95 * serviceLimit...serviceLimit).contains(limit) else { return }
    lateness = max(lateness ?? .zero, .seconds(serviceLimit / rate - 1))
  }

  /// The calls a second that other clients of the app seem to use; nil unless the service accepted
  /// clearly fewer calls than its limit, repeatedly and for much of the time.
  package var othersRate: Int? {
    guard ceilingReactions >= 3, belowLimit > 0.3 * total else { return nil }
    let mean = ceilingSeconds / belowLimit
    guard mean < 0.85 * Double(Rate.limit) else { return nil }
    return Rate.limit - Int(mean.rounded())
  }
}
