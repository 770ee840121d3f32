import Testing

@testable import PruneCore

/// When a call may be handed over (docs/architecture.md, "Pacing"); that calls keep their distance,
/// the simulation shows.
@Suite struct PacerTests {
  /// Hands over what it may every ten milliseconds for so many seconds; how many calls that is.
  private func handOver(_ pacer: inout Pacer, seconds: Int) -> Int {
    (0..<seconds * 100).count { hundredth in
      let now = Instant(nanoseconds: Int64(hundredth) * 10_040_000)
      guard pacer.maySend(at: now) else { return false }
      pacer.handedOver(at: now)
      return true
    }
  }

  @Test(arguments: [(100, 50), (20, 10), (3, 2), (2, 1), (1, 1)])
  func `what waits for connections is half a second's worth, or one`(rate: Int, count: Int) throws {
    var pacer = Pacer(try #require(Rate(rate)))
    #expect(handOver(&pacer, seconds: 20) == count)
    #expect(pacer.opening == nil)
    pacer.sent(at: Instant(nanoseconds: 20_000_000_000), isFirst: true)
    #expect(pacer.opening == Instant(nanoseconds: 20_000_000_000) + pacer.gap)
    // One that libcurl had to repeat has left the queue before.
    pacer.handedOver(at: Instant(nanoseconds: 30_000_000_000))
    pacer.sent(at: Instant(nanoseconds: 31_000_000_000), isFirst: false)
    #expect(!pacer.maySend(at: Instant(nanoseconds: 60_000_000_000)))
    pacer.neverLeft()
    #expect(pacer.maySend(at: Instant(nanoseconds: 60_000_000_000)))
  }

  @Test func `after "too fast" the queue is as long as before, in time`() throws {
    var pacer = Pacer(try #require(Rate(100)))
    #expect(handOver(&pacer, seconds: 20) == 50)
    // The service refuses everything, so the ceiling falls to the lowest.
    for second in 1...2 as ClosedRange<Int64> {
      let moment = Instant(nanoseconds: second * 10_000_000_000)
      pacer.refused(sent: moment, at: moment + .seconds(1))
    }
    #expect(pacer.gap == .seconds(2.008))
    for second in 20..<69 {
      pacer.sent(at: Instant(nanoseconds: Int64(second) * 1_000_000_000), isFirst: true)
      #expect(!pacer.maySend(at: Instant(nanoseconds: 100_000_000_000)))
    }
    pacer.sent(at: Instant(nanoseconds: 69_000_000_000), isFirst: true)
    #expect(pacer.maySend(at: Instant(nanoseconds: 100_000_000_000)))
  }
}
