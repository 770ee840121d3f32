import Testing

@testable import PruneCore
@testable import imprune

/// Sentences about the rate, from the findings of real sequences of refusals.
@Suite struct PaceWordsTests {
  /// A pacer that sends 90 or 100 calls a second, after the service has refused every call above
  /// `accepting` in a second.
  private func pacer(_ rate: Rate, accepting: Int, seconds: Double) -> AdaptiveRate {
    var pacer = AdaptiveRate(rate)
    var accepted: [Instant] = []
    var now = Instant(nanoseconds: 1_000_000_000)
    let end = now + .seconds(seconds)
    while now < end {
      pacer.sent(at: now)
      accepted.removeAll { now - $0 >= .seconds(1) }
      var next = now + max(.seconds(1.004 / pacer.rate), pacer.pause)
      if accepted.count < accepting {
        accepted.append(now)
        pacer.accepted(sent: now)
      } else if let opening = pacer.refused(sent: now, at: now + .seconds(0.001)) {
        next = max(next, opening)
      }
      now = next
    }
    return pacer
  }

  @Test func `a shared limit is named as what the service accepts, and at the end as others' use`()
  {
    let pacer = pacer(.standard, accepting: 60, seconds: 30)
    #expect(
      ResultView.words(59.4, .standard, pacer.findings)
        == "rate limited by the service, which accepts about 60 calls per second; continuing at "
        + "59.4 of 90 calls per second")
    let result = RunResult.PaceFinding(
      call: .deleteAccounts, rate: pacer.rate, findings: pacer.findings)
    let refused = pacer.findings.refusals
    #expect(
      ResultView.words(result)
        == "The service's limit slowed account_delete down: other clients seem to use about 40 of "
        + "100 calls per second (it refused \(refused) calls as too fast).")
  }

  @Test func `a service that refuses everything accepts hardly any calls`() {
    let pacer = pacer(.standard, accepting: 0, seconds: 5)
    #expect(
      ResultView.words(0.5, .standard, pacer.findings).contains("accepts hardly any calls; "))
    #expect(!ResultView.words(0.5, .unlimited, pacer.findings).contains("of none"))
  }

  @Test func `late calls are named only near the service's limit, and as a guess`() throws {
    var pacer = AdaptiveRate(try #require(Rate(100)))
    _ = pacer.refused(sent: Instant(nanoseconds: 1), at: Instant(nanoseconds: 2))
    #expect(
      ResultView.words(99, try #require(Rate(100)), pacer.findings)
        == "continuing at 99.0 of 100 calls per second: calls arrive up to about 10 ms late, or "
        + "other clients make a few calls")
    let result = RunResult.PaceFinding(call: .clearTags, rate: 99, findings: pacer.findings)
    #expect(
      ResultView.words(result)
        == "imprune stayed a little below the service's limit for clearing tags: calls arrived up "
        + "to about 10 ms late, or other clients made a few calls (it refused 1 call as too fast).")
    var slower = AdaptiveRate(.standard)
    _ = slower.refused(sent: Instant(nanoseconds: 1), at: Instant(nanoseconds: 2))
    #expect(slower.findings.lateness == nil)
  }

  @Test func `a rate that is back at the limit is reported as such`() {
    #expect(ResultView.words(90, .standard, RateFindings()) == "back at the full rate")
  }
}
