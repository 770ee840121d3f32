internal import PruneCore
internal import Bytes

/// Reads and writes states (docs/architecture.md, "State"). Reading is here; see `StateSaving`,
/// `JournalFolding` and `RunSaving` for the rest.
package enum StateStore {
  /// Opens a state for reading, without a lock and without writing anything.
  ///
  /// Reads the journal first, up to its end at that moment. The state then belongs to it if the
  /// journal is still the same file afterwards, and has not grown if the state was saved in the
  /// meantime; otherwise the reading starts over.
  package static func snapshot(_ files: StateFiles) throws(StateStoreError) -> StateSnapshot {
    for _ in 0..<10 {
      let journal = try openJournal(files)
      // Held open to the end, so that no new journal can get its inode number.
      defer { withExtendedLifetime(journal?.file) {} }
      do throws(StateStoreError) {
        var folded: Folded?
        if let journal { folded = try fold(journal, files) }
        let snapshot = try open(files, folded)
        // A state saved since then contains the whole journal, of which perhaps only a part was
        // read.
        let isSaved = (snapshot.header?.serial ?? 0) > (folded?.header.serial ?? .max)
        if try isSame(journal?.status, files, hasGrown: isSaved) { return snapshot }
      } catch {
        // A state saved in the meantime may not match what was read of the journal.
        if try isSame(journal?.status, files, hasGrown: true) { throw error }
      }
    }
    throw .keptChanging(file: files.name)
  }

  /// Whether the journal is still the same file and, if that matters, has the same length.
  private static func isSame(
    _ before: FileStatus?, _ files: StateFiles, hasGrown: Bool
  ) throws(StateStoreError) -> Bool {
    let now = try openJournal(files)?.status
    return now?.identity == before?.identity && (!hasGrown || now?.bytes == before?.bytes)
  }

  private static func open(
    _ files: StateFiles, _ folded: Folded?
  ) throws(StateStoreError) -> StateSnapshot {
    guard let file = try openState(files) else {
      // A journal is created only beside a state, so the state is lost.
      if let folded {
        throw .stateLost(file: files.name, journal: files.journalName, folded.header.run)
      }
      return StateSnapshot(header: nil, cursor: StateCursor(nil), journal: nil, status: nil)
    }
    let status = try attempt(file.status(), orThrow: StateStoreError.system)
    if status.bytes == 0, let folded {
      throw .stateLost(file: files.name, journal: files.journalName, folded.header.run)
    }
    let reader = try read(file, files)
    let header = reader.header
    let changes = try folded.map { (folded) throws(StateStoreError) in
      try news(in: folded, for: header, file, files)
    }
    return StateSnapshot(
      header: header, cursor: StateCursor(consume reader, changes: changes ?? []),
      journal: folded?.header, status: status)
  }

  /// A journal's changes that a state lacks; throws if the two do not match.
  static func news(
    in folded: Folded, for header: StateHeader, _ file: any DiskFile, _ files: StateFiles
  ) throws(StateStoreError) -> [StateChange] {
    try match(folded.header, header, files)
    if header.holds(folded.header) { return [] }
    if header.serial == folded.header.serial {
      if let base = folded.header.base, try digest(of: file) != base {
        throw .journal(files.journalName, state: files.name, .otherBranch(serial: header.serial))
      }
      return folded.changes
    }
    // Saved by the run at its end, which then could not remove its journal: it contains nothing
    // new.
    let forecast = try forecast(file, files, header, folded.changes, by: .successor)
    if !forecast.hasChanges { return [] }
    throw .journal(
      files.journalName, state: files.name,
      .otherSerial(journal: folded.header.serial, state: header.serial))
  }

  static func read(
    _ file: any DiskFile, _ files: StateFiles
  ) throws(StateStoreError) -> StateReader {
    try attempt(StateReader(file.source(bytes: .max))) {
      StateStoreError.state(file: files.name, $0)
    }
  }

  static func isEmpty(_ file: any DiskFile) throws(StateStoreError) -> Bool {
    try attempt(file.status().bytes == 0, orThrow: StateStoreError.system)
  }

  /// A state's digest, from the checksum at its end; nil if there is no state.
  static func digest(of state: any DiskFile) throws(StateStoreError) -> StateDigest? {
    try attempt(
      StateDigest(endOfState: state.end(bytes: StateDigest.endBytes)),
      orThrow: StateStoreError.system)
  }

  static func match(
    _ journal: JournalHeader, _ state: StateHeader, _ files: StateFiles
  ) throws(StateStoreError) {
    if let other = state.difference(from: journal) {
      throw .journal(files.journalName, state: files.name, .otherState(other))
    }
  }

  /// The effect of folding on the state whose header was read before.
  static func forecast(
    _ file: any DiskFile, _ files: StateFiles, _ header: StateHeader, _ changes: [StateChange],
    by rule: FoldRule
  ) throws(StateStoreError) -> StateForecast {
    let reader = try read(file, files)
    guard reader.header == header else { throw .state(file: files.name, .changed) }
    do throws(StateError) {
      return try StateForecast(consume reader, changes, by: rule)
    } catch {
      throw .state(file: files.name, error)
    }
  }

  // MARK: - Files

  /// Opens the state, which must exist.
  static func requireState(_ files: StateFiles) throws(StateStoreError) -> any DiskFile {
    guard let file = try openState(files) else { throw .missing(file: files.name) }
    return file
  }

  /// Opens the state; nil if there is none. A state with two names would have two locks and two
  /// journals, so it is refused; the draft is the second name that a power cut may leave.
  static func openState(_ files: StateFiles) throws(StateStoreError) -> (any DiskFile)? {
    guard let (file, status) = try open(files.path, on: files.disk) else { return nil }
    if status.links > 1 {
      let isDraft = (try? files.disk.status(of: files.draft))?.identity == status.identity
      guard status.links == 2, isDraft else { throw .manyNames(file: files.name, status.links) }
    }
    return file
  }

  static func openJournal(_ files: StateFiles) throws(StateStoreError) -> OpenedFile? {
    try open(files.journal, on: files.disk)
  }

  /// An open file, and its status when it was opened.
  typealias OpenedFile = (file: any DiskFile, status: FileStatus)

  private static func open(
    _ path: String, on disk: any Disk
  ) throws(StateStoreError) -> OpenedFile? {
    do throws(SystemError) {
      let file = try disk.open(path, for: .reading).requireRegular()
      return (file, try file.status())
    } catch {
      if error.isMissing { return nil }
      throw .system(error)
    }
  }
}
