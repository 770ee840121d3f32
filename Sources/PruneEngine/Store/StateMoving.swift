package import PruneCore

/// `state pull` and `state push`: a state moves between a store and a file.
extension StateStore {
  /// Copies a state byte for byte to a name that is free, with the journal of a run that has not ended.
  package static func copy(_ files: StateFiles, to copy: StateFiles) throws(StateStoreError) {
    guard try openState(files) != nil else {
      // Throws if a run has left a journal.
      _ = try snapshot(files)
      throw .missing(file: files.name)
    }
    do throws(SystemError) {
      // The journal first: without it, the state would seem to be complete.
      if FileSystem.exists(files.journal) {
        try StateBackup.copy(files.journal, to: copy.journal)
      }
      try StateBackup.copy(files.path, to: copy.path)
    } catch {
      throw .system(error)
    }
  }

  /// Creates a state with the header and the records of another. The caller holds both locks.
  package static func create(
    _ files: StateFiles, from source: StateFiles
  ) throws(StateStoreError) -> StateHeader {
    if try openJournal(source) != nil { throw .hasJournal(file: source.name) }
    // Throws if a run has left a journal: its state is lost.
    if try snapshot(files).header != nil { throw .state(file: files.name, .changed) }
    let reader = try read(requireState(source), source)
    let header = reader.header
    var records = StateCursor(consume reader)
    try replace(files, header, &records)
    return header
  }
}
