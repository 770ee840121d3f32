import PruneCore

/// Which signals stop the kit.
///
/// The first one ends the asking; the clean-up goes on. A closed terminal sends several at once, and a
/// machine that shuts down too, so only a second SIGINT or SIGTERM that comes a while after the first
/// ends the clean-up as well. SIGHUP never does: a lost terminal is no wish to leave accounts.
package struct StopRule {
  /// How long after the first SIGINT or SIGTERM another one counts, in nanoseconds.
  package static let patience: Int64 = 1_000_000_000

  private var hasCome = false
  /// When the first SIGINT or SIGTERM came.
  private var firstRequest: Int64?

  package init() {}

  /// Takes a signal that comes at a time of the monotonic clock, in nanoseconds; whether it stops what
  /// the kit does.
  package mutating func stops(_ number: Int32, at time: Int64) -> Bool {
    let isFirst = !hasCome
    hasCome = true
    guard number != Signal.hangup.rawValue else { return isFirst }
    guard let firstRequest else {
      firstRequest = time
      return isFirst
    }
    return time - firstRequest >= Self.patience
  }
}
