/// Spaces the sends to one endpoint: never less than 1/rate between two, no catching up, no burst
/// after idling (docs/architecture.md, "Pacing").
struct Pacer {
  private var adaptive: AdaptiveRate
  private let limit: Double
  /// Nothing is sent before.
  private var next: Instant?
  /// Calls that were handed over and, as far as is known, have still to leave.
  private var leaving = 0
  private var lastGap: Interval?
  /// The rate that was reported to the user last.
  private var reportedRate: Double
  /// Whether a refusal has changed the rate since then.
  private var isRefusalNew = false

  /// What waits for its connection leaves within this time, or is a single call.
  private static let longestQueue = Interval.seconds(0.5)
  /// Changes by this share are worth telling.
  private static let newsworthy = 0.1
  /// Each gap is longer by this factor: between the moment at which a send is timed and the one at
  /// which the kernel has it lies some work of libcurl, now a little more and now a little less.
  private static let margin = 1.004

  init(_ rate: Rate) {
    limit = Double(rate.perSecond)
    adaptive = AdaptiveRate(rate)
    reportedRate = limit
  }

  /// Calls a second at present.
  var rate: Double { adaptive.rate }

  var findings: RateFindings { adaptive.findings }

  /// The least time between two calls at present.
  var gap: Interval { max(.seconds(Self.margin / rate), adaptive.pause) }

  /// The gap, if it is another than the last time.
  mutating func newGap() -> Interval? {
    defer { lastGap = gap }
    return gap == lastGap ? nil : gap
  }

  /// The rate, if the user should hear of it: after a refusal, if it is clearly another than the last
  /// time or the first effect of late calls, or when all of it is back.
  mutating func newRate() -> Double? {
    defer { isRefusalNew = false }
    let change = abs(rate - reportedRate) / reportedRate
    let isBack = rate >= limit && change > Self.newsworthy
    let isFirst = reportedRate == limit && findings.lateness != nil && change > 0
    guard isBack || isRefusalNew && (isFirst || change > Self.newsworthy) else { return nil }
    reportedRate = rate
    return rate
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

  /// Notes that a call left at this moment; this may be reported after later ones. A call that has left
  /// before has left again.
  mutating func sent(at moment: Instant, isFirst: Bool) {
    if isFirst { dequeue() }
    adaptive.sent(at: moment)
    next = max(next ?? moment, moment + gap)
  }

  /// Notes that a call ended before it left.
  mutating func neverLeft() { dequeue() }

  private mutating func dequeue() {
    precondition(leaving > 0, "a call leaves that was not handed over")
    leaving -= 1
  }

  /// Notes that the service refused a call as too fast.
  mutating func refused(sent: Instant, at now: Instant) {
    guard let opening = adaptive.refused(sent: sent, at: now) else { return }
    next = max(next ?? now, now + gap, opening)
    isRefusalNew = true
  }

  /// Notes that the service accepted a call.
  mutating func accepted(sent: Instant) { adaptive.accepted(sent: sent) }
}
