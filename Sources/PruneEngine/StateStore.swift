package import PruneCore
internal import YAML

/// Why a state cannot be used, with the file that it is about.
package enum StateStoreError: Error, Equatable, Sendable {
  case state(file: String, StateError)
  case journal(file: String, JournalError)
  case system(SystemError)
  /// The files kept changing while they were read.
  case restless(file: String)
  /// There is no state.
  case missing(file: String)
  /// The state is saved, but the journal that is in it now could not be removed for good. Folding it
  /// again changes nothing.
  case journalLeft(file: String, SystemError)
  /// A journal lies beside a state whose records are wanted whole.
  case unfolded(file: String)
  /// A state that is to be merged is of another app, kind of service or lineage than ours.
  case unlike(file: String, ours: String, what: String)
}

/// A journal to be appended to.
package struct BegunJournal: Sendable {
  let file: any DiskFile
  /// How long it is.
  let bytes: Int
}

/// Reads and writes states (DESIGN 4).
package enum StateStore {
  /// Opens a state for reading, without a lock and without writing anything.
  ///
  /// The journal is read first, up to where it ends at that moment; the state then belongs to it if
  /// the journal is still the same file afterwards, and has not grown if the state was saved
  /// meanwhile; else the reading begins anew.
  ///
  /// `tail` is what the journal of our own run lacks because the disk failed.
  package static func snapshot(
    _ files: StateFiles, tail: JournalTail? = nil
  ) throws(StateStoreError) -> StateSnapshot {
    for _ in 0..<10 {
      let journal = try openJournal(files)
      var folded: Folded?
      if let journal { folded = try fold(journal.file, bytes: journal.status.bytes, files, tail) }
      let snapshot = try open(files, folded)
      let now = try openJournal(files)?.status
      let isSame = now?.identity == journal?.status.identity
      // A state saved since then holds the whole journal, and of that perhaps only a part was read.
      let isSaved = (snapshot.header?.serial ?? 0) > (folded?.header.serial ?? .max)
      // Held open until here, so that no journal made meanwhile could take its number.
      withExtendedLifetime(journal?.file) {}
      if isSame, !isSaved || now?.bytes == journal?.status.bytes { return snapshot }
    }
    throw .restless(file: files.name)
  }

  /// What a journal holds.
  struct Folded {
    var header: JournalHeader
    var changes: [StateChange]
  }

  private static func open(
    _ files: StateFiles, _ folded: Folded?
  ) throws(StateStoreError) -> StateSnapshot {
    guard let file = try openState(files) else {
      // A journal is made only beside a state, so without one it belongs to something else.
      if folded != nil {
        throw .journal(file: files.journal, .otherState("lineage (there is no state file)"))
      }
      return StateSnapshot(header: nil, cursor: StateCursor(nil), journal: nil, changes: 0)
    }
    let reader = try read(file, files)
    let header = reader.header
    var changes: [StateChange] = []
    if let folded {
      try match(folded.header, header, files)
      if !header.holds(folded.header) { changes = folded.changes }
    }
    return StateSnapshot(
      header: header, cursor: StateCursor(consume reader, changes: changes),
      journal: folded?.header, changes: folded?.changes.count ?? 0)
  }

  static func read(
    _ file: any DiskFile, _ files: StateFiles
  ) throws(StateStoreError) -> StateReader {
    do throws(StateError) {
      return try StateReader(file.source(bytes: .max))
    } catch {
      throw .state(file: files.name, error)
    }
  }

  static func match(
    _ journal: JournalHeader, _ state: StateHeader, _ files: StateFiles
  ) throws(StateStoreError) {
    if let other = state.difference(from: journal) {
      throw .journal(file: files.journal, .otherState(other))
    }
  }

  // MARK: - Files

  static func openState(_ files: StateFiles) throws(StateStoreError) -> (any DiskFile)? {
    do throws(SystemError) {
      let file = try files.disk.open(files.path, for: .reading)
      return try file.requireRegular()
    } catch {
      if error.isMissing { return nil }
      throw .system(error)
    }
  }

  static func openJournal(
    _ files: StateFiles
  ) throws(StateStoreError) -> (file: any DiskFile, status: FileStatus)? {
    do throws(SystemError) {
      let file = try files.disk.open(files.journal, for: .reading).requireRegular()
      return (file, try file.status())
    } catch {
      if error.isMissing { return nil }
      throw .system(error)
    }
  }

  /// Reads a journal; nil if it was torn before it said anything.
  static func fold(
    _ file: any DiskFile, bytes: Int, _ files: StateFiles, _ tail: JournalTail? = nil
  ) throws(StateStoreError) -> Folded? {
    do throws(JournalError) {
      let source =
        tail.map { file.source(bytes: $0.durable).followed(by: ByteSource($0.unsaved)) }
        ?? file.source(bytes: bytes)
      var reader = try JournalReader(source)
      guard let header = reader.header else { return nil }
      var fold = JournalFold(run: header.run)
      while let record = try reader.next() {
        guard fold.add(record) else { throw JournalError.damaged(line: reader.lineNumber) }
      }
      return Folded(header: header, changes: fold.finish())
    } catch {
      throw .journal(file: files.journal, error)
    }
  }

  // MARK: - Saving

  /// Folds a journal left behind by a run that did not end into the state, and removes it, so that
  /// the state is whole and durable. The caller holds the lock.
  ///
  /// Doing it twice is the same as doing it once, so a crash in between does no harm.
  /// - Returns: how many records the journal spoke of, or nil if there was no journal.
  @discardableResult
  package static func recover(_ files: StateFiles) throws(StateStoreError) -> Int? {
    guard let changes = try foldJournal(files, isComplete: false) else {
      // Whoever saved the state may have died, or failed, before its name was durable.
      try syncFolder(files)
      return nil
    }
    return changes
  }

  /// Folds the journal of the run that has just ended, and removes it. `tail` is what the journal
  /// lacks because the disk failed.
  package static func finishRun(
    _ files: StateFiles, isComplete: Bool, tail: JournalTail?
  ) throws(StateStoreError) {
    try foldJournal(files, isComplete: isComplete, tail: tail)
  }

  /// The records that the journal of a run changes, as they would be saved.
  package static func changedRecords(
    _ files: StateFiles, tail: JournalTail?
  ) throws(StateStoreError) -> [StateRecord] {
    guard let journal = try openJournal(files),
      let folded = try fold(journal.file, bytes: journal.status.bytes, files, tail)
    else { return [] }
    var snapshot = try open(files, folded)
    var records: [StateRecord] = []
    var next = 0
    do throws(StateError) {
      while next < folded.changes.count, let record = try snapshot.cursor.next() {
        guard record.key == folded.changes[next].key else { continue }
        records.append(record)
        next += 1
      }
    } catch {
      throw .state(file: files.name, error)
    }
    return records
  }

  @discardableResult
  private static func foldJournal(
    _ files: StateFiles, isComplete: Bool, tail: JournalTail? = nil
  ) throws(StateStoreError) -> Int? {
    guard let journal = try openJournal(files) else { return nil }
    let folded = try fold(journal.file, bytes: journal.status.bytes, files, tail)
    if let folded { try save(files, folded, isComplete: isComplete) }
    try removeJournal(files)
    return folded?.changes.count ?? 0
  }

  /// Removes a journal that the saved state holds.
  static func removeJournal(_ files: StateFiles) throws(StateStoreError) {
    do throws(SystemError) {
      try files.disk.remove(files.journal)
      try files.disk.syncFolder(of: files.path)
    } catch {
      throw .journalLeft(file: files.name, error)
    }
  }

  /// Makes the names of state and journal durable.
  private static func syncFolder(_ files: StateFiles) throws(StateStoreError) {
    do throws(SystemError) {
      try files.disk.syncFolder(of: files.path)
    } catch {
      throw .system(error)
    }
  }

  /// Writes the state with changes folded in, its serial one higher; nothing if nothing changed.
  private static func save(
    _ files: StateFiles, _ folded: Folded, isComplete: Bool
  ) throws(StateStoreError) {
    var snapshot = try open(files, folded)
    guard var header = snapshot.header else { return }
    let forecast = try forecast(
      files, header, header.holds(folded.header) ? [] : folded.changes)
    let unfinished =
      isComplete ? nil : header.unfinished(after: folded.header.run, on: folded.header.digest)
    if !forecast.hasChanges {
      // A state saved since the run began, with all of the journal in it, was saved by the run
      // itself, which crashed before it could remove the journal: its word on its end stands.
      let isFolded = header.serial > folded.header.serial || folded.changes.isEmpty
      if isFolded && unfinished != nil || header.unfinished == unfinished {
        // The journal is given up only for a state that is whole.
        try verify(&snapshot.cursor, files)
        // Whoever saved it may have died before its name was durable, and the journal goes now.
        return try syncFolder(files)
      }
    }
    header.records = forecast.records
    header.serial = try serial(after: header.serial, files)
    header.unfinished = unfinished
    try replace(files, header, &snapshot.cursor)
  }

  /// The serial of the next save. Asked for before anything is written.
  static func serial(
    after serial: UInt64, _ files: StateFiles
  ) throws(StateStoreError) -> UInt64 {
    do throws(StateError) {
      return try StateHeader.serial(after: serial)
    } catch {
      throw .state(file: files.name, error)
    }
  }

  /// What folding makes of the state whose header was read before.
  private static func forecast(
    _ files: StateFiles, _ header: StateHeader, _ changes: [StateChange]
  ) throws(StateStoreError) -> StateForecast {
    guard let file = try openState(files) else { throw .missing(file: files.name) }
    let reader = try read(file, files)
    guard reader.header == header else { throw .state(file: files.name, .changed) }
    do throws(StateError) {
      return try StateForecast(consume reader, changes)
    } catch {
      throw .state(file: files.name, error)
    }
  }

  /// Reads to the end, where a state is known to be whole.
  private static func verify(
    _ cursor: inout StateCursor, _ files: StateFiles
  ) throws(StateStoreError) {
    do throws(StateError) {
      while try cursor.next() != nil {}
    } catch {
      throw .state(file: files.name, error)
    }
  }

  /// Notes that nothing is unfinished any more, if the state says so. The caller holds the lock.
  package static func close(_ files: StateFiles) throws(StateStoreError) {
    var snapshot = try snapshot(files)
    guard var header = snapshot.header, header.unfinished != nil else { return }
    header.serial = try serial(after: header.serial, files)
    header.unfinished = nil
    try replace(files, header, &snapshot.cursor)
  }

  /// Makes a state without records.
  package static func create(
    _ files: StateFiles, _ header: StateHeader
  ) throws(StateStoreError) {
    var none = StateCursor(nil)
    try replace(files, header, &none)
  }

  /// Replaces the state file as one step: a draft beside it, made durable, takes its name.
  ///
  /// The records must be as many as the header says: they were counted before.
  static func replace(
    _ files: StateFiles, _ header: StateHeader,
    _ records: inout some RecordSource & ~Copyable
  ) throws(StateStoreError) {
    do throws(StateStoreError) {
      try write(header, &records, to: files)
    } catch {
      // What went wrong is what counts; a draft that stays is removed before the next one is made.
      try? files.disk.remove(files.draft)
      throw error
    }
  }

  private static func write(
    _ header: StateHeader, _ records: inout some RecordSource & ~Copyable, to files: StateFiles
  ) throws(StateStoreError) {
    var writer = StateWriter(header)
    var left = header.records
    do {
      let draft = try makeDraft(files)
      if let old = try openState(files) { try draft.adopt(old.status()) }
      while try records.writeNext(to: &writer) {
        left -= 1
        if writer.waiting >= 1 << 20 { try writer.drain(to: draft.write) }
      }
      if left != 0 { throw StateError.changed }
      try draft.write(writer.finish())
      try draft.sync()
      try files.disk.rename(files.draft, to: files.path)
      try files.disk.syncFolder(of: files.path)
    } catch let error as SystemError {
      throw .system(error)
    } catch let error as StateError {
      throw .state(file: files.name, error)
    } catch let error as StateStoreError {
      throw error
    } catch {
      throw .restless(file: files.name)
    }
  }

  private static func makeDraft(_ files: StateFiles) throws(SystemError) -> any DiskFile {
    // What a crash left is never written to: it may be the state itself, under both of its names.
    do throws(SystemError) {
      try files.disk.remove(files.draft)
    } catch {
      if !error.isMissing { throw error }
    }
    return try files.disk.open(files.draft, for: .creating)
  }

  /// Begins the journal of a run, unless what it will hold could not be saved; its header is durable
  /// on return.
  package static func beginJournal(
    _ files: StateFiles, _ header: JournalHeader
  ) throws(StateStoreError) -> BegunJournal {
    _ = try serial(after: header.serial, files)
    var bytes: [UInt8] = []
    header.append(to: &bytes)
    do throws(SystemError) {
      let file = try files.disk.open(files.journal, for: .creating)
      try file.write(bytes)
      try file.syncData()
      try files.disk.syncFolder(of: files.journal)
      return BegunJournal(file: file, bytes: bytes.count)
    } catch {
      throw .system(error)
    }
  }
}
