/// Spaces the sends to one endpoint: never less than 1/rate between two, no catching up, no burst
/// after idling (DESIGN 7). When the service throttles, the rate is halved and grows back slowly.
struct Pacer {
  /// Calls a second at present.
  private(set) var rate: Double
  private let limit: Double
  /// Nothing is sent before.
  private(set) var next: Instant?
  private var lastHalving: Instant?

  /// Added to every gap: a send leaves a little after it is timed, and what the service sees must
  /// not come closer than the limit allows.
  private static let margin = 1.002
  /// The slowest that throttling leads to, in calls a second.
  private static let slowest = 0.5
  /// Successes that it takes to grow from nothing to the full rate.
  private static let successesToFull = 3000.0

  init(_ rate: Rate) {
    limit = Double(rate.perSecond)
    self.rate = limit
  }

  func maySend(at now: Instant) -> Bool {
    guard let next else { return true }
    return next <= now
  }

  /// Notes a send that left at this moment.
  mutating func sent(at now: Instant) {
    next = now + .seconds(Self.margin / rate)
  }

  /// Notes that a call sent at `sent` was refused as too fast. A volley that was already under way
  /// counts once.
  mutating func throttled(sent: Instant, at now: Instant) {
    if let lastHalving, sent <= lastHalving { return }
    lastHalving = now
    rate = max(Self.slowest, rate / 2)
    next = max(next ?? now, now + .seconds(Self.margin / rate))
  }

  /// Notes a call that was taken.
  mutating func accepted() {
    rate = min(limit, rate + limit / Self.successesToFull)
  }
}

/// The ramp of an operation: batches of 1, 10, then 100, each waiting for the one before.
struct Ramp {
  private static let sizes = [1, 10, Call.maxUsers]
  private var step = 0

  var size: Int { Self.sizes[step] }
  /// Whether only one batch may be under way.
  var isSingle: Bool { step < Self.sizes.count - 1 }

  /// Notes an answer to the batch under way.
  mutating func answered() {
    if isSingle { step += 1 }
  }
}

/// How many calls may be in flight: at most doubling per answered round, at most twice the rate.
struct Window {
  private let limit: Int
  private(set) var size: Int

  /// Starts at a quarter of a second's worth of calls.
  init(_ rate: Rate) {
    limit = 2 * rate.perSecond
    size = max(2, rate.perSecond / 4)
  }

  /// Each answer makes room for itself and for one more, so a full round doubles the window. An
  /// answer that leaves nothing in flight ends a round by itself: the steps of precheck and ramp
  /// are such rounds, and after them a service that takes 1.5 s is driven at the full rate.
  mutating func answered(endsRound: Bool) {
    size = min(limit, endsRound ? 2 * size : size + 1)
  }
}

/// How long to wait before a try: full jitter below a bound that doubles.
enum Backoff {
  private static let first = 0.5
  private static let longest = 30.0

  /// The wait after `attempts` tries, at least one.
  static func wait(after attempts: Int, _ randomness: inout Randomness) -> Interval {
    let bound = min(longest, first * Double(1 << min(attempts - 1, 10)))
    return .seconds(bound * randomness.fraction())
  }
}
