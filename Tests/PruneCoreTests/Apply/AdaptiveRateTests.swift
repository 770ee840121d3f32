import Simulation
import TestSupport
import Testing

@testable import PruneCore

/// How fast calls are when the limit is shared or calls arrive late (docs/architecture.md, "Pacing").
@Suite struct AdaptiveRateTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var rate = 100
    var left = 100
    var lateness = 0.0
    var latency = 0.005
    /// The least share of what is available, the lower of limit and rate.
    var share: Double
    /// The most refusals in 1,004 accepted calls.
    var refusals = 10
  }

  static let cases = [
    Case(testDescription: "quiet", share: 0.99, refusals: 0),
    Case(testDescription: "quiet at 90", rate: 90, share: 0.99, refusals: 0),
    Case(testDescription: "up to 5 ms late", lateness: 0.005, share: 0.98),
    Case(testDescription: "up to 20 ms late", lateness: 0.02, share: 0.95),
    Case(testDescription: "up to 50 ms late", lateness: 0.05, share: 0.92),
    Case(
      testDescription: "up to 5 ms late at 90", rate: 90, lateness: 0.005, share: 0.98, refusals: 0),
    Case(
      testDescription: "up to 50 ms late at 90", rate: 90, lateness: 0.05, share: 0.98, refusals: 0),
    Case(testDescription: "60 left", rate: 90, left: 60, share: 0.95),
    Case(testDescription: "60 left at 100", left: 60, share: 0.95),
    Case(
      testDescription: "60 left, slow and late", rate: 90, left: 60, lateness: 0.02, latency: 0.02,
      share: 0.9),
    Case(testDescription: "40 left", rate: 90, left: 40, share: 0.95),
    Case(testDescription: "40 left at 100", left: 40, share: 0.95),
    Case(
      testDescription: "40 left, answers take 150 ms", rate: 90, left: 40, latency: 0.15,
      share: 0.9, refusals: 20),
    Case(testDescription: "3 of 5 left", rate: 5, left: 3, share: 0.8, refusals: 200),
  ]

  @Test(arguments: cases, [false, true])
  func `calls use the limit that is left, with few refusals`(test: Case, counts: Bool) throws {
    for seed in 0..<10 as Range<UInt64> {
      let calls = try PacedCalls(
        AdaptiveRate.self, rate: test.rate, limit: limit([(0, test.left)], counts),
        accepting: 1_004, latency: test.latency, lateness: test.lateness, seed: seed)
      let available = Double(min(test.left, test.rate))
      // Each refusal that counts makes the next one likelier.
      let (slack, factor) = counts ? (0.06, test.latency < 0.1 ? 2 : 4) : (0, 1)
      #expect(calls.accepted > (test.share - slack) * available / 1.004, "seed \(seed)")
      #expect(calls.refusals <= factor * test.refusals, "seed \(seed)")
    }
  }

  @Test(arguments: [0.005, 0.02, 0.15], [90, 100])
  func `a limit that drops and returns is used in each phase`(latency: Double, rate: Int) throws {
    let calls = try PacedCalls(
      AdaptiveRate.self, rate: rate, limit: limit([(0, 100), (30, 40), (90, 100)]),
      seconds: 150, latency: latency)
    let full = Double(rate) / 1.004
    #expect(calls.accepted(from: 0, to: 30) > 0.95 * full)
    #expect(calls.accepted(from: 30, to: 90) > 0.9 * 40)
    #expect(calls.accepted(from: 90, to: 150) > 0.9 * full)
    #expect(calls.accepted(from: 105, to: 150) > 0.98 * full)
  }

  /// What a rule must do from any change of the limit on: within 15 s, the rate is within 10 % of what is
  /// available, and little is refused.
  private func problems<Rule: RateRule>(_ rule: Rule.Type) throws -> Set<String> {
    var problems: Set<String> = []
    for phases in [
      [(0.0, 60)], [(0, 40)], [(0, 100), (20, 40)], [(0, 40), (30, 100)],
      [(0, 100), (20, 0), (25, 100)],
      [(0, 80), (30, 20), (60, 60)],
    ] {
      let calls = try PacedCalls(rule, rate: 90, limit: limit(phases), seconds: 120)
      let change = try #require(phases.last)
      let available = Double(min(90, change.1))
      if calls.accepted(from: change.0 + 15, to: 120) < 0.9 * available { problems.insert("slow") }
      // The last changes are over by then; what comes is the price of looking for more.
      let late = calls.calls.filter { $0.at >= change.0 + 15 }
      if late.count(where: { !$0.isAccepted }) * 100 > late.count { problems.insert("refused") }
    }
    return problems
  }

  @Test func `the rate converges after every change of the limit`() throws {
    #expect(try problems(AdaptiveRate.self) == [])
  }

  @Test func `a rule that halves, never recovers or forgets the ceiling is found`() throws {
    #expect(try problems(Halving.self).contains("slow"))
    #expect(try problems(NeverRecovering.self).contains("slow"))
    #expect(try problems(Forgetting.self).contains("refused"))
  }

  @Test func `lone refusals at random cost little`() throws {
    let calls = try PacedCalls(
      RefusingAtRandom.self, rate: 90, limit: limit([(0, 100)]), seconds: 300)
    #expect(calls.accepted > 0.85 * 90)
  }

  @Test func `a service that refuses everything gets few calls until it accepts some again`() throws
  {
    let calls = try PacedCalls(
      AdaptiveRate.self, rate: 90, limit: limit([(0, 100), (20, 0), (80, 100)]), seconds: 120)
    #expect(calls.calls.count { $0.at >= 21 && $0.at < 80 } < 60)
    #expect(calls.accepted(from: 95, to: 120) > 88)
  }

  @Test func `the rate is never above its limit, nor below half a call a second`() throws {
    for left in [0, 1, 10, 89, 90, 91] {
      let calls = try PacedCalls(
        Watched.self, rate: 90, limit: limit([(0, left), (40, 100)]), seconds: 80)
      #expect(calls.rule.lowest >= 0.5 && calls.rule.highest <= 90)
    }
  }

  @Test func `refusals so late that their calls are forgotten say little`() {
    var rate = AdaptiveRate(.standard)
    let moments = (0..<1_300).map { Instant(nanoseconds: Int64($0) * 10_000_000) }
    for moment in moments { rate.sent(at: moment) }
    let now = moments[1_299]
    _ = rate.refused(sent: moments[10], at: now)
    _ = rate.refused(sent: moments[12], at: now)
    rate.accepted(sent: moments[1_299])
    #expect(rate.rate > 0.9 * 90)
  }

  // MARK: - The picture

  @Test func `the picture in the handbook shows what the rate does today`() throws {
    let limit = limit([(0, 100), (20, 60), (50, 100)])
    let calls = try PacedCalls(AdaptiveRate.self, rate: 90, limit: limit, seconds: 70)
    let picture = RatePicture(calls.calls, limit: limit, seconds: 70).text
    if Fixture.isRecording { try Fixture.write(Array(picture.utf8), to: "../../docs/rate.svg") }
    #expect(try Fixture.bytes("../../docs/rate.svg") == Array(picture.utf8))
  }

  // MARK: - Findings

  @Test func `a run can say that other clients used the limit, or that calls were late`() throws {
    func findings(_ left: Int, rate: Int = 100, lateness: Double = 0) throws -> RateFindings {
      try PacedCalls(
        AdaptiveRate.self, rate: rate, limit: limit([(0, left)]), accepting: 1_004,
        lateness: lateness
      ).rule.findings
    }
    let quiet = try findings(100)
    #expect(quiet.refusals == 0 && quiet.othersRate == nil && quiet.lateness == nil)
    let shared = try findings(60, rate: 90)
    #expect((38...42).contains(try #require(shared.othersRate)))
    #expect(shared.lateness == nil && shared.refusals > 0)
    let late = try findings(100, lateness: 0.05)
    #expect(late.othersRate == nil && late.ceiling == nil)
    #expect((0.02...0.06).contains(try #require(late.lateness).seconds))
    // The limit that the user chose is no other client's.
    #expect(try findings(100, rate: 50).othersRate == nil)
  }

  // MARK: - Rules

  private func limit(
    _ phases: [(from: Double, calls: Int)], _ countsRefused: Bool = false
  ) -> SharedLimit { SharedLimit(phases, countsRefused: countsRefused) }
}

/// Half the rate after a refusal, and back slowly.
private struct Halving: RateRule {
  private let limit: Double
  private(set) var rate: Double
  let pause = Interval.zero
  private var last: Instant?

  init(_ rate: Rate) {
    limit = Double(rate.perSecond)
    self.rate = limit
  }

  mutating func sent(at moment: Instant) {}
  mutating func accepted(sent: Instant) { rate = min(limit, rate + limit / 3000) }
  mutating func refused(sent: Instant, at now: Instant) -> Instant? {
    if let last, sent <= last { return nil }
    last = now
    rate = max(0.5, rate / 2)
    return now
  }
}

/// The lowest rate so far, for ever.
private struct NeverRecovering: RateRule {
  private var base: AdaptiveRate
  private(set) var rate: Double
  var pause: Interval { base.pause }

  init(_ rate: Rate) {
    base = AdaptiveRate(rate)
    self.rate = base.rate
  }

  mutating func sent(at moment: Instant) { base.sent(at: moment) }
  mutating func accepted(sent: Instant) { base.accepted(sent: sent) }
  mutating func refused(sent: Instant, at now: Instant) -> Instant? {
    defer { rate = min(rate, base.rate) }
    return base.refused(sent: sent, at: now)
  }
}

/// After each refusal, all that the user allows again.
private struct Forgetting: RateRule {
  private let limit: Rate
  private var base: AdaptiveRate
  var rate: Double { base.rate }
  var pause: Interval { base.pause }

  init(_ rate: Rate) {
    limit = rate
    base = AdaptiveRate(rate)
  }

  mutating func sent(at moment: Instant) { base.sent(at: moment) }
  mutating func accepted(sent: Instant) { base.accepted(sent: sent) }
  mutating func refused(sent: Instant, at now: Instant) -> Instant? {
    base = AdaptiveRate(limit)
    return now
  }
}

/// One call in 200 is refused for no reason.
private struct RefusingAtRandom: RateRule {
  private var base: AdaptiveRate
  private var random = SplitMix64(seed: 7)
  var rate: Double { base.rate }
  var pause: Interval { base.pause }

  init(_ rate: Rate) { base = AdaptiveRate(rate) }

  mutating func sent(at moment: Instant) { base.sent(at: moment) }
  mutating func accepted(sent: Instant) {
    if random.oneIn(200) {
      _ = base.refused(sent: sent, at: sent + .seconds(0.005))
    } else {
      base.accepted(sent: sent)
    }
  }
  mutating func refused(sent: Instant, at now: Instant) -> Instant? {
    base.refused(sent: sent, at: now)
  }
}

/// Notes the lowest and the highest rate.
private struct Watched: RateRule {
  private var base: AdaptiveRate
  private(set) var lowest = Double.infinity
  private(set) var highest = 0.0
  var rate: Double { base.rate }
  var pause: Interval { base.pause }

  init(_ rate: Rate) { base = AdaptiveRate(rate) }

  mutating func sent(at moment: Instant) {
    base.sent(at: moment)
    lowest = min(lowest, rate)
    highest = max(highest, rate)
  }
  mutating func accepted(sent: Instant) { base.accepted(sent: sent) }
  mutating func refused(sent: Instant, at now: Instant) -> Instant? {
    base.refused(sent: sent, at: now)
  }
}
