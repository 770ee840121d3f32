internal import PruneCore
internal import PruneEngine

/// What another process does to a run's files during the run.
package enum ExternalChange: CaseIterable, Sendable {
  case removesJournal, replacesJournal, cutsJournal
  case removesState
  /// A copy with the same content replaces the state, as an editor or a checkout does.
  case copiesState
  /// A state of another lineage replaces the state.
  case replacesState
  case emptiesState
  case removesLock
  /// The lock file is removed, and another process takes the lock and recovers the journal.
  case stealsLock
  /// The same, and the other process keeps the lock until the run is over.
  case keepsLock
}

/// Changes the files of a run once, and later repairs them as a person would.
final class ExternalProcess {
  let kind: ExternalChange
  private let disk: VirtualDisk
  private let files: StateFiles
  private let state: [UInt8]
  private var foreign: [UInt8] = []
  private var lockOwner: ProcessDisk?
  private var lock: StateLock?

  init(_ kind: ExternalChange, _ disk: VirtualDisk, _ files: StateFiles) {
    self.kind = kind
    self.disk = disk
    self.files = files
    state = disk.bytes(files.path)
  }

  /// Whether another process has recovered the journal, so that nothing more may be sent.
  var hasTakenLock: Bool { kind == .stealsLock || kind == .keepsLock }

  func act() throws {
    switch kind {
    case .removesJournal: disk.remove(files.journal)
    case .replacesJournal: disk.append(Array("hello\n".utf8), to: disk.make(files.journal))
    case .cutsJournal:
      guard let node = disk.node(files.journal) else { return }
      let half = node.content.prefix(node.content.count / 2)
      disk.empty(node)
      disk.append(half, to: node)
    case .removesState: disk.remove(files.path)
    case .copiesState: put(state)
    case .replacesState:
      guard var header = try StateStore.snapshot(files).header else { return }
      header.lineage = Lineage(8)
      header.records = 0
      header.unfinished = nil
      let writer = StateWriter(header)
      foreign = writer.finish()
      put(foreign)
    case .emptiesState: if let node = disk.node(files.path) { disk.empty(node) }
    case .removesLock: disk.remove(files.lock)
    case .stealsLock, .keepsLock:
      disk.remove(files.lock)
      let process = ProcessDisk(disk)
      let own = StateFiles(path: files.path, on: process)
      let lock = try StateLock(own, holder: "pid 2")
      try StateStore.recover(own)
      if kind == .keepsLock { (lockOwner, self.lock) = (process, lock) }
    }
    disk.syncNames()
  }

  /// Restores the files; throws if the run has overwritten what was not its own.
  func repair() throws {
    lock = nil
    lockOwner = nil
    switch kind {
    case .replacesJournal:
      guard disk.bytes(files.journal).elementsEqual("hello\n".utf8) else {
        throw Breach(.ownership, "a foreign journal was removed")
      }
      disk.remove(files.journal)
    case .replacesState:
      guard foreign.isEmpty || disk.bytes(files.path) == foreign else {
        throw Breach(.ownership, "a state of another lineage was overwritten")
      }
      put(state)
    case .emptiesState: if disk.bytes(files.path).isEmpty { put(state) }
    default: break
    }
    disk.syncNames()
  }

  private func put(_ bytes: [UInt8]) {
    disk.remove(files.path)
    let node = disk.make(files.path)
    disk.append(bytes, to: node)
    disk.sync(node)
  }
}
