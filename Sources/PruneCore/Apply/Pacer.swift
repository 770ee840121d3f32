/// Spaces the sends to one endpoint: never less than 1/rate between two, no catching up, no burst
/// after idling (DESIGN 7). When the service throttles, the rate is halved and grows back slowly.
struct Pacer {
  /// Calls a second at present.
  private(set) var rate: Double
  private let limit: Double
  /// Nothing is sent before.
  private(set) var next: Instant?
  private var lastHalving: Instant?

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

  /// Each gap is longer by this factor: between the moment at which a send is timed and the one at which the kernel
  /// has it lies some work of libcurl, now a little more and now a little less.
  private static let margin = 1.004

  /// Notes a send that left at this moment; it may be told after later ones.
  mutating func sent(at moment: Instant) {
    next = max(next ?? moment, moment + gap)
  }

  /// Notes that a call sent at `sent` was refused as too fast. A volley that was already under way
  /// counts once.
  mutating func throttled(sent: Instant, at now: Instant) {
    if let lastHalving, sent <= lastHalving { return }
    lastHalving = now
    rate = max(Self.slowest, rate / 2)
    next = max(next ?? now, now + gap)
  }

  private var gap: Interval { .seconds(Self.margin / rate) }

  /// Notes a call that was taken.
  mutating func accepted() {
    rate = min(limit, rate + limit / Self.successesToFull)
  }
}
