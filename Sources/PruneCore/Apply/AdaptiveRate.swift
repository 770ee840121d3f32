/// Finds how many calls a second an endpoint takes, from the calls that it refuses as too fast
/// (docs/architecture.md, "Pacing").
///
/// The rate is the ceiling less a margin. The ceiling is what the service was seen to take in a second
/// when it refused several calls close together: other clients use the rest of the limit. The margin
/// allows for calls that arrive unevenly, and grows with each lone refusal. Below the limit, the rate
/// holds for some seconds and then climbs like CUBIC's window (RFC 9438): slowly near the ceiling, and
/// ever faster if the service takes it.
struct AdaptiveRate {
  /// The slowest rate that refusals lead to, in calls a second.
  private static let slowest = 0.5
  /// A lone refusal widens the margin so much; an uneven arrival of 10 ms needs 1 %.
  private static let step = 0.01
  private static let widestMargin = 0.06
  /// Accepted calls narrow the margin by one step: about one refusal in so many calls.
  private static let callsPerStep = 800.0
  /// Refusals with fewer answers between them are close together.
  private static let closeAnswers = 12
  /// Fewer accepted calls than this share of the rate say that the ceiling is lower, not that some
  /// calls were late.
  private static let clearShare = 0.92
  /// How long the rate holds below the ceiling before it climbs: after each climb that failed, twice
  /// as long.
  private static let hold = 2.5
  private static let longestHold = 6.0
  /// A climb does not begin so soon after a lone refusal.
  private static let calm = Interval.seconds(0.5)
  /// After t seconds, a climb is t³ times this share of the ceiling, and of the limit, higher.
  private static let climbOfCeiling = 0.11
  private static let climbOfLimit = 0.01
  /// Slower answers do not slow the climb further.
  private static let longestUnit = 10.0
  /// While the service refuses everything, one call is tried after this wait, or after an answer's
  /// time if that is longer; then after twice the wait, and so on.
  private static let firstPause = 0.05
  private static let longestPause = 2.0
  /// How much of the last second must be free before the next call after a refusal.
  private static let room = 0.99

  /// Calls a second at present.
  private(set) var rate: Double
  /// The least time between two calls while the service refuses everything.
  private(set) var pause = Interval.zero
  private(set) var findings = RateFindings()

  private let limit: Double
  /// What the service is known to take; the limit as long as nothing else is known.
  private var ceiling: Double
  /// The share of the ceiling that is left unused.
  private var margin = 0.0
  private var holdSeconds = hold
  /// When a climb begins or began; nil at the limit.
  private var climbStart: Instant?
  private var isClimbing = false
  /// A second, or the time of an answer if that is longer: a climb must not outrun the answers.
  private var unit = 1.0
  /// When the last reaction was. Refusals of calls that left before belong to it.
  private var lastReaction: Instant?
  private var wasFirm = false
  /// Reactions since a call was accepted.
  private var streak = 0
  /// Answers since the last refusal; nil before the first.
  private var answersSince: Int?
  private var sends = RecentSends()

  init(_ rate: Rate) {
    limit = Double(rate.perSecond)
    ceiling = limit
    self.rate = limit
  }

  /// The ceiling less the margin.
  private var base: Double { min(limit, max(Self.slowest, ceiling * (1 - margin))) }

  // MARK: - Events

  /// Notes that a call left at this moment.
  mutating func sent(at moment: Instant) { sends.add(moment) }

  /// Notes that the service accepted a call that left at this moment.
  mutating func accepted(sent: Instant) {
    answersSince? += 1
    findings.accepted(ceiling: ceiling, limit: limit, rate: rate)
    if let lastReaction, sent <= lastReaction { return }
    streak = 0
    pause = .zero
    margin = max(0, margin - Self.step / Self.callsPerStep)
    rate = base
    guard let climbStart, sent > climbStart else { return }
    isClimbing = true
    let time = (sent - climbStart).seconds / unit
    rate += (ceiling * Self.climbOfCeiling + limit * Self.climbOfLimit) * time * time * time
    if rate >= limit { reachLimit() }
  }

  private mutating func reachLimit() {
    rate = limit
    ceiling = limit
    margin = 0
    holdSeconds = Self.hold
    climbStart = nil
    isClimbing = false
  }

  /// Notes that the service refused a call that left at this moment; gives the moment before which
  /// nothing is to be sent, nil if this refusal says nothing new.
  mutating func refused(sent: Instant, at now: Instant) -> Instant? {
    let answers = answersSince.map { $0 + 1 } ?? .max
    let isClose = answers <= Self.closeAnswers
    answersSince = 0
    unit = min(Self.longestUnit, max(1, (now - sent).seconds))
    findings.refusals += 1
    let count = sends.refuse(sent).map { Double($0) }

    let belongsToLast = lastReaction.map { sent <= $0 } ?? false
    if !belongsToLast { streak += 1 }
    let isClear = isClose && (count ?? rate) + 1 < Self.clearShare * rate
    let isFirm = count != nil && (streak > 1 || isClear)
    if belongsToLast, wasFirm || !isClose || !isFirm { return nil }

    let before = ceiling
    if isClimbing {
      endClimb(count ?? ceiling, at: now)
    } else if let count, isFirm {
      ceiling = min(ceiling, max(Self.slowest, count))
    } else {
      widen()
    }
    // A refusal that has nothing to do with the rate must not keep it from climbing.
    if ceiling < Self.clearShare * before || climbStart == nil {
      climbStart = now + .seconds(holdSeconds * unit)
    } else {
      climbStart = max(climbStart ?? now, now + Self.calm)
    }
    wasFirm = isFirm
    lastReaction = now
    rate = base
    findings.reacted(isFirm: isFirm, ceiling: ceiling, limit: limit, rate: rate)
    return opening(after: now, answer: (now - sent).seconds)
  }

  /// A climb ends at the rate that it has reached, if the service took as much.
  private mutating func endClimb(_ count: Double, at now: Instant) {
    isClimbing = false
    if count < ceiling { widen() }
    let found = max(ceiling, min(rate, count))
    holdSeconds =
      found > 1.1 * ceiling ? Self.hold : min(Self.longestHold, 2 * holdSeconds)
    ceiling = found
    climbStart = now + .seconds(holdSeconds * unit)
  }

  private mutating func widen() { margin = min(Self.widestMargin, margin + Self.step) }

  /// When the last second has room again; later, while the service refuses everything.
  private mutating func opening(after now: Instant, answer: Double) -> Instant {
    if streak > 1 {
      let doublings = Double(1 << min(streak - 2, 10))
      pause = .seconds(min(Self.longestPause, max(Self.firstPause, answer) * doublings))
    }
    let next = now + pause
    return max(next, sends.room(for: Int(rate * Self.room)) ?? next)
  }
}
