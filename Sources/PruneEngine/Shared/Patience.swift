import PruneCore

/// How long, and how often, to repeat a request that a store does not answer.
struct Patience {
  private let time: StoreTime
  private let end: Instant
  private var pause = Interval.seconds(0.25)

  /// How long a run waits for its store.
  static let ofRun = Interval.seconds(60)
  private static let longestPause = Interval.seconds(8)

  init(_ time: StoreTime, _ longest: Interval = ofRun) {
    self.time = time
    end = time.now() + longest
  }

  /// Waits before another attempt; throws the error if none is worth it.
  mutating func wait(after error: SharedStoreError) throws(SharedStoreError) {
    guard case .unavailable(_, let asked) = error else { throw error }
    let pause = max(pause, asked ?? .zero)
    guard time.now() + pause < end else { throw error }
    time.pause(pause)
    self.pause = min(self.pause + self.pause, Self.longestPause)
  }

  /// The value of an expression, which is tried again as long as the store does not answer.
  static func ask<Value>(
    _ time: StoreTime, _ longest: Interval = ofRun,
    _ body: () throws(SharedStoreError) -> Value
  ) throws(SharedStoreError) -> Value {
    var patience = Patience(time, longest)
    while true {
      do throws(SharedStoreError) {
        return try body()
      } catch {
        try patience.wait(after: error)
      }
    }
  }
}
