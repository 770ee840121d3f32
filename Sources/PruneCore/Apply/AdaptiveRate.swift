/// Finds how many calls a second an endpoint accepts, from the calls that it refuses as too fast
/// (docs/architecture.md, "Pacing").
///
/// The rate is the ceiling minus a margin. The ceiling is the number of calls that the service accepted
/// in a second when it refused several calls close together: other clients use the rest of the limit.
/// The margin allows for calls that arrive unevenly, and grows with each lone refusal. Below the limit,
/// the rate holds for a few seconds and then climbs like CUBIC's window (RFC 9438): slowly near the
/// ceiling, then faster and faster while the service accepts it.
struct AdaptiveRate {
  /// The lowest rate, in calls a second.
  private static let slowest = 0.5
  /// A lone refusal widens the margin by this share; calls that arrive 10 ms late need 1 %.
  private static let step = 0.01
  private static let widestMargin = 0.06
  /// This many accepted calls narrow the margin by one step.
  private static let callsPerStep = 800.0
  /// Refusals with fewer answers between them are close together.
  private static let closeAnswers = 12
  /// If fewer calls than this share of the rate were accepted, the ceiling is lower; otherwise, calls
  /// may have been late.
  private static let clearShare = 0.92
  /// How long the rate holds below the ceiling before it climbs, in seconds; it doubles after each
  /// climb that failed.
  private static let hold = 2.5
  private static let longestHold = 6.0
  /// The shortest time between a lone refusal and a climb.
  private static let calm = Interval.seconds(0.5)
  /// After t seconds, a climb has added t³ times these shares of the ceiling and of the limit.
  private static let climbOfCeiling = 0.11
  private static let climbOfLimit = 0.01
  /// The largest `unit`: answers that take even longer do not slow the climb further.
  private static let longestUnit = 10.0
  /// While the service refuses every call, the wait before the next one, in seconds. It is at least the
  /// time of an answer, and doubles with each refusal.
  private static let firstPause = 0.05
  private static let longestPause = 2.0
  /// After a refusal, the next call waits until the last second has fewer calls than this share of the
  /// rate.
  private static let room = 0.99

  /// The current rate in calls a second.
  private(set) var rate: Double
  /// The shortest gap while the service refuses every call.
  private(set) var pause = Interval.zero
  private(set) var findings = RateFindings()

  private let limit: Double
  /// The calls a second that the service is known to accept; the limit if nothing else is known.
  private var ceiling: Double
  /// The share of the ceiling that is left unused.
  private var margin = 0.0
  private var holdSeconds = hold
  /// When the next climb starts, or the current one started; nil at the limit.
  private var climbStart: Instant?
  private var isClimbing = false
  /// The unit of time of holds and climbs, in seconds: one, or the time of an answer if that is longer,
  /// since a climb must not be faster than the answers.
  private var unit = 1.0
  /// When the rate last reacted to a refusal. Refusals of calls sent before belong to that reaction.
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

  /// The ceiling minus the margin.
  private var base: Double { min(limit, max(Self.slowest, ceiling * (1 - margin))) }

  // MARK: - Events

  /// Notes that a call was sent at this moment.
  mutating func sent(at moment: Instant) { sends.add(moment) }

  /// Notes that the service accepted a call that was sent at this moment.
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

  /// Notes that the service refused a call that was sent at this moment; returns when the next call may
  /// be sent, or nil if the refusal belongs to an earlier one.
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
    // A refusal that hardly lowered the ceiling must not delay the climb.
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

  /// Ends a climb. The new ceiling is the rate that it reached, if the service accepted that many
  /// calls.
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

  /// When the last second has room for another call; later while the service refuses every call.
  private mutating func opening(after now: Instant, answer: Double) -> Instant {
    if streak > 1 {
      let doublings = Double(1 << min(streak - 2, 10))
      pause = .seconds(min(Self.longestPause, max(Self.firstPause, answer) * doublings))
    }
    let next = now + pause
    return max(next, sends.room(for: Int(rate * Self.room)) ?? next)
  }
}
