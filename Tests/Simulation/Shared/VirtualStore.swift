internal import Bytes
internal import PruneCore
internal import PruneEngine
internal import TestSupport

/// A store in memory, which keeps its conditions.
final class VirtualStore: @unchecked Sendable {
  private(set) var state: (bytes: [UInt8], stored: StoredState)?
  private(set) var log: [UInt64: [UInt8]] = [:]
  private var versions = 0
  /// Called after an entry was created, and after the state was replaced.
  var entered: (LogEntry) -> Void = { _ in }
  var replaced: (_ bytes: [UInt8], StoredState) -> Void = { _, _ in }

  func append(_ bytes: [UInt8], at index: LogIndex, overwrites: Bool) -> Bool {
    if log[index.number] != nil, !overwrites { return false }
    log[index.number] = bytes
    if let entry = try? LogEntry(bytes, at: index) { entered(entry) }
    return true
  }

  func replace(
    _ bytes: [UInt8], _ log: LogIndex, _ save: StoredState.Save,
    expecting version: StoredState.Version?, isConditional: Bool
  ) -> StoredState.Version? {
    if isConditional, state?.stored.version != version { return nil }
    versions += 1
    let stored = StoredState(version: .init("v\(versions)"), save: save, log: log)
    state = (bytes, stored)
    replaced(bytes, stored)
    return stored.version
  }

  func remove(_ index: LogIndex) { log[index.number] = nil }
}

/// A fault of a request to a store.
enum StoreFault {
  /// Nothing arrives, and the client gives up after 10 s.
  case droppedBefore
  /// The request takes effect, and the response is lost.
  case droppedAfter
  /// An error that says to try again; with or without an effect.
  case refused, failedAfter
  /// The client gives up after 10 s, and the request takes effect this many seconds later.
  case late(Double)
}

/// The store as one process sees it, over a network that loses requests and delays them.
final class VirtualStoreClient: SharedStore, @unchecked Sendable {
  let address = "s3://story/state"
  private let store: VirtualStore
  private unowned let process: StoryProcess
  private let mutation: SharedMutation?
  private let latency: ClosedRange<Double>
  private let oneIn: Int
  private var random: SplitMix64
  /// For a mutation: what was found first.
  private var first: StoredState?

  /// One in so many requests fails; none if 0.
  init(
    _ store: VirtualStore, _ process: StoryProcess, latency: ClosedRange<Double>, oneIn: Int,
    seed: UInt64, _ mutation: SharedMutation?
  ) {
    self.store = store
    self.process = process
    self.latency = latency
    self.oneIn = oneIn
    self.mutation = mutation
    random = SplitMix64(seed: seed)
  }

  private static let gone = SharedStoreError.unsuitable("The process is dead.")

  /// Performs a request; `effect` may happen later, or not at all.
  private func request<Value>(
    changes: Bool, _ effect: @escaping () throws(SharedStoreError) -> Value
  ) throws(SharedStoreError) -> Value {
    // A dead process sends nothing more, not even to end its run.
    if process.isDead { throw Self.gone }
    let half = Interval.seconds(Double.random(in: latency, using: &random) / 2)
    process.pause(half)
    if process.isDead {
      // The request may be under way already.
      if changes, random.oneIn(2) { _ = try? effect() }
      throw Self.gone
    }
    guard oneIn > 0, random.oneIn(oneIn) else {
      let value = try effect()
      process.pause(half)
      if process.isDead { throw Self.gone }
      return value
    }
    switch random.pick([
      StoreFault.droppedBefore, .droppedAfter, .droppedAfter, .refused, .failedAfter,
      .late(random.pick([15, 45, 90])),
    ]) {
    case .droppedBefore: process.pause(.seconds(10))
    case .droppedAfter:
      _ = try? effect()
      process.pause(.seconds(10))
    case .refused: break
    case .failedAfter: _ = try? effect()
    case .late(let seconds):
      if changes { process.later(.seconds(seconds)) { _ = try? effect() } }
      process.pause(.seconds(10))
    }
    if process.isDead { throw Self.gone }
    throw .unavailable("the network is bad", after: random.oneIn(2) ? .seconds(1) : nil)
  }

  // MARK: - SharedStore

  func find() throws(SharedStoreError) -> StoredState? {
    if mutation == .noSecondRead, let first { return first }
    let found = try request(changes: false) { () throws(SharedStoreError) in
      self.store.state?.stored
    }
    first = first ?? found
    return found
  }

  func read(
    _ take: @escaping @Sendable ([UInt8]) throws(SystemError) -> Void
  ) throws(SharedStoreError) -> StoredState? {
    let state = try request(changes: false) { () throws(SharedStoreError) in self.store.state }
    guard let state else { return nil }
    do throws(SystemError) { try take(state.bytes) } catch { throw .disk(error) }
    first = first ?? state.stored
    return state.stored
  }

  func replace(
    with content: @escaping @Sendable () -> ByteSource, bytes: Int, log: LogIndex,
    save: StoredState.Save, expecting version: StoredState.Version?
  ) throws(SharedStoreError) -> StoredState.Version {
    var (whole, chunk): ([UInt8], [UInt8]) = ([], [])
    let source = content()
    repeat {
      guard (try? source.read(into: &chunk)) != nil else { throw Self.gone }
      whole += chunk
    } while !chunk.isEmpty
    guard whole.count == bytes else { throw .unsuitable("\(whole.count) bytes, not \(bytes)") }
    let content = whole
    let isConditional = mutation != .unconditionalReplace
    let stored = try request(changes: true) { () throws(SharedStoreError) in
      self.store.replace(content, log, save, expecting: version, isConditional: isConditional)
    }
    guard let stored else { throw .conflict }
    first = nil
    return stored
  }

  func append(_ bytes: [UInt8], at index: LogIndex) throws(SharedStoreError) -> Bool {
    let overwrites = mutation == .overwritingAppend
    return try request(changes: true) { () throws(SharedStoreError) in
      self.store.append(bytes, at: index, overwrites: overwrites)
    }
  }

  func entry(at index: LogIndex) throws(SharedStoreError) -> [UInt8]? {
    try request(changes: false) { () throws(SharedStoreError) in self.store.log[index.number] }
  }

  func entries(from index: LogIndex) throws(SharedStoreError) -> [[UInt8]] {
    var entries: [[UInt8]] = []
    var next = index
    while entries.count < 4 {
      guard let found = try entry(at: next) else {
        // As a real store, which is asked for several at once.
        let isLater =
          entries.isEmpty
          ? store.log.keys.contains { $0 > next.number } : store.log[next.next.number] != nil
        if isLater, store.log[next.number] == nil {
          throw .log(.hole(next))
        }
        break
      }
      entries.append(found)
      next = next.next
    }
    return entries
  }

  func remove(_ indexes: [LogIndex]) throws(SharedStoreError) {
    var indexes = indexes
    if mutation == .trimsOpens, let last = indexes.last {
      indexes = (1...last.number).compactMap { LogIndex($0) }
    }
    process.tell("removes \(indexes.map(\.number))")
    for index in indexes {
      try request(changes: true) { () throws(SharedStoreError) in self.store.remove(index) }
    }
  }

  func probe(_ bytes: [UInt8], at index: LogIndex) throws(SharedStoreError) {}

  var clockOffset: Int? { 0 }
}
