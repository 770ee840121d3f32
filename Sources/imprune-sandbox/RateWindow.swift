/// The rate limit of one endpoint: never more than `limit` admitted calls in any second.
struct RateWindow {
  private static let length: UInt64 = 1_000_000_000

  private let limit: Int

  /// When the last `limit` admitted calls came, in monotonic nanoseconds; a ring.
  private var admitted: [UInt64] = []
  private var oldest = 0

  /// A window in which nothing happened; a limit of 0 admits everything.
  init(limit: Int) {
    self.limit = limit
  }

  /// Whether a call that counts as `weight` calls is admitted at `now` (monotonic, in ns), while other
  /// clients make `others` calls a second; if so, it counts from now on.
  ///
  /// A call exactly one second old has left the window.
  mutating func admits(_ weight: Int = 1, at now: UInt64, others: Int = 0) -> Bool {
    if weight == 1 { return admitsOne(at: now, others: others) }
    var after = self
    for _ in 0..<weight where !after.admitsOne(at: now, others: others) { return false }
    self = after
    return true
  }

  private mutating func admitsOne(at now: UInt64, others: Int) -> Bool {
    guard limit > 0 else { return true }
    let left = limit - others
    guard left > 0 else { return false }
    if admitted.count >= left {
      let last = admitted[(oldest + admitted.count - left) % admitted.count]
      guard now >= last, now - last >= Self.length else { return false }
    }
    guard admitted.count == limit else {
      admitted.append(now)
      return true
    }
    admitted[oldest] = now
    oldest = (oldest + 1) % limit
    return true
  }
}
