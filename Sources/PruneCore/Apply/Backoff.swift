/// How long to wait before a retry: full jitter below a bound that doubles.
enum Backoff {
  private static let first = 0.5
  private static let longest = 30.0

  /// The wait after `attempts` attempts, at least one.
  static func wait(after attempts: Int, _ randomness: inout Randomness) -> Interval {
    let bound = min(longest, first * Double(1 << min(attempts - 1, 10)))
    return .seconds(bound * randomness.fraction())
  }
}
