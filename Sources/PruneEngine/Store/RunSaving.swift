package import PruneCore
internal import Bytes

/// Saves what a run did, from its own memory, whatever has become of its files.
extension StateStore {
  /// Folds a run into the state and removes its journal. What is found to be amiss on the way stands
  /// in the run's result as the reason why it stopped: a file that the run has lost, or counts that
  /// are not what the journal tells.
  ///
  /// If the state lost its name, it is written again with all of its records; if another state of the
  /// same lineage took its place, the run is folded into that one. A lock that lost its file is taken
  /// again first: if another process has it, nothing is written.
  package static func finishRun(_ run: inout Applier.Ended) throws(StateStoreError) {
    let files = run.files.files
    if run.copy.isOnDisk, let loss = run.files.loss(journalBytes: run.copy.bytes) {
      run.result.stop = .filesLost(loss.description)
    }
    guard let folded = try fold(run.copy.source, files) else { return }
    if !run.result.counts.agree(with: folded.counts), !run.result.hasLostFile {
      run.result.stop = .miscounted
    }
    let lock = try heldLock(of: run.files)
    defer { withExtendedLifetime(lock) {} }
    try save(run, folded, triesLeft: 3)
    // A journal that is another's stays.
    if FileLoss.find(files.journal, run.files.journalIdentity, on: files.disk) == nil {
      try removeJournal(files)
    }
  }

  /// Saves the run in what is at the state's path now; once more if something else saves there at the
  /// same moment.
  private static func save(
    _ run: Applier.Ended, _ folded: Folded, triesLeft: Int
  ) throws(StateStoreError) {
    let files = run.files.files
    let isComplete = run.result.stop == nil
    do throws(StateStoreError) {
      switch run.files.stateLoss()?.kind {
      case nil:
        try save(files, folded, folded.changes, isComplete: isComplete, by: .successor)
      case .missing:
        try save(
          files, folded, folded.changes, isComplete: isComplete, by: .successor,
          from: run.files.state)
      case .replaced, .changed, .hidden:
        guard let state = try openState(files) else { throw .missing(file: files.name) }
        try match(folded.header, read(state, files).header, files)
        try save(files, folded, folded.changes, isComplete: isComplete, by: .concurrent)
      }
    } catch {
      guard error == .state(file: files.name, .changed), triesLeft > 0 else { throw error }
      try save(run, folded, triesLeft: triesLeft - 1)
    }
  }

  /// The run's lock, or the same taken again if its file was removed or replaced.
  private static func heldLock(of run: RunFiles) throws(StateStoreError) -> StateLock {
    guard let loss = run.lock.loss() else { return run.lock }
    do throws(StateLock.Failure) {
      return try run.lock.retaken()
    } catch {
      switch error {
      case .held(let holder): throw .lockTaken(file: run.files.name, by: holder)
      case .system(let error), .closed(let error): throw .system(error)
      case .keptChanging: throw .lost(loss)
      }
    }
  }

  /// The records that a run has changed, as they would have been saved; from the state that it began
  /// with if that can still be read, otherwise what the run alone knows.
  package static func changedRecords(_ run: RunFiles, _ copy: JournalCopy) -> [StateRecord] {
    guard let folded = try? fold(copy.source, run.files) else { return [] }
    do throws(StateError) {
      let reader = try StateReader(run.state.source(bytes: .max))
      return try changed(StateCursor(consume reader, changes: folded.changes), folded.changes)
    } catch {
      return folded.changes.map { $0.folded(into: nil) }
    }
  }

  private static func changed(
    _ cursor: consuming StateCursor, _ changes: [StateChange]
  ) throws(StateError) -> [StateRecord] {
    var records: [StateRecord] = []
    while records.count < changes.count, let record = try cursor.next() {
      if record.key == changes[records.count].key { records.append(record) }
    }
    return records
  }

  /// What became of the users of a run: the state that it began with, and what it did.
  package static func snapshot(
    of run: RunFiles, _ copy: JournalCopy
  ) throws(StateStoreError) -> StateSnapshot {
    guard let folded = try fold(copy.source, run.files) else {
      return try snapshot(run.files)
    }
    let reader = try read(run.state, run.files)
    let header = reader.header
    return StateSnapshot(
      header: header, cursor: StateCursor(consume reader, changes: folded.changes),
      journal: folded.header, changes: folded.changes.count, status: run.stateStatus)
  }
}

extension RunResult {
  fileprivate var hasLostFile: Bool { if case .filesLost = stop { true } else { false } }
}

extension OutcomeCounts {
  /// Whether what a run counted is what its journal tells. Users that are left unknown or were not
  /// attempted may stand in no journal.
  fileprivate func agree(with journal: OutcomeCounts) -> Bool {
    removed == journal.removed && alreadyAbsent == journal.alreadyAbsent
      && cleared == journal.cleared && failed == journal.failed
  }
}
