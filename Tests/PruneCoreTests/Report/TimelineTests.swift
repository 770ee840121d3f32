import Testing

@testable import PruneCore

/// What a run did second by second.
@Suite struct TimelineTests {
  private let start = Instant(nanoseconds: 5_000_000_000_000)

  private func moment(_ seconds: Double) -> Instant { start + .seconds(seconds) }

  private func counts(removed: Int) -> OutcomeCounts {
    var counts = OutcomeCounts()
    counts.removed = removed
    return counts
  }

  @Test func `events count in their second, and a quiet second has no point`() {
    var timeline = Timeline(from: start)
    timeline.sent(.checkAccounts, at: moment(0.2))
    timeline.sent(.deleteAccounts, at: moment(0.999))
    timeline.answered(after: .seconds(0.02), at: moment(1.0))
    timeline.throttled(at: moment(1.5))
    timeline.retried(at: moment(1.9))
    timeline.note(counts(removed: 7), at: moment(4.1))
    #expect(timeline.points.map(\.second) == [0, 1, 4])
    #expect(timeline.points.map { $0.calls(.deleteAccounts) } == [1, 0, 0])
    #expect(timeline.points.map(\.times.count) == [0, 1, 0])
    #expect(timeline.points.map(\.throttled) == [0, 1, 0])
    #expect(timeline.points.map(\.retries) == [0, 1, 0])
    #expect(timeline.points.map(\.counts.removed) == [0, 0, 7])
    #expect(timeline.duration == .seconds(4.1))
  }

  @Test func `a call may be sent earlier than what is already known`() {
    var timeline = Timeline(from: start)
    timeline.note(counts(removed: 2), at: moment(2))
    timeline.sent(.checkAccounts, at: moment(5))
    timeline.sent(.clearTags, at: moment(3.5))
    timeline.sent(.clearTags, at: moment(1.5))
    // A clock cannot go back, but the arithmetic survives it.
    timeline.sent(.clearTags, at: moment(-9))
    #expect(timeline.points.map(\.second) == [0, 1, 2, 3, 5])
    #expect(timeline.points.map(\.counts.removed) == [0, 0, 2, 2, 2])
  }

  @Test func `a long run has wider points, and loses no event`() {
    var timeline = Timeline(from: start)
    let seconds = 4 * Timeline.mostPoints + 3
    for second in 0..<seconds {
      timeline.sent(.deleteAccounts, at: moment(Double(second)))
      timeline.answered(after: .seconds(Double(second)), at: moment(Double(second)))
      timeline.note(counts(removed: second + 1), at: moment(Double(second)))
    }
    #expect(timeline.width == 8)
    #expect(timeline.points.count == (seconds + 7) / 8)
    #expect(timeline.points.reduce(0) { $0 + $1.calls(.deleteAccounts) } == seconds)
    #expect(timeline.points.reduce(0) { $0 + $1.times.count } == seconds)
    #expect(timeline.points.allSatisfy { $0.second % 8 == 0 })
    #expect(
      timeline.points.map(\.counts.removed) == timeline.points.map { min($0.second + 8, seconds) })
    #expect(timeline.points.last?.times.slowest == .seconds(Double(seconds - 1)))
  }

  @Test func `shares of answer times are within a sixteenth`() {
    var (times, other) = (AnswerTimes(), AnswerTimes())
    var all: [Int64] = []
    var randomness = Randomness(seed: 3)
    for _ in 0..<2000 {
      // From microseconds to minutes.
      let time = Int64(randomness.next() % (1 << (10 + randomness.next() % 28)))
      all.append(time)
      if randomness.next() % 2 == 0 {
        times.add(Interval(nanoseconds: time))
      } else {
        other.add(Interval(nanoseconds: time))
      }
    }
    times.add(other)
    all.sort()
    #expect(times.count == all.count)
    #expect(times.slowest.nanoseconds == all.last)
    for (share, index) in [(0.001, 1), (0.5, 999), (0.95, 1899), (0.999, 1997)] {
      let (found, exact) = (times.time(ofShare: share).nanoseconds, all[index])
      #expect(abs(found - exact) <= max(1000, exact / 16), "\(share): \(found), not \(exact)")
    }
    #expect(AnswerTimes().time(ofShare: 0.5) == .zero)
  }
}
