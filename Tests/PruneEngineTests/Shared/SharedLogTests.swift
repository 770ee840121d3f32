import Bytes
import PruneCore
import Synchronization
import Testing

@testable import PruneEngine

/// What the log of a run makes of a store's answers.
struct SharedLogTests {
  /// A store that answers only appends: with the next of the given results, each after some time.
  private final class Answers: SharedStore {
    let now = Mutex(Instant(nanoseconds: 1_000_000_000))
    private let left: Mutex<[(after: Interval, isCreated: Bool?)]>

    init(_ answers: [(after: Interval, isCreated: Bool?)]) {
      left = Mutex(answers)
    }

    let address = "s3://states/test"
    var clockOffset: Int? { nil }

    /// Nil stands for a response that is lost.
    func append(_ bytes: [UInt8], at index: LogIndex) throws(SharedStoreError) -> Bool {
      let answer = left.withLock { $0.isEmpty ? nil : $0.removeFirst() }
      guard let answer else { throw .unsuitable("no answer is left") }
      now.withLock { $0 = $0 + answer.after }
      guard let isCreated = answer.isCreated else { throw .unavailable("no response", after: nil) }
      return isCreated
    }

    func find() throws(SharedStoreError) -> StoredState? { nil }
    func read(
      _ take: @escaping @Sendable ([UInt8]) throws(SystemError) -> Void
    ) throws(SharedStoreError) -> StoredState? { nil }
    func replace(
      with content: @escaping @Sendable () -> ByteSource, bytes: Int, log: LogIndex,
      save: StoredState.Save, expecting version: StoredState.Version?
    ) throws(SharedStoreError) -> StoredState.Version { throw .conflict }
    func entry(at index: LogIndex) throws(SharedStoreError) -> [UInt8]? { nil }
    func entries(from index: LogIndex) throws(SharedStoreError) -> [[UInt8]] { [] }
    func remove(_ indexes: [LogIndex]) throws(SharedStoreError) {}
    func probe(_ bytes: [UInt8], at index: LogIndex) throws(SharedStoreError) {}
  }

  private func log(_ store: Answers) -> SharedLog {
    let time = StoreTime(
      now: { store.now.withLock { $0 } }, wall: { Timestamp(seconds: 1_795_232_412) },
      pause: { time in store.now.withLock { $0 = $0 + time } }, everySecond: { _ in 0 },
      ofLoop: { $0 })
    return SharedLog(
      store, time, LogHolder(run: RunID(1), since: time.wall(), host: "a", job: "apply"),
      after: .start, confirmed: time.now())
  }

  @Test func `an answered append renews the lease from the time at which it began`() throws {
    let store = Answers([(.seconds(4), true)])
    let log = log(store)
    let start = store.now.withLock { $0 }
    try log.append([1])
    #expect(log.end == start + Lease.validity)
    #expect(log.maySend)
  }

  /// Another run may have taken the state, saved it, and removed the entry: then it can be created
  /// again.
  @Test func `an entry that is created at a second attempt does not renew the lease`() throws {
    let store = Answers([(.seconds(50), nil), (.seconds(1), true)])
    let log = log(store)
    let start = store.now.withLock { $0 }
    try log.append([1])
    #expect(log.end == start + Lease.validity)
    #expect(!log.maySend)
  }
}
