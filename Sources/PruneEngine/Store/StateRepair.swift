package import PruneCore
internal import Bytes

/// Repairs a damaged state or journal (`state repair`).
package struct StateRepair {
  /// The state's complete records, with the journal folded in.
  package let salvage: StateSalvage
  /// Why the state is refused; nil if it is undamaged.
  package let damage: StateError?
  /// The journal beside the state, if there is one.
  package let journal: Journal?

  /// A journal, damaged or not.
  package struct Journal {
    /// Why it is refused; nil if it is undamaged.
    package let damage: JournalError?
    /// Whether its first line is lost, so that all of its users are unknown.
    package let isHeaderLost: Bool
    /// Its changes.
    package let changes: [StateChange]
    package let losses: Losses
  }

  /// Examines a state and its journal; nil if both are undamaged. Reads only.
  package init?(_ files: StateFiles) throws(StateStoreError) {
    damage = try Self.damage(files)
    let (header, journal) = try Self.journal(files)
    if damage == nil, journal?.damage == nil { return nil }
    var salvage = try Self.salvage(files, damage)
    if let header { try StateStore.match(header, salvage.header, files) }
    // A journal whose header is lost, or that does not match the state, may be older.
    let rule: FoldRule = header?.serial == salvage.header.serial ? .successor : .concurrent
    if let journal { salvage.fold(journal.changes, by: rule) }
    self.salvage = salvage
    self.journal = journal
  }

  private static func damage(_ files: StateFiles) throws(StateStoreError) -> StateError? {
    let file = try StateStore.requireState(files)
    do throws(StateError) {
      var reader = try StateReader(file.source(bytes: .max))
      while try reader.next() != nil {}
      return nil
    } catch {
      switch error {
      case .newerVersion, .unreadable, .empty, .rewritten(.utf16):
        throw .state(file: files.name, error)
      default: return error
      }
    }
  }

  private static func salvage(
    _ files: StateFiles, _ damage: StateError?
  ) throws(StateStoreError) -> StateSalvage {
    let file = try StateStore.requireState(files)
    do throws(StateError) {
      return try StateSalvage(file.source(bytes: .max))
    } catch {
      // If a file has no recognizable header at all, say more than that a line is missing.
      let isState = damage != .notAState || error != .headerLost("imprune-state")
      throw .state(file: files.name, isState ? error : .notAState)
    }
  }

  private static func journal(
    _ files: StateFiles
  ) throws(StateStoreError) -> (JournalHeader?, Journal?) {
    guard let file = try StateStore.openJournal(files) else { return (nil, nil) }
    do throws(StateStoreError) {
      let folded = try StateStore.fold(file, files)
      let changes = folded?.changes ?? []
      return (
        folded?.header,
        Journal(damage: nil, isHeaderLost: false, changes: changes, losses: Losses())
      )
    } catch {
      guard case .journal(_, _, let damage) = error, damage.isDamage else { throw error }
      let salvage = try salvageJournal(files)
      return (
        salvage.header,
        Journal(
          damage: damage, isHeaderLost: salvage.header == nil, changes: salvage.changes,
          losses: salvage.losses)
      )
    }
  }

  private static func salvageJournal(
    _ files: StateFiles
  ) throws(StateStoreError) -> JournalSalvage {
    guard let (file, status) = try StateStore.openJournal(files) else {
      throw .keptChanging(file: files.name)
    }
    return try attempt(JournalSalvage(file.source(bytes: status.bytes))) {
      StateStoreError.journal(files.journalName, state: files.name, $0)
    }
  }
}

extension StateStore {
  /// Replaces the damaged state with a repaired one, and removes its journal, which is in it. The
  /// caller has held the lock since the state was examined.
  ///
  /// After a crash in between, repair can run again.
  /// - Returns: the new serial, and the paths of the backups.
  package static func save(
    _ repair: StateRepair, _ files: StateFiles
  ) throws(StateStoreError) -> (serial: UInt64, backups: [String]) {
    var header = repair.salvage.header
    let serial = try serial(after: header.serial, files)
    var backups = [try backUp(files.path, header, as: files.kept)]
    if repair.journal != nil {
      backups.append(try backUp(files.journal, header, as: files.kept + ".journal"))
    }
    header.serial = serial
    var records = repair.salvage.source
    try replace(files, header, &records)
    if repair.journal != nil { try removeJournal(files) }
    return (serial, backups)
  }
}
