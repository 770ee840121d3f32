/// How many calls of each kind may be in flight: at most twice the rate, and never more than twice
/// the service's own limit.
struct Window {
  private let limit: Int
  private(set) var size: Int

  /// Starts at a quarter of a second's worth of calls.
  init(_ rate: Rate) {
    let rate = min(rate.perSecond, Rate.limit)
    limit = 2 * rate
    size = max(2, rate / 4)
  }

  /// Each answer of any kind adds one, so a full round of one kind doubles the window. An answer that
  /// leaves nothing in flight is a round of its own: the steps of precheck and ramp are such rounds,
  /// and after them a service that takes 1.5 s gets the full rate.
  mutating func answered(endsRound: Bool) {
    size = min(limit, endsRound ? 2 * size : size + 1)
  }
}
