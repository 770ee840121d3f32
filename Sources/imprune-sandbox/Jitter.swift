import NIOCore
import Synchronization

/// How late each request reaches the service: a random time up to a longest one. All connections
/// share it.
final class Jitter: Sendable {
  private let longest: TimeAmount
  private let chance: Chance
  private let requests = Atomic(0)

  init(longest: Duration, seed: UInt64) {
    self.longest = TimeAmount(longest)
    chance = Chance(seed: seed)
  }

  /// How late the next request is; nil if none is late.
  func next() -> TimeAmount? {
    guard longest > .zero else { return nil }
    let number = requests.add(1, ordering: .relaxed).newValue
    return .nanoseconds(Int64(Double(longest.nanoseconds) * chance.fraction("jitter \(number)")))
  }
}
