package import PruneCore
internal import Bytes

/// Folds journals into states.
extension StateStore {
  /// The content of a journal.
  struct Folded {
    var header: JournalHeader
    var changes: [StateChange]
    /// How many users have each outcome.
    var counts: OutcomeCounts
  }

  /// Reads a journal; nil if it was torn before its first record.
  static func fold(
    _ journal: OpenedFile, _ files: StateFiles
  ) throws(StateStoreError) -> Folded? {
    try fold(journal.file.source(bytes: journal.status.bytes), files)
  }

  static func fold(
    _ source: ByteSource, _ files: StateFiles
  ) throws(StateStoreError) -> Folded? {
    do throws(JournalError) {
      var reader = try JournalReader(source)
      guard let header = reader.header else { return nil }
      var fold = JournalFold(run: header.run)
      while let record = try reader.next() {
        guard fold.add(record) else { throw JournalError.damaged(line: reader.lineNumber) }
      }
      let (changes, counts) = fold.finish()
      return Folded(header: header, changes: changes, counts: counts)
    } catch {
      throw .journal(files.journalName, state: files.name, error)
    }
  }

  /// Folds the journal of an unfinished run into the state, and removes it, so that the state is
  /// complete and durable. The caller holds the lock.
  ///
  /// Repeating it changes nothing, so a crash in between does no harm.
  /// - Returns: how many records the journal spoke of, or nil if there was no journal.
  @discardableResult
  package static func recover(_ files: StateFiles) throws(StateStoreError) -> Int? {
    guard let journal = try openJournal(files) else {
      // The process that saved the state may have died, or failed, before the name was durable.
      try syncFolder(files)
      return nil
    }
    let folded = try fold(journal, files)
    if let folded {
      guard let state = try openState(files), try !isEmpty(state) else {
        throw .stateLost(file: files.name, journal: files.journalName, folded.header.run)
      }
      let news = try news(in: folded, for: read(state, files).header, state, files)
      try save(files, folded, news, isComplete: false, by: .successor)
    }
    try removeJournal(files)
    return folded?.changes.count ?? 0
  }

  /// Folds a journal into a mismatched state of the same lineage. The caller holds the lock.
  /// - Returns: how many records the journal spoke of, or nil if there was no journal.
  @discardableResult
  package static func mergeJournal(_ files: StateFiles) throws(StateStoreError) -> Int? {
    guard let journal = try openJournal(files) else { return nil }
    let folded = try fold(journal, files)
    if let folded {
      try match(folded.header, read(requireState(files), files).header, files)
      try save(files, folded, folded.changes, isComplete: false, by: .concurrent)
    }
    try removeJournal(files)
    return folded?.changes.count ?? 0
  }

  /// Rebuilds a lost state from its journal alone, without the results of earlier runs. The caller
  /// holds the lock.
  /// - Returns: the header of the new state and how many records the journal spoke of; nil if there
  ///   is a state, or no journal that could say anything.
  package static func rebuild(
    _ files: StateFiles
  ) throws(StateStoreError) -> (header: StateHeader, changes: Int)? {
    if let state = try openState(files), try !isEmpty(state) { return nil }
    guard let journal = try openJournal(files),
      let folded = try fold(journal, files)
    else { return nil }
    var header = StateHeader(
      app: folded.header.app, service: folded.header.service, lineage: folded.header.lineage,
      serial: try serial(after: folded.header.serial, files))
    // What other runs have done is lost, so the approval of the plan does not continue.
    header.records = folded.changes.count
    var records = StateCursor(nil, changes: folded.changes)
    try replace(files, header, &records)
    try removeJournal(files)
    return (header, folded.changes.count)
  }

  /// Removes a journal without records, of a run that was interrupted before it sent anything, if
  /// there is no state either; false if there is a state. The caller holds the lock.
  package static func removeSilentJournal(_ files: StateFiles) throws(StateStoreError) -> Bool {
    if try openState(files) != nil { return false }
    if try openJournal(files) != nil { try removeJournal(files) }
    return true
  }

  /// Removes a journal that is in the saved state.
  static func removeJournal(_ files: StateFiles) throws(StateStoreError) {
    do throws(SystemError) {
      try files.disk.remove(files.journal)
      try files.disk.syncFolder(of: files.path)
    } catch {
      throw .journalLeft(file: files.name, error)
    }
  }

  /// Makes the names of state and journal durable.
  static func syncFolder(_ files: StateFiles) throws(StateStoreError) {
    try attempt(files.disk.syncFolder(of: files.path), orThrow: StateStoreError.system)
  }

  /// Writes the state with changes folded in and its serial incremented; does nothing without
  /// changes.
  ///
  /// `origin` is the file with the records, if it is not at the path.
  static func save(
    _ files: StateFiles, _ folded: Folded, _ changes: [StateChange], isComplete: Bool,
    by rule: FoldRule, from origin: (any DiskFile)? = nil
  ) throws(StateStoreError) {
    let file = if let origin { origin } else { try requireState(files) }
    let reader = try read(file, files)
    var header = reader.header
    var cursor = StateCursor(consume reader, changes: changes, by: rule)
    let forecast = try forecast(file, files, header, changes, by: rule)
    // The approval of a run does not continue after one that went its own way.
    let unfinished =
      isComplete || rule == .concurrent
      ? nil : header.unfinished(after: folded.header.run, on: folded.header.digest)
    if !forecast.hasChanges, origin == nil {
      // If the state was saved since the run began, with all of the journal in it, the run itself
      // saved it and crashed before it could remove the journal: the state's unfinished plan
      // stands.
      let isFolded = header.serial > folded.header.serial || folded.changes.isEmpty
      if isFolded && unfinished != nil || header.unfinished == unfinished {
        // Remove the journal only if the state is undamaged.
        try verify(&cursor, files)
        // The process that saved it may have died before its name was durable, and the journal is
        // about to be removed.
        return try syncFolder(files)
      }
    }
    header.records = forecast.records
    header.serial = try serial(after: max(header.serial, folded.header.serial), files)
    header.unfinished = unfinished
    try replace(files, header, &cursor)
  }

  /// Reads to the end, which verifies the state.
  private static func verify(
    _ cursor: inout StateCursor, _ files: StateFiles
  ) throws(StateStoreError) {
    do throws(StateError) {
      while try cursor.next() != nil {}
    } catch {
      throw .state(file: files.name, error)
    }
  }
}
