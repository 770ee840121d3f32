package import PruneCore

/// A state on disk at one moment, its journal folded in: header, and records one by one.
package struct StateSnapshot: ~Copyable {
  /// Nil if there is no state file.
  package let header: StateHeader?
  package var cursor: StateCursor
  /// The journal of a run in progress or interrupted, if there is one.
  package let journal: JournalHeader?
  /// The status of the state file; nil if there is none.
  package let status: FileStatus?
}

extension StateSnapshot {
  /// Reads the remaining records, and keeps those that are wanted, in the order of the state.
  mutating func records(
    of files: StateFiles, where isWanted: (StateRecord) -> Bool
  ) throws(StateStoreError) -> [StateRecord] {
    guard header != nil else { throw .missing(file: files.name) }
    var records: [StateRecord] = []
    do throws(StateError) {
      while let record = try cursor.next() {
        if isWanted(record) { records.append(record) }
      }
    } catch {
      throw .state(file: files.name, error)
    }
    return records
  }
}

extension StateStore {
  /// The records that have a completed revision, in the order of the state.
  static func completedRecords(_ files: StateFiles) throws(StateStoreError) -> [StateRecord] {
    try records(files) { $0.done != nil }
  }

  /// Some of the records, in the order of the state.
  static func records(
    _ files: StateFiles, where isWanted: (StateRecord) -> Bool
  ) throws(StateStoreError) -> [StateRecord] {
    var snapshot = try snapshot(files)
    return try snapshot.records(of: files, where: isWanted)
  }
}
