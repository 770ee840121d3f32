/// The calls of one kind that left last, and which of them the service refused as too fast.
///
/// It holds a little more than a second and the longest answer, 10 s, have at 100 calls a second; older
/// ones are forgotten.
struct RecentSends {
  private static let capacity = 1_200

  private var sends: [(left: Instant, isRefused: Bool)] = []
  /// Where the oldest one is, once all places are taken.
  private var oldest = 0

  /// Notes that a call left. Calls may be reported a little out of order.
  mutating func add(_ left: Instant) {
    if sends.count < Self.capacity {
      sends.append((left, false))
    } else {
      sends[oldest] = (left, false)
      oldest = (oldest + 1) % Self.capacity
    }
  }

  /// Notes that the service refused the call that left at this moment; gives how many calls left in
  /// the second before it and are not known to be refused, nil if that is forgotten.
  mutating func refuse(_ left: Instant) -> Int? {
    if sends.count == Self.capacity, left - sends[oldest].left < .seconds(1) { return nil }
    var count = 0
    for index in sends.indices {
      if sends[index].left == left {
        sends[index].isRefused = true
      } else if sends[index].left < left, left - sends[index].left < .seconds(1),
        !sends[index].isRefused
      {
        count += 1
      }
    }
    return count
  }

  /// When the last second has fewer than `count` calls again; nil if it never had so many.
  func room(for count: Int) -> Instant? {
    guard count > 0, count <= sends.count else { return nil }
    let index = (oldest + sends.count - count) % sends.count
    return sends[index].left + .seconds(1)
  }
}
