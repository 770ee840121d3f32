package import PruneCore

/// The files that a run holds from its first call to its last: the lock, the state of its plan, and
/// its journal. The run continues only as long as their paths lead to them.
package struct RunFiles: Sendable {
  package let files: StateFiles
  package let header: JournalHeader
  let lock: StateLock
  let journal: any DiskFile
  let journalIdentity: FileStatus.Identity
  /// The state, open, so that it can be read even after it has lost its name.
  let state: any DiskFile
  let stateStatus: FileStatus

  /// The first of the files that is not as the run left it; nil if all are. The journal should have
  /// this many bytes.
  func loss(journalBytes: Int) -> FileLoss? {
    lock.loss() ?? journalLoss(bytes: journalBytes) ?? stateLoss()
  }

  func journalLoss(bytes: Int) -> FileLoss? {
    FileLoss.find(files.journal, journalIdentity, on: files.disk) { $0.bytes == bytes }
  }

  func stateLoss() -> FileLoss? {
    FileLoss.find(files.path, stateStatus.identity, on: files.disk) { $0.isAsLeft(stateStatus) }
  }
}

extension FileStatus {
  /// Whether nothing has written to a file since this status.
  func isAsLeft(_ before: FileStatus) -> Bool {
    identity == before.identity && bytes == before.bytes && modified == before.modified
  }
}

extension StateStore {
  /// Begins a run on the state of its plan: checks that the state is unchanged and can be saved,
  /// and creates the journal, whose header is durable on return. The caller holds the lock.
  ///
  /// `seen` is the state's status when the plan was made.
  package static func beginRun(
    _ files: StateFiles, _ header: JournalHeader, _ lock: StateLock, seen: FileStatus?
  ) throws(StateStoreError) -> RunFiles {
    _ = try serial(after: header.serial, files)
    let state = try requireState(files)
    let status = try attempt(state.status(), orThrow: StateStoreError.system)
    let found = try read(state, files).header
    guard found.serial == header.serial, found.difference(from: header) == nil,
      seen.map(status.isAsLeft) ?? true
    else { throw .state(file: files.name, .changed) }
    // A trial save does not use this name: without the lock it may be in use.
    try attempt(removeIfThere(files.draft, files)) {
      StateStoreError.cannotSave(file: files.name, $0)
    }
    try trySave(files)
    if let loss = lock.loss() { throw .lost(loss) }
    var header = header
    header.base = try digest(of: state)
    do throws(SystemError) {
      var line: [UInt8] = []
      header.append(to: &line)
      let journal = try files.disk.open(files.journal, for: .creating)
      // A person who may use the state must be able to continue after this run.
      journal.adopt(status)
      try journal.write(line)
      try journal.syncData()
      try files.disk.syncFolder(of: files.journal)
      return RunFiles(
        files: files, header: header, lock: lock, journal: journal,
        journalIdentity: try journal.status().identity, state: state,
        stateStatus: status)
    } catch {
      throw .system(error)
    }
  }
}
