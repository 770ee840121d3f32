package import PruneCore
internal import Bytes

/// Saves a run's results from its own memory, whatever happened to its files.
extension StateStore {
  /// Folds a run into the state and removes its journal. A problem found on the way becomes the
  /// stop reason of the run's result: a lost file, or counts that do not match the journal.
  ///
  /// If the state lost its name, writes it again with all of its records; if another state of the
  /// same lineage replaced it, folds the run into that one. If the lock lost its file, takes it
  /// again first: if another process has it, writes nothing.
  package static func finishRun(_ run: inout Applier.Ended) throws(StateStoreError) {
    let files = run.files.files
    if run.copy.isOnDisk, let loss = run.files.loss(journalBytes: run.copy.bytes) {
      run.result.stop = loss.stop
    }
    guard let folded = try fold(run.copy.source, files) else { return }
    if !run.result.counts.agree(with: folded.counts), !run.result.hasLostFile {
      run.result.stop = .miscounted
    }
    let lock = try heldLock(of: run.files)
    defer { withExtendedLifetime(lock) {} }
    try save(run, folded, triesLeft: 3)
    // Another run's journal stays.
    if FileLoss.find(files.journal, run.files.journalIdentity, on: files.disk) == nil {
      try removeJournal(files)
    }
  }

  /// Saves the run in the state now at the path; retries once if another process saves there at the
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
      case .replaced, .changed, .hidden, .takenOver:
        try match(folded.header, read(requireState(files), files).header, files)
        try save(files, folded, folded.changes, isComplete: isComplete, by: .concurrent)
      }
    } catch {
      guard error == .state(file: files.name, .changed), triesLeft > 0 else { throw error }
      try save(run, folded, triesLeft: triesLeft - 1)
    }
  }

  /// The run's lock, taken again if its file was removed or replaced.
  private static func heldLock(of run: RunFiles) throws(StateStoreError) -> StateLock {
    guard let loss = run.lock.loss() else { return run.lock }
    do throws(StateLock.Failure) {
      return try run.lock.retaken()
    } catch {
      switch error {
      case .held(let holder): throw .lockTaken(file: run.files.name, by: holder)
      case .system(let error), .closed(let error): throw .system(error)
      case .keptChanging, .shared: throw .lost(loss)
      }
    }
  }

  /// The records that a run has changed, as they would have been saved; based on its initial state
  /// if that is readable, otherwise on the run alone.
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

  /// The outcomes of a run's users: from its initial state and its changes.
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
      journal: folded.header, status: run.stateStatus)
  }
}

extension RunResult {
  var hasLostFile: Bool {
    switch stop {
    case .filesLost, .deposed: true
    default: false
    }
  }
}

extension OutcomeCounts {
  /// Whether a run's counts match its journal. Users left unknown or not attempted may not be in a
  /// journal.
  fileprivate func agree(with journal: OutcomeCounts) -> Bool {
    removed == journal.removed && alreadyAbsent == journal.alreadyAbsent
      && cleared == journal.cleared && failed == journal.failed
  }
}
