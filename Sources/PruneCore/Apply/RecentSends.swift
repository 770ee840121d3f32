/// The last calls of one kind, and which of them the service refused as too fast.
///
/// It keeps the calls of 12 s at 100 calls a second: a call may take 10 s. It forgets older ones.
struct RecentSends {
  private static let capacity = 1_200

  private var sends: [(left: Instant, isRefused: Bool)] = []
  /// The index of the oldest call once the array is full.
  private var oldest = 0

  /// Notes that a call was sent. Calls may be reported slightly out of order.
  mutating func add(_ left: Instant) {
    if sends.count < Self.capacity {
      sends.append((left, false))
    } else {
      sends[oldest] = (left, false)
      oldest = (oldest + 1) % Self.capacity
    }
  }

  /// Notes that the service refused the call that was sent at this moment. Returns how many calls of
  /// the second before it are not known to be refused, or nil if it has forgotten some of them.
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

  /// When the last second has fewer than `count` calls again; nil if it never had that many.
  func room(for count: Int) -> Instant? {
    guard count > 0, count <= sends.count else { return nil }
    let index = (oldest + sends.count - count) % sends.count
    return sends[index].left + .seconds(1)
  }
}
