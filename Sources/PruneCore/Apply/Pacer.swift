/// Spaces the sends to one endpoint: never less than 1/rate between two, no catching up, no burst
/// after idling (docs/architecture.md, "Pacing").
struct Pacer {
  private var adaptive: AdaptiveRate
  private let limit: Double
  /// When the next call may be sent.
  private var next: Instant?
  /// Queued calls that are not known to be sent.
  private var leaving = 0
  private var lastGap: Interval?
  /// The rate that was reported to the user last.
  private var reportedRate: Double
  /// Whether a refusal has changed the rate since `newRate` was last asked.
  private var isRefusalNew = false

  /// The longest queue of calls that wait for a connection, unless it is a single call.
  private static let longestQueue = Interval.seconds(0.5)
  /// The smallest change of the rate that is reported.
  private static let newsworthy = 0.1
  /// Each gap is longer by this factor: libcurl needs a varying time between the moment at which a send
  /// is timed and the moment at which the kernel gets it.
  private static let margin = 1.004

  init(_ rate: Rate) {
    limit = Double(rate.perSecond)
    adaptive = AdaptiveRate(rate)
    reportedRate = limit
  }

  /// The current rate in calls a second.
  var rate: Double { adaptive.rate }

  var findings: RateFindings { adaptive.findings }

  /// The current shortest time between two calls.
  var gap: Interval { max(.seconds(Self.margin / rate), adaptive.pause) }

  /// The gap, if it has changed since the last time.
  mutating func newGap() -> Interval? {
    defer { lastGap = gap }
    return gap == lastGap ? nil : gap
  }

  /// The rate, if it should be reported: after a refusal that changed it clearly, after the first
  /// refusal of a late call, or when it is back at the limit.
  mutating func newRate() -> Double? {
    defer { isRefusalNew = false }
    let change = abs(rate - reportedRate) / reportedRate
    let isBack = rate >= limit && change > Self.newsworthy
    let isFirst = reportedRate == limit && findings.lateness != nil && change > 0
    guard isBack || isRefusalNew && (isFirst || change > Self.newsworthy) else { return nil }
    reportedRate = rate
    return rate
  }

  /// When the next call may be queued; nil means now or, if the queue is full, once a queued call is
  /// sent.
  var opening: Instant? { isFull ? nil : next }

  func maySend(at now: Instant) -> Bool { !isFull && next.map { $0 <= now } ?? true }

  private var isFull: Bool {
    leaving > 0 && Double(leaving) * gap.seconds >= Self.longestQueue.seconds
  }

  /// Notes that a call is queued, to be sent at this moment at the earliest.
  mutating func handedOver(at moment: Instant) {
    precondition(maySend(at: moment), "a gap is shorter than the pace")
    precondition(gap.seconds * limit >= 1, "the pace is faster than its limit")
    leaving += 1
    next = max(next ?? moment, moment + gap)
  }

  /// Notes that a call was sent at this moment; later calls may be reported first. If it is not the
  /// first time, libcurl sent the call again.
  mutating func sent(at moment: Instant, isFirst: Bool) {
    if isFirst { dequeue() }
    adaptive.sent(at: moment)
    next = max(next ?? moment, moment + gap)
  }

  /// Notes that a call ended before it was sent.
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
