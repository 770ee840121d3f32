package import PruneCore

/// `state resolve` and `state forget`: a human's word on some records.
extension StateStore {
  /// What an edit changes in a state, its journal folded in. Reads only.
  package static func outcome(
    of edit: StateEdit, in files: StateFiles
  ) throws(StateStoreError) -> (header: StateHeader, outcome: StateEdit.Outcome) {
    var snapshot = try snapshot(files)
    guard let header = snapshot.header else { throw .missing(file: files.name) }
    do throws(StateError) {
      return (header, try edit.outcome(for: &snapshot.cursor))
    } catch {
      throw .state(file: files.name, error)
    }
  }

  /// Makes the changes that `outcome` has found. The caller holds the lock since then, and has
  /// recovered any journal.
  /// - Returns: the new serial, and the path of the backup.
  package static func save(
    _ edit: StateEdit, _ outcome: StateEdit.Outcome, _ files: StateFiles
  ) throws(StateStoreError) -> (serial: UInt64, path: String) {
    let snapshot = try snapshot(files)
    guard var header = snapshot.header else { throw .missing(file: files.name) }
    let serial = try serial(after: header.serial, files)
    let backup = try backUp(files.path, header)
    header.serial = serial
    header.records = outcome.records
    // An approval of what was left to do is none of doing it once more.
    if edit.decision == .forget { header.unfinished = nil }
    var edited = EditedState(snapshot.cursor, outcome.changes)
    try replace(files, header, &edited)
    return (serial, backup)
  }

  static func backUp(_ path: String, _ header: StateHeader) throws(StateStoreError) -> String {
    do throws(SystemError) {
      return try StateBackup.make(of: path, serial: header.serial)
    } catch {
      throw .system(error)
    }
  }
}
