/// Stops a run in which most recent calls fail (docs/architecture.md, "Applying").
struct Breaker: Equatable {
  private static let size = 20
  private var recent: [Bool] = []

  /// Notes whether a changing call got any of its users done.
  mutating func note(success: Bool) {
    recent.append(success)
    if recent.count > Self.size { recent.removeFirst() }
  }

  /// How many of the recent calls failed, once that is most of enough of them.
  var tripped: (failed: Int, of: Int)? {
    let failed = recent.count { !$0 }
    return recent.count == Self.size && failed * 2 > Self.size ? (failed, Self.size) : nil
  }
}
