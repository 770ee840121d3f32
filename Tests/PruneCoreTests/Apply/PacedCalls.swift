import Simulation
import TestSupport

@testable import PruneCore

/// Something that sets the rate of calls: `AdaptiveRate`, or one of the broken ones that the tests must
/// find.
protocol RateRule {
  init(_ rate: Rate)
  var rate: Double { get }
  var pause: Interval { get }
  mutating func sent(at moment: Instant)
  mutating func accepted(sent: Instant)
  mutating func refused(sent: Instant, at now: Instant) -> Instant?
}

extension AdaptiveRate: RateRule {}

/// Calls without users, as fast as a rule allows, against a limit: much quicker than a whole run.
struct PacedCalls<Rule: RateRule> {
  /// When calls arrived, in seconds after the first, and whether they were accepted.
  private(set) var calls: [(at: Double, isAccepted: Bool)] = []
  /// The rule after the last call.
  private(set) var rule: Rule

  private enum Event {
    case arrival(sent: Instant)
    case answer(sent: Instant, isAccepted: Bool)
  }

  /// Makes calls for so many seconds, or until so many were accepted.
  init(
    _ type: Rule.Type, rate: Int, limit: SharedLimit, seconds: Double = .infinity,
    accepting count: Int = .max, latency: Double = 0.005, lateness: Double = 0, seed: UInt64 = 1
  ) throws {
    guard let rate = Rate(rate) else { throw Breach("no such rate") }
    rule = Rule(rate)
    var limit = limit
    var random = SplitMix64(seed: seed)
    var events: [(at: Instant, event: Event)] = []
    func add(_ event: Event, at moment: Instant) {
      let index = events.lastIndex { $0.at > moment }
      events.insert((moment, event), at: index.map { $0 + 1 } ?? 0)
    }
    let start = Instant(nanoseconds: 1_000_000_000)
    var now = start
    var next = start
    var inFlight = 0
    var accepted = 0
    while (now - start).seconds < seconds, accepted < count {
      if inFlight < 2 * rate.perSecond, events.last.map({ next <= $0.at }) ?? true {
        now = max(now, next)
        rule.sent(at: now)
        inFlight += 1
        next = now + max(.seconds(1.004 / rule.rate), rule.pause)
        let delay = lateness > 0 ? Double.random(in: 0...lateness, using: &random) : 0
        add(.arrival(sent: now), at: now + .seconds(delay))
        continue
      }
      guard let (moment, event) = events.popLast() else { break }
      now = moment
      switch event {
      case .arrival(let sent):
        let isAccepted = limit.admits(at: now)
        calls.append(((now - start).seconds, isAccepted))
        add(.answer(sent: sent, isAccepted: isAccepted), at: now + .seconds(latency))
      case .answer(let sent, true):
        inFlight -= 1
        accepted += 1
        rule.accepted(sent: sent)
      case .answer(let sent, false):
        inFlight -= 1
        guard let opening = rule.refused(sent: sent, at: now) else { continue }
        next = max(next, now + max(.seconds(1.004 / rule.rate), rule.pause), opening)
      }
    }
  }

  var refusals: Int { calls.count { !$0.isAccepted } }

  /// Accepted calls a second between two moments, in seconds after the first call.
  func accepted(from start: Double, to end: Double) -> Double {
    Double(calls.count { $0.isAccepted && $0.at >= start && $0.at < end }) / (end - start)
  }

  /// Accepted calls a second from the first to the last.
  var accepted: Double { accepted(from: 0, to: calls.last?.at ?? 0) }
}
