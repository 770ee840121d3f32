/// Spaces the sends to one endpoint: never less than 1/rate between two, no catching up, no burst
/// after idling (docs/architecture.md, "Pacing"). When the service throttles, the rate is halved
/// and grows back slowly.
struct Pacer {
  /// Calls a second at present.
  private(set) var rate: Double
  private let limit: Double
  /// Nothing is sent before.
  private var next: Instant?
  private var lastHalving: Instant?
  /// Calls that were handed over and, as far as is known, have still to leave.
  private var leaving = 0
  private var toldGap: Interval?

  /// The slowest that throttling leads to, in calls a second.
  private static let slowest = 0.5
  /// Successes that it takes to grow from nothing to the full rate.
  private static let successesToFull = 3000.0

  /// What waits for its connection leaves within this time, or is a single call.
  private static let longestQueue = Interval.seconds(0.5)
  /// Each gap is longer by this factor: between the moment at which a send is timed and the one at
  /// which the kernel has it lies some work of libcurl, now a little more and now a little less.
  private static let margin = 1.004

  init(_ rate: Rate) {
    limit = Double(rate.perSecond)
    self.rate = limit
  }

  /// The least time between two calls at present.
  var gap: Interval { .seconds(Self.margin / rate) }

  /// The gap, if it is another than the last time.
  mutating func newGap() -> Interval? {
    defer { toldGap = gap }
    return gap == toldGap ? nil : gap
  }

  /// When the next call may be handed over; nil means at once or, if the queue is full, once one in
  /// it has left.
  var opening: Instant? { isFull ? nil : next }

  func maySend(at now: Instant) -> Bool { !isFull && next.map { $0 <= now } ?? true }

  private var isFull: Bool {
    leaving > 0 && Double(leaving) * gap.seconds >= Self.longestQueue.seconds
  }

  /// Notes that a call is handed over, to leave at this moment at the earliest.
  mutating func handedOver(at moment: Instant) {
    precondition(maySend(at: moment), "a gap is shorter than the pace")
    precondition(gap.seconds * limit >= 1, "the pace is faster than its limit")
    leaving += 1
    next = max(next ?? moment, moment + gap)
  }

  /// Notes that a call left at this moment; it may be told after later ones. One that has left
  /// before has left again.
  mutating func sent(at moment: Instant, isFirst: Bool) {
    if isFirst { dequeue() }
    next = max(next ?? moment, moment + gap)
  }

  /// Notes that a call ended before it left.
  mutating func neverLeft() { dequeue() }

  private mutating func dequeue() {
    precondition(leaving > 0, "a call leaves that was not handed over")
    leaving -= 1
  }

  /// Notes that a call sent at `sent` was refused as too fast. A volley that was already under way
  /// counts once.
  mutating func throttled(sent: Instant, at now: Instant) {
    if let lastHalving, sent <= lastHalving { return }
    lastHalving = now
    rate = max(Self.slowest, rate / 2)
    next = max(next ?? now, now + gap)
  }

  /// Notes a call that was taken.
  mutating func accepted() {
    rate = min(limit, rate + limit / Self.successesToFull)
  }
}
