package import PruneCore
import Synchronization

extension ApplyEvent {
  package init(_ hold: SharedLog.Hold) {
    switch hold {
    case .until(let end): self = .leased(until: end)
    case .lost(let other): self = .deposed(other?.words ?? "another run")
    }
  }
}

/// The log of a shared state as the run that holds the state writes it: one entry at a time, each of
/// which also shows that no other run has taken the state.
package final class SharedLog: Sendable {
  private struct Position {
    var next: LogIndex
    /// The last entry with bytes of the journal, or the one that opened the state.
    var written: LogIndex
    /// The entry whose append has no answer, and when its first attempt began.
    var unconfirmed: (entry: LogEntry, since: Instant)?
    /// When the newest answered append began.
    var confirmed: Instant
    /// Whether another run has taken the state, and which.
    var isLost = false
    var successor: LogHolder?
    var isOver = false
    var notify: (@Sendable (Hold) -> Void)?
  }

  /// Whether the run holds the state.
  package enum Hold: Sendable {
    /// Calls may be sent until this moment on the loop's clock.
    case until(Instant)
    /// Another run has taken it; nil if imprune cannot read which one.
    case lost(LogHolder?)
  }

  package let holder: LogHolder
  private let store: any SharedStore
  private let time: StoreTime
  /// Held during an append.
  private let appending = Mutex(())
  private let position: Mutex<Position>

  /// The log after its entry `open`, the append of which began at `confirmed`.
  init(
    _ store: any SharedStore, _ time: StoreTime, _ holder: LogHolder, after open: LogIndex,
    confirmed: Instant
  ) {
    self.store = store
    self.time = time
    self.holder = holder
    position = Mutex(Position(next: open.next, written: open, confirmed: confirmed))
  }

  /// The last entry with bytes of the journal. What is behind it means nothing once the run is over.
  var written: LogIndex { position.withLock(\.written) }

  // MARK: - The lease

  /// Until when calls may be sent.
  package var end: Instant { position.withLock { $0.confirmed } + Lease.validity }

  /// Whether calls may be sent now.
  package var maySend: Bool { time.now() < end && loss == nil }

  /// What happened if another run has taken the state; nil if none has.
  package var loss: SharedStoreError? {
    position.withLock { $0.isLost ? .takenOver($0.successor) : nil }
  }

  /// Calls a function now and after each append.
  package func notify(_ body: @escaping @Sendable (Hold) -> Void) {
    position.withLock { $0.notify = body }
    let (isLost, successor) = position.withLock { ($0.isLost, $0.successor) }
    body(isLost ? .lost(successor) : .until(time.ofLoop(end)))
  }

  /// Appends an empty entry if the run has written nothing for a while.
  func renew() {
    let isDue = position.withLock { position in
      !position.isOver && !position.isLost
        && time.now() >= position.confirmed + Lease.renewal
    }
    guard isDue else { return }
    // Whoever is appending renews the lease.
    _ = appending.withLockIfAvailable { _ in
      // The log may have been closed in the meantime.
      if position.withLock(\.isOver) { return }
      // Without success the lease ends, and the run finds out by its own appends.
      _ = try? append(.records([]))
    }
  }

  // MARK: - Appending

  /// Appends bytes of the journal; they are durable on return.
  func append(_ records: [UInt8]) throws(SharedStoreError) {
    try locked { () throws(SharedStoreError) in try append(.records(records)) }
  }

  /// Says that the run is over and sends nothing more.
  func close() throws(SharedStoreError) {
    position.withLock { $0.isOver = true }
    try locked { () throws(SharedStoreError) in try append(.close, patience: .seconds(10)) }
  }

  private func locked(
    _ body: () throws(SharedStoreError) -> Void
  ) throws(SharedStoreError) {
    while true {
      let result = appending.withLockIfAvailable { _ in
        Result { () throws(SharedStoreError) in try body() }
      }
      if let result { return try result.get() }
      // The lease is being renewed, which only happens when there is nothing else to append.
      time.pause(.seconds(0.005))
    }
  }

  private func append(
    _ content: LogEntry.Content, patience: Interval = Patience.ofRun
  ) throws(SharedStoreError) {
    if content != .close, position.withLock(\.isOver) {
      throw .unsuitable("The shared state was released before it was written to.")
    }
    // A late write of it could still succeed.
    if let unconfirmed = position.withLock({ $0.unconfirmed }) {
      try settle(unconfirmed.entry, patience)
    }
    let entry = position.withLock { LogEntry(content, of: holder.run, at: $0.next) }
    try settle(entry, patience)
  }

  /// Appends an entry until the store has answered. Its bytes are this run's alone, so that finding
  /// them at their index means that an earlier attempt succeeded.
  private func settle(_ entry: LogEntry, _ patience: Interval) throws(SharedStoreError) {
    if let loss { throw loss }
    let bytes = entry.bytes
    try Patience.ask(time, patience) { () throws(SharedStoreError) in
      // The attempt that succeeded may have been the first. Another run may have taken the state and
      // removed the entry since then, so that it can be created again.
      let start = position.withLock { position in
        let start = position.unconfirmed?.since ?? time.now()
        position.unconfirmed = (entry, start)
        return start
      }
      if try store.append(bytes, at: entry.index) { return confirm(entry, start) }
      let found = try store.entry(at: entry.index)
      guard let found else {
        throw .unavailable("the store says that entry \(entry.index) exists, and that it does not")
      }
      if found == bytes { return confirm(entry, start) }
      lose(to: found, at: entry.index)
      throw loss ?? .takenOver(nil)
    }
  }

  private func confirm(_ entry: LogEntry, _ start: Instant) {
    let notify = position.withLock { position in
      position.next = entry.index.next
      if case .records(let bytes) = entry.content, !bytes.isEmpty { position.written = entry.index }
      position.unconfirmed = nil
      position.confirmed = max(position.confirmed, start)
      return position.notify
    }
    notify?(.until(time.ofLoop(end)))
  }

  private func lose(to found: [UInt8], at index: LogIndex) {
    var successor: LogHolder?
    if let entry = try? LogEntry(found, at: index),
      case .open(let holder) = entry.content
    {
      successor = holder
    }
    let notify = position.withLock { position in
      position.isLost = true
      position.successor = successor
      return position.notify
    }
    notify?(.lost(successor))
  }
}
