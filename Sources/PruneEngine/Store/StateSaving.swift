package import PruneCore
internal import Bytes

/// Replaces state files, each in one step.
extension StateStore {
  /// The serial of the next save; computed before anything is written.
  static func serial(
    after serial: UInt64, _ files: StateFiles
  ) throws(StateStoreError) -> UInt64 {
    try attempt(StateHeader.serial(after: serial)) {
      StateStoreError.state(file: files.name, $0)
    }
  }

  /// Records that no plan is unfinished any more, if the state has one. The caller holds the lock.
  package static func close(_ files: StateFiles) throws(StateStoreError) {
    var snapshot = try snapshot(files)
    guard var header = snapshot.header, header.unfinished != nil else { return }
    header.serial = try serial(after: header.serial, files)
    header.unfinished = nil
    try replace(files, header, &snapshot.cursor)
  }

  /// Creates a state without records and with a new lineage if there is none.
  package static func create(
    _ files: StateFiles, of app: SDKAppID, _ service: ServiceKind
  ) throws(StateStoreError) -> StateHeader {
    let header = StateHeader(
      app: app, service: service, lineage: Lineage(Applier.randomNumber()))
    try create(files, header)
    return header
  }

  /// Creates a state without records if there is none.
  package static func create(
    _ files: StateFiles, _ header: StateHeader
  ) throws(StateStoreError) {
    if try openState(files) != nil { throw .state(file: files.name, .changed) }
    var none = StateCursor(nil)
    try replace(files, header, &none)
  }

  /// Replaces the state file in one step: writes a temporary file next to it, syncs it, and renames it.
  ///
  /// The number of records must be the one in the header: they were counted before.
  static func replace(
    _ files: StateFiles, _ header: StateHeader,
    _ records: inout some RecordSource & ~Copyable
  ) throws(StateStoreError) {
    do throws(StateStoreError) {
      try write(header, &records, to: files)
    } catch {
      // The first failure counts; a temporary file that stays is deleted before the next save.
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
      // Writing takes time, in which another program may have saved a state or created the file.
      guard try isStill(old, files), try isStill(draft.status(), at: files.draft, files) else {
        throw StateError.changed
      }
      try files.disk.rename(files.draft, to: files.path)
      try files.disk.syncFolder(of: files.path)
    } catch let error as SystemError {
      throw error.isStale ? .state(file: files.name, .changed) : .system(error)
    } catch let error as StateError {
      throw .state(file: files.name, error)
    } catch let error as StateStoreError {
      throw error
    } catch {
      throw .keptChanging(file: files.name)
    }
  }

  /// Whether the state is still the same file, or still missing.
  private static func isStill(
    _ before: FileStatus?, _ files: StateFiles
  ) throws(SystemError) -> Bool {
    if let before { return try isStill(before, at: files.path, files) }
    return try nilIfMissing(files.disk.status(of: files.path)) == nil
  }

  private static func isStill(
    _ before: FileStatus, at path: String, _ files: StateFiles
  ) throws(SystemError) -> Bool {
    try nilIfMissing(files.disk.status(of: path))?.isAsLeft(before) ?? false
  }

  /// Creates a file next to the state. It never writes to a file that a crash left under this name:
  /// that may be the state itself, under both of its names.
  private static func make(
    _ path: String, _ files: StateFiles
  ) throws(SystemError) -> any DiskFile {
    try removeIfThere(path, files)
    return try files.disk.open(path, for: .creating)
  }

  static func removeIfThere(_ path: String, _ files: StateFiles) throws(SystemError) {
    try nilIfMissing(files.disk.remove(path))
  }

  // MARK: - Trial save

  /// Does the steps of a save with other names and a tiny file, and looks for obstacles to replacing the
  /// state: a run must find out that it cannot save before it changes a user. It does not change the
  /// state.
  package static func trySave(_ files: StateFiles) throws(StateStoreError) {
    let (draft, target) = files.trialSave
    do throws(SystemError) {
      let file = try make(draft, files)
      // Like the state, the target exists when the temporary file is renamed.
      _ = try make(target, files)
      if let state = try? files.disk.status(of: files.path) { file.adopt(state) }
      try file.write(Array("a test write of imprune\n".utf8))
      try file.sync()
      try files.disk.rename(draft, to: target)
      try files.disk.syncFolder(of: target)
      try files.disk.remove(target)
    } catch {
      // Both files are useless.
      try? files.disk.remove(draft)
      try? files.disk.remove(target)
      throw .cannotSave(file: files.name, error)
    }
    // A missing state has no obstacles.
    let obstacle = try attempt(
      nilIfMissing(files.disk.obstacle(toReplacing: files.path)) ?? nil,
      orThrow: StateStoreError.system)
    if let obstacle { throw .cannotReplace(file: files.name, obstacle) }
  }
}
