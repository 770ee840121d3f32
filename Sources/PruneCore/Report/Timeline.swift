/// What a run did second by second. It has at most `mostPoints` points: a longer run has points of 2
/// seconds, then 4, and so on.
package struct Timeline: Equatable, Sendable {
  package static let mostPoints = 3600

  /// One point; points without any event are left out.
  package struct Point: Equatable, Sendable {
    /// The first second that it covers, from 0.
    package fileprivate(set) var second: Int
    /// Calls sent, by call.
    package fileprivate(set) var calls = Call.allCases.map { _ in 0 }
    /// Answers that refused a call as too fast.
    package fileprivate(set) var throttled = 0
    /// Calls that are made again after a transient failure.
    package fileprivate(set) var retries = 0
    /// Of the answers in this time.
    package fileprivate(set) var times = AnswerTimes()
    /// How many users had which outcome at its end.
    package fileprivate(set) var counts = OutcomeCounts()

    package func calls(_ call: Call) -> Int { calls[Int(call.rawValue)] }

    fileprivate mutating func add(_ later: Point) {
      for index in calls.indices { calls[index] += later.calls[index] }
      throttled += later.throttled
      retries += later.retries
      times.add(later.times)
      counts = later.counts
    }
  }

  /// How many seconds a point covers: a power of two.
  package private(set) var width = 1
  package private(set) var points: [Point] = []
  /// How long the run took, to its last event.
  package private(set) var duration = Interval.zero
  private let start: Instant

  init(from start: Instant) {
    self.start = start
  }

  // MARK: - Events

  mutating func sent(_ call: Call, at moment: Instant) {
    points[point(at: moment)].calls[Int(call.rawValue)] += 1
  }

  /// A call ended, with an answer or without one, so long after it was sent.
  mutating func answered(after time: Interval, at now: Instant) {
    points[point(at: now)].times.add(time)
  }

  mutating func throttled(at now: Instant) { points[point(at: now)].throttled += 1 }

  mutating func retried(at now: Instant) { points[point(at: now)].retries += 1 }

  /// Notes how many users have which outcome by now.
  mutating func note(_ counts: OutcomeCounts, at now: Instant) {
    guard counts != points.last?.counts ?? OutcomeCounts() else { return }
    let point = point(at: now)
    for index in point..<points.count { points[index].counts = counts }
  }

  /// The index of the point at a moment; makes it if it does not exist.
  private mutating func point(at moment: Instant) -> Int {
    let time = max(.zero, moment - start)
    duration = max(duration, time)
    let second = Int(time.nanoseconds / 1_000_000_000)
    while second / width >= Self.mostPoints { widen() }
    let first = second / width * width
    // A call is sent a little before the last event, or after it.
    var index = points.count
    while index > 0, points[index - 1].second > first { index -= 1 }
    if index > 0, points[index - 1].second == first { return index - 1 }
    var new = Point(second: first)
    if index > 0 { new.counts = points[index - 1].counts }
    points.insert(new, at: index)
    return index
  }

  private mutating func widen() {
    width *= 2
    var wider: [Point] = []
    for point in points {
      let first = point.second / width * width
      if wider.last?.second == first {
        wider[wider.count - 1].add(point)
      } else {
        wider.append(point)
        wider[wider.count - 1].second = first
      }
    }
    points = wider
  }
}
