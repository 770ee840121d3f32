package import PruneCore

/// `state resolve` and `state forget`: a person's decision about some records.
extension StateStore {
  /// The changes of an edit to a state with its journal folded in. Reads only.
  package static func outcome(
    of edit: StateEdit, in files: StateFiles
  ) throws(StateStoreError) -> FoundEdit {
    var snapshot = try snapshot(files)
    guard let header = snapshot.header else { throw .missing(file: files.name) }
    let status = snapshot.status
    let outcome = try attempt(edit.outcome(for: &snapshot.cursor)) {
      StateStoreError.state(file: files.name, $0)
    }
    return FoundEdit(header: header, outcome: outcome, state: status)
  }

  /// The changes of an edit, and the state in which they were found.
  package struct FoundEdit: Sendable {
    package let header: StateHeader
    package let outcome: StateEdit.Outcome
    fileprivate let state: FileStatus?
  }

  /// Checks that no other process has written to the state, or taken the lock, since an edit was
  /// computed: a person may have been asked in between.
  package static func require(
    _ found: FoundEdit, _ files: StateFiles, _ lock: StateLock
  ) throws(StateStoreError) {
    if let loss = lock.loss() { throw .lost(loss) }
    let file = try openState(files)
    let status = try attempt(file?.status(), orThrow: StateStoreError.system)
    guard let status, let state = found.state, status.isAsLeft(state) else {
      throw .state(file: files.name, .changed)
    }
  }

  /// Applies the changes in `outcome`. The caller has held the lock since then, and has recovered
  /// any journal.
  /// - Returns: the new serial, and the path of the backup.
  package static func save(
    _ edit: StateEdit, _ outcome: StateEdit.Outcome, _ files: StateFiles
  ) throws(StateStoreError) -> (serial: UInt64, path: String) {
    let snapshot = try snapshot(files)
    guard var header = snapshot.header else { throw .missing(file: files.name) }
    let serial = try serial(after: header.serial, files)
    let backup = try backUp(files.path, header, as: files.kept)
    header.serial = serial
    header.records = outcome.records
    // An approval of the rest of a plan does not cover repeating an operation, nor sending a user
    // whose id may be another person's by now.
    switch edit.decision {
    case .forget, .open: header.unfinished = nil
    case .done: break
    }
    var edited = EditedState(snapshot.cursor, outcome.changes)
    try replace(files, header, &edited)
    return (serial, backup)
  }

  /// Copies a file to a name that begins like this.
  static func backUp(
    _ path: String, _ header: StateHeader, as name: String
  ) throws(StateStoreError) -> String {
    try attempt(
      StateBackup.make(of: path, serial: header.serial, as: name), orThrow: StateStoreError.system)
  }
}
