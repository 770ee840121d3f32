internal import Bytes

/// How long the answers to calls took, as a histogram: times below 32 µs are exact, longer ones are
/// within 1/16. It merges without loss, unlike percentiles.
package struct AnswerTimes: Equatable, Sendable {
  /// The bins that have times, in order, and how many each has.
  private var bins: [(bin: UInt16, count: UInt32)] = []
  package private(set) var count = 0
  package private(set) var slowest = Interval.zero

  package static func == (left: AnswerTimes, right: AnswerTimes) -> Bool {
    left.slowest == right.slowest && left.bins.elementsEqual(right.bins, by: ==)
  }

  mutating func add(_ time: Interval) {
    slowest = max(slowest, time)
    add(Self.bin(of: time), 1)
  }

  package init() {}

  package mutating func add(_ other: AnswerTimes) {
    slowest = max(slowest, other.slowest)
    for (bin, count) in other.bins { add(bin, count) }
  }

  private mutating func add(_ bin: UInt16, _ more: UInt32) {
    count += Int(more)
    let index = bins.firstIndex(notBefore: { $0.bin < bin })
    if index < bins.count, bins[index].bin == bin {
      bins[index].count += more
    } else {
      bins.insert((bin, more), at: index)
    }
  }

  /// The time that a share of the answers, 0 to 1, did not exceed; zero without answers.
  package func time(ofShare share: Double) -> Interval {
    var left = Int((Double(count) * share).rounded(.up))
    for (bin, count) in bins {
      left -= Int(count)
      if left <= 0 { return min(Self.middle(of: bin), slowest) }
    }
    return slowest
  }

  // MARK: - Bins

  /// 32 bins of one microsecond, then 16 for each doubling.
  private static func bin(of time: Interval) -> UInt16 {
    let micros = UInt64(max(0, time.nanoseconds / 1000))
    if micros < 32 { return UInt16(micros) }
    let doublings = 59 - micros.leadingZeroBitCount
    return UInt16(16 * doublings) + UInt16(micros >> UInt64(doublings))
  }

  private static func middle(of bin: UInt16) -> Interval {
    if bin < 32 { return Interval(nanoseconds: Int64(bin) * 1000) }
    let doublings = Int64(bin) / 16 - 1
    let first = (Int64(bin) - 16 * doublings) << doublings
    return Interval(nanoseconds: (first + (1 << doublings) / 2) * 1000)
  }
}
