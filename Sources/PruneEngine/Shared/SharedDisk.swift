internal import Bytes
import Glibc
internal import PruneCore
import Synchronization

/// The files of a shared state on this machine: a scratch folder with a state and a journal like any
/// other, except that writing to them reaches the store first.
///
/// What is synced to the journal is appended to the log; replacing the state replaces the one in the
/// store, together with the last entry of the log that it contains; and so does removing the journal,
/// since then the state contains it.
package final class SharedDisk: Disk {
  private struct Position {
    /// The log, from the moment on at which this process holds the state.
    var log: SharedLog?
    /// The state in the store when it was last read or replaced; nil if there is none.
    var stored: StoredState?
    /// The last entry that the scratch folder's journal has, if it is one of earlier runs.
    var read = LogIndex.start
    /// Whether the scratch folder's journal is our own.
    var hasOwnJournal = false
    var saves = 0

    /// The last entry that a state with the scratch folder's journal in it contains.
    func contained(_ log: SharedLog) -> LogIndex { hasOwnJournal ? log.written : read }
  }

  private let scratch: any Disk
  private let store: any SharedStore
  private let time: StoreTime
  let path: String
  private let position = Mutex(Position())

  init(_ path: String, on scratch: any Disk, of store: any SharedStore, _ time: StoreTime) {
    self.path = path
    self.scratch = scratch
    self.store = store
    self.time = time
  }

  private var journalPath: String { StateFiles(path: path, on: scratch).journal }

  // MARK: - What the store has

  var stored: StoredState? { position.withLock(\.stored) }

  /// From now on this process holds the state.
  func hold(_ log: SharedLog) { position.withLock { $0.log = log } }

  /// The scratch folder's journal has everything up to and with this entry.
  func noteRead(_ index: LogIndex) { position.withLock { $0.read = index } }

  /// Reads the state in the store, unless the scratch folder has it.
  func pull() throws(SharedStoreError) -> StoredState? {
    let known = stored
    if let known {
      let found = try Patience.ask(time) { () throws(SharedStoreError) in try store.find() }
      if found == known { return known }
    }
    let draft = path + ".pulled"
    let found = try Patience.ask(time) { () throws(SharedStoreError) -> StoredState? in
      let file: any DiskFile
      do throws(SystemError) {
        try nilIfMissing(scratch.remove(draft))
        file = try scratch.open(draft, for: .creating)
      } catch {
        throw .disk(error)
      }
      return try store.read { (bytes) throws(SystemError) in try file.write(bytes) }
    }
    do throws(SystemError) {
      if found == nil {
        try nilIfMissing(scratch.remove(path))
        try scratch.remove(draft)
      } else {
        try scratch.rename(draft, to: path)
      }
    } catch {
      throw .disk(error)
    }
    position.withLock { $0.stored = found }
    return found
  }

  /// Writes a journal that the log contains to the scratch folder.
  func put(journal: [UInt8]) throws(SharedStoreError) {
    do throws(SystemError) {
      try nilIfMissing(scratch.remove(journalPath))
      if journal.isEmpty { return }
      try scratch.open(journalPath, for: .creating).write(journal)
    } catch {
      throw .disk(error)
    }
  }

  // MARK: - Saving

  /// Replaces the state in the store by a file of the scratch folder.
  private func save(_ draft: String) throws(SystemError) {
    do throws(SharedStoreError) {
      guard let log = position.withLock(\.log) else {
        throw .unsuitable("The shared state was not taken before it was saved.")
      }
      // Shows that no other run has taken the state. And an entry without a response must not turn up
      // behind the entry that the state names as its last.
      try log.append([])
      let (stored, through, save) = position.withLock { position in
        position.saves += 1
        return (
          position.stored, position.contained(log),
          StoredState.Save(log.holder.run, position.saves)
        )
      }
      let file: any DiskFile
      let bytes: Int
      do throws(SystemError) {
        file = try scratch.open(draft, for: .reading)
        bytes = try file.status().bytes
      } catch {
        throw .disk(error)
      }
      let contained = max(through, stored?.log ?? .start)
      let version = try replace(
        file, bytes: bytes, log: contained, save, expecting: stored?.version)
      position.withLock { $0.stored = StoredState(version: version, save: save, log: contained) }
    } catch .conflict {
      do throws(SharedStoreError) {
        _ = try pull()
      } catch {
        throw SystemError(sharing: error, store.address)
      }
      throw SystemError(
        action: "replace", path: store.address, code: ESTALE,
        rule: "\(store.address): " + SharedStoreError.conflict.explanation)
    } catch {
      throw SystemError(sharing: error, store.address)
    }
  }

  private func replace(
    _ file: any DiskFile, bytes: Int, log: LogIndex, _ save: StoredState.Save,
    expecting version: StoredState.Version?
  ) throws(SharedStoreError) -> StoredState.Version {
    var mayHaveSucceeded = false
    return try Patience.ask(time) { () throws(SharedStoreError) in
      do throws(SharedStoreError) {
        return try store.replace(
          with: { file.source(bytes: bytes) }, bytes: bytes, log: log, save: save,
          expecting: version)
      } catch {
        if error.isTransient { mayHaveSucceeded = true }
        // An earlier attempt may have succeeded.
        guard error == .conflict, mayHaveSucceeded, let found = try store.find(), found.save == save
        else { throw error }
        return found.version
      }
    }
  }

  // MARK: - Disk

  package func open(_ path: String, for purpose: File.Purpose) throws(SystemError) -> any DiskFile {
    let file = try scratch.open(path, for: purpose)
    guard path == journalPath, case .creating = purpose, let log = position.withLock(\.log) else {
      return file
    }
    position.withLock { $0.hasOwnJournal = true }
    return SharedJournal(file, log, store.address)
  }

  package func rename(_ path: String, to target: String) throws(SystemError) {
    if target == self.path { try save(path) }
    try scratch.rename(path, to: target)
  }

  package func remove(_ path: String) throws(SystemError) {
    if path == journalPath, let log = position.withLock(\.log) {
      let isBehind = position.withLock { position in
        let contained = position.contained(log)
        return position.stored.map { $0.log < contained } ?? false
      }
      if isBehind { try save(self.path) }
      position.withLock { position in
        position.read = position.contained(log)
        position.hasOwnJournal = false
      }
    }
    try scratch.remove(path)
  }

  package func status(of path: String) throws(SystemError) -> FileStatus {
    try scratch.status(of: path)
  }

  package func obstacle(toReplacing path: String) throws(SystemError) -> ReplacementObstacle? {
    try scratch.obstacle(toReplacing: path)
  }

  package func syncFolder(of path: String) throws(SystemError) {
    try scratch.syncFolder(of: path)
  }
}

/// The journal of a run on a shared state: what is synced is in the log.
private final class SharedJournal: DiskFile {
  private let file: any DiskFile
  private let log: SharedLog
  private let address: String
  private let waiting = Mutex<[UInt8]>([])

  init(_ file: any DiskFile, _ log: SharedLog, _ address: String) {
    self.file = file
    self.log = log
    self.address = address
  }

  var path: String { file.path }
  func status() throws(SystemError) -> FileStatus { try file.status() }
  func source(bytes: Int) -> ByteSource { file.source(bytes: bytes) }
  func end(bytes: Int) throws(SystemError) -> [UInt8] { try file.end(bytes: bytes) }
  func truncate(to bytes: Int) throws(SystemError) { try file.truncate(to: bytes) }
  func adopt(_ status: FileStatus) { file.adopt(status) }
  func lock() throws(SystemError) -> Bool { try file.lock() }
  func sync() throws(SystemError) { try syncData() }

  func write(_ bytes: [UInt8]) throws(SystemError) {
    try file.write(bytes)
    waiting.withLock { $0 += bytes }
  }

  func syncData() throws(SystemError) {
    let records = waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    do throws(SharedStoreError) {
      try log.append(records)
    } catch {
      throw SystemError(sharing: error, address)
    }
  }
}

extension SystemError {
  /// A failure of a store, where only the operating system's are expected.
  fileprivate init(sharing error: SharedStoreError, _ address: String) {
    if case .disk(let error) = error {
      self = error
    } else {
      self.init(action: "use", path: address, code: EIO, rule: "\(address): \(error.explanation)")
    }
  }
}
