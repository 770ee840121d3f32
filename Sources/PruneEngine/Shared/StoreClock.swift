import HTTP
import PruneCore
import Synchronization

/// How far a store's clock is from this machine's, by the header `Date` of its last response.
final class StoreClock: Sendable {
  private let time: StoreTime
  private let last = Mutex<(date: Timestamp, at: Timestamp)?>(nil)

  init(_ time: StoreTime) {
    self.time = time
  }

  /// Takes note of a response that has just arrived; a long one began to arrive much earlier.
  func note(_ response: Response) {
    guard let date = response.date.flatMap({ Timestamp(httpDate: $0) }) else { return }
    last.withLock { $0 = (date, time.wall()) }
  }

  /// How many seconds the store's clock is ahead; nil before its first response.
  var offset: Int? { last.withLock { $0.map { $0.date.seconds(since: $0.at) } } }
}
