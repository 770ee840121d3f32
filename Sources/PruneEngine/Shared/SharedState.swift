import Glibc
package import PruneCore
import Synchronization

/// A state in a store, with its copy in a scratch folder of this machine.
package final class SharedState: Sendable {
  package let store: any SharedStore
  let disk: SharedDisk
  private let scratch: any Disk
  private let time: StoreTime
  private let held = Mutex<Held?>(nil)
  private let last = Mutex<LogHolder?>(nil)
  private let folder: PrivateFolder?
  private let signals = Mutex<SignalWatch?>(nil)

  /// What this process holds, and what it may remove when it is done.
  private struct Held {
    let log: SharedLog
    let timer: any Sendable
    /// The entries of runs that have opened the state.
    let opens: Set<LogIndex>
    /// The last entry that the state contained when it was taken.
    let contained: LogIndex
  }

  /// A state with its scratch copy at a path; `folder` lives as long as this.
  init(
    _ store: any SharedStore, copyAt path: String, on scratch: any Disk, _ time: StoreTime,
    folder: PrivateFolder?
  ) {
    self.store = store
    self.scratch = scratch
    self.time = time
    self.folder = folder
    disk = SharedDisk(path, on: scratch, of: store, time)
  }

  package convenience init(
    _ store: any SharedStore, copyAt path: String, on scratch: any Disk, _ time: StoreTime
  ) {
    self.init(store, copyAt: path, on: scratch, time, folder: nil)
  }

  package var files: StateFiles { StateFiles(self) }

  /// A signal that ends this process releases the state, and removes the copy.
  func watchSignals() {
    let watch = Process.watchSignals([SIGINT, SIGTERM, SIGHUP]) { [weak self] number in
      _ = self?.close()
      self?.folder?.remove()
      Process.end(bySignal: number)
    }
    signals.withLock { $0 = watch }
  }

  /// The log, if this process holds the state.
  package var log: SharedLog? { held.withLock { $0?.log } }

  /// The last run that took the state without having saved it since, as far as the log was read.
  package var lastHolder: LogHolder? { last.withLock { $0 } }

  // MARK: - Reading

  /// Copies the state and the log after it to the scratch folder, as of one moment. Changes nothing in
  /// the store.
  package func pull() throws(SharedStoreError) {
    for _ in 0..<10 {
      let state = try disk.pull()
      var log = RunLog(after: state?.log ?? .start)
      do throws(SharedStoreError) {
        for entry in try allEntries(from: log.last.next) { try add(entry, to: &log) }
      } catch {
        guard case .log = error, try hasChanged(since: state) else { throw error }
        continue
      }
      if try hasChanged(since: state) { continue }
      return try put(log, StateFiles(path: disk.path, on: scratch))
    }
    throw .keptChanging
  }

  /// Whether a run has saved the state: then it may have removed entries at the same time.
  private func hasChanged(since state: StoredState?) throws(SharedStoreError) -> Bool {
    try Patience.ask(time) { () throws(SharedStoreError) in try store.find() } != state
  }

  /// Puts the journals of a log beside the state, each folded before the next, the last one not.
  private func put(_ log: RunLog, _ files: StateFiles) throws(SharedStoreError) {
    last.withLock { $0 = log.portions.last?.holder }
    let portions = log.portions.filter { !$0.journal.isEmpty }
    try disk.put(journal: [])
    for (number, portion) in portions.enumerated() {
      try disk.put(journal: portion.journal)
      let isLast = number == portions.count - 1
      disk.noteRead(isLast ? log.last : portion.last)
      if isLast { break }
      _ = try attempt(StateStore.recover(files), orThrow: SharedStoreError.state)
    }
    if portions.isEmpty { disk.noteRead(log.last) }
  }

  /// The entries from an index to the first missing.
  private func allEntries(from index: LogIndex) throws(SharedStoreError) -> [LogEntry] {
    var all: [LogEntry] = []
    var next = try entries(from: index)
    while let last = next.last {
      all += next
      next = try entries(from: last.index.next)
    }
    return all
  }

  private func entries(from index: LogIndex) throws(SharedStoreError) -> [LogEntry] {
    let found = try Patience.ask(time) { () throws(SharedStoreError) in
      try store.entries(from: index)
    }
    var entries: [LogEntry] = []
    var next = index
    for bytes in found {
      entries.append(try entry(bytes, at: next))
      next = next.next
    }
    return entries
  }

  private func entry(
    _ bytes: [UInt8], at index: LogIndex
  ) throws(SharedStoreError) -> LogEntry {
    try attempt(LogEntry(bytes, at: index), orThrow: SharedStoreError.log)
  }

  private func add(_ entry: LogEntry, to log: inout RunLog) throws(SharedStoreError) {
    do throws(LogError) { try log.add(entry) } catch { throw .log(error) }
  }

  // MARK: - Taking

  /// Takes the state, and copies it to the scratch folder, with what dead runs have left in the log as
  /// a journal. `waiting` is told of a run that may be dead.
  package func take(
    as holder: LogHolder, waiting: (LogHolder) -> Void
  ) throws(SharedStoreError) {
    var takeover = Takeover(by: holder)
    var step = takeover.first
    var isWaiting = false
    var confirmed = time.now()
    while true {
      switch step {
      case .readState:
        step = takeover.found(try disk.pull())
      case .readEntries(let index):
        do throws(SharedStoreError) {
          let read = try allEntries(from: index)
          step = try attempt(takeover.read(read, at: time.now()), orThrow: SharedStoreError.log)
        } catch {
          guard case .log = error, try hasChanged(since: disk.stored) else { throw error }
          step = .readState
        }
      case .wait(let holder, until: let moment):
        if !isWaiting { waiting(holder) }
        isWaiting = true
        time.pause(moment - time.now())
        step = takeover.waited()
      case .open(let entry):
        try checkClock()
        confirmed = time.now()
        step = try open(entry, &takeover)
      case .taken(let taken): return try hold(taken, holder, confirmed)
      case .held(let holder): throw .held(holder)
      }
    }
  }

  /// Creates our first entry, and checks that the store keeps its conditions.
  private func open(
    _ entry: LogEntry, _ takeover: inout Takeover
  ) throws(SharedStoreError) -> Takeover.Step {
    let bytes = entry.bytes
    let isCreated = try Patience.ask(time) { () throws(SharedStoreError) in
      try store.append(bytes, at: entry.index)
    }
    if !isCreated {
      // An earlier attempt may have created it.
      let found = try Patience.ask(time) { () throws(SharedStoreError) in
        try store.entry(at: entry.index)
      }
      guard let found else {
        throw .unavailable("the store says that entry \(entry.index) exists, and that it does not")
      }
      if found != bytes {
        let other = try self.entry(found, at: entry.index)
        return try attempt(takeover.occupied(by: other), orThrow: SharedStoreError.log)
      }
    }
    do throws(SharedStoreError) {
      try Patience.ask(time) { () throws(SharedStoreError) in
        try store.probe(bytes, at: entry.index)
      }
    } catch {
      // Other runs need not wait for this one. A refused store keeps no other entry.
      if case .unsuitable = error {
        try? store.remove([entry.index])
      } else {
        let end = LogEntry(.close, of: entry.run, at: entry.index.next)
        _ = try? store.append(end.bytes, at: end.index)
      }
      throw error
    }
    return takeover.opened(entry)
  }

  private func hold(
    _ taken: Takeover.Taken, _ holder: LogHolder, _ confirmed: Instant
  ) throws(SharedStoreError) {
    let log = SharedLog(store, time, holder, after: taken.entry.index, confirmed: confirmed)
    let timer = time.everySecond { log.renew() }
    held.withLock {
      $0 = Held(
        log: log, timer: timer, opens: taken.log.opens.union([taken.entry.index]),
        contained: taken.state?.log ?? .start)
    }
    disk.hold(log)
    do throws(SharedStoreError) {
      try put(taken.log, files)
    } catch {
      release()
      throw error
    }
  }

  /// Clocks are compared only for the age of an intent, but a wrong one can make imprune send a call
  /// again.
  private func checkClock() throws(SharedStoreError) {
    guard let offset = store.clockOffset else { return }
    if abs(offset) > 30 { throw .otherTime(seconds: offset) }
  }

  // MARK: - Releasing

  /// Ends the log, unless another run has taken the state, and removes the entries that the state
  /// contains. If the store does not answer, the next run waits until it is sure that this one is
  /// over.
  package func release() {
    guard let done = close(), let contained = disk.stored?.log, contained > done.contained else {
      return
    }
    var old: [LogIndex] = []
    var index = done.contained
    while index < contained {
      index = index.next
      if !done.opens.contains(index) { old.append(index) }
    }
    // What stays does no harm: it is never read again.
    _ = try? store.remove(old)
  }

  /// Ends the log; returns what was held, unless another run has taken the state.
  private func close() -> Held? {
    let done = held.withLock { held in
      defer { held = nil }
      return held
    }
    guard let done, done.log.loss == nil, (try? done.log.close()) != nil else { return nil }
    return done
  }
}
