package import PruneCore
internal import YAML

/// Replaces states, as one step each.
extension StateStore {
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

  /// Notes that nothing is unfinished any more, if the state says so. The caller holds the lock.
  package static func close(_ files: StateFiles) throws(StateStoreError) {
    var snapshot = try snapshot(files)
    guard var header = snapshot.header, header.unfinished != nil else { return }
    header.serial = try serial(after: header.serial, files)
    header.unfinished = nil
    try replace(files, header, &snapshot.cursor)
  }

  /// Makes a state without records and of a lineage of its own, where there is none.
  package static func create(
    _ files: StateFiles, of app: SDKAppID, _ service: ServiceKind
  ) throws(StateStoreError) -> StateHeader {
    let header = StateHeader(
      app: app, service: service, lineage: Lineage(Applier.randomNumber()))
    try create(files, header)
    return header
  }

  /// Makes a state without records, where there is none.
  package static func create(
    _ files: StateFiles, _ header: StateHeader
  ) throws(StateStoreError) {
    if try openState(files) != nil { throw .state(file: files.name, .changed) }
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
      let draft = try make(files.draft, files)
      let old = try openState(files)?.status()
      if let old { draft.adopt(old) }
      while try records.writeNext(to: &writer) {
        left -= 1
        if writer.waiting >= 1 << 20 { try writer.drain(to: draft.write) }
      }
      if left != 0 { throw StateError.changed }
      try draft.write(writer.finish())
      try draft.sync()
      // Writing takes a while, and in it something else may have saved a state, or laid a draft.
      guard try isStill(old, files), try isStill(draft.status(), at: files.draft, files) else {
        throw StateError.changed
      }
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

  /// Whether the state is still the file that it was, or still missing.
  private static func isStill(
    _ before: FileStatus?, _ files: StateFiles
  ) throws(SystemError) -> Bool {
    if let before { return try isStill(before, at: files.path, files) }
    do throws(SystemError) {
      _ = try files.disk.status(of: files.path)
      return false
    } catch {
      if error.isMissing { return true }
      throw error
    }
  }

  private static func isStill(
    _ before: FileStatus, at path: String, _ files: StateFiles
  ) throws(SystemError) -> Bool {
    do throws(SystemError) {
      return try files.disk.status(of: path).isAsLeft(before)
    } catch {
      if error.isMissing { return false }
      throw error
    }
  }

  /// Makes a file beside the state. What a crash left under the name is never written to: it may be
  /// the state itself, under both of its names.
  private static func make(
    _ path: String, _ files: StateFiles
  ) throws(SystemError) -> any DiskFile {
    try removeIfThere(path, files)
    return try files.disk.open(path, for: .creating)
  }

  static func removeIfThere(_ path: String, _ files: StateFiles) throws(SystemError) {
    do throws(SystemError) {
      try files.disk.remove(path)
    } catch {
      if !error.isMissing { throw error }
    }
  }

  // MARK: - Rehearsal

  /// Does all that a save does, under names of its own and with an empty file, and looks for what
  /// would keep the state itself from being replaced: what cannot be saved must show before the first
  /// user is touched. The state is left alone.
  package static func rehearseSave(_ files: StateFiles) throws(StateStoreError) {
    let (draft, target) = files.rehearsal
    do throws(SystemError) {
      let file = try make(draft, files)
      // As the state, the target is there when the draft takes its name.
      _ = try make(target, files)
      if let state = try? files.disk.status(of: files.path) { file.adopt(state) }
      try file.write(Array("a rehearsal of saving a state\n".utf8))
      try file.sync()
      try files.disk.rename(draft, to: target)
      try files.disk.syncFolder(of: target)
      try files.disk.remove(target)
    } catch {
      // Neither holds anything.
      try? files.disk.remove(draft)
      try? files.disk.remove(target)
      throw .cannotSave(file: files.name, error)
    }
    let obstacle = try system { () throws(SystemError) -> ReplacementObstacle? in
      do throws(SystemError) {
        return try files.disk.obstacle(toReplacing: files.path)
      } catch {
        // A state that is not there is in nobody's way.
        if error.isMissing { return nil }
        throw error
      }
    }
    if let obstacle { throw .cannotReplace(file: files.name, obstacle) }
  }
}
