/// Stops a run in which most recent calls fail (docs/architecture.md, "Applying").
struct Breaker: Equatable {
  private static let size = 20
  private var recent: [Bool] = []

  /// Notes whether a changing call completed any of its users.
  mutating func note(success: Bool) {
    recent.append(success)
    if recent.count > Self.size { recent.removeFirst() }
  }

  /// How many of the recent calls failed, if most of them did and there are enough.
  var tripped: (failed: Int, of: Int)? {
    let failed = recent.count { !$0 }
    return recent.count == Self.size && failed * 2 > Self.size ? (failed, Self.size) : nil
  }
}
