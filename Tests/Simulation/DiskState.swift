internal import PruneCore
internal import PruneEngine
internal import Bytes

/// A state and its journal on the virtual disk, and what they may contain: every reading must be in
/// their history.
struct DiskState {
  static let path = "imprune.state"

  let disk: VirtualDisk
  var history = History([], serial: 0)
  /// The last result of `found`, and the bytes of state and journal behind it: the same bytes are
  /// not read twice.
  private var lastFound:
    (
      bytes: (state: [UInt8], journal: [UInt8]), found: (records: [StateRecord], serial: UInt64)
    )?

  init(on disk: VirtualDisk) {
    self.disk = disk
  }

  /// The state as a process without faults sees it.
  var files: StateFiles { StateFiles(path: Self.path, on: ProcessDisk(disk)) }

  /// The state file's bytes, and the journal's; empty if there is none.
  var bytes: [UInt8] { disk.bytes(files.path) }
  var journal: [UInt8] { disk.bytes(files.journal) }

  // MARK: - Reading

  /// The records of the state, with the journal folded in.
  func records() throws -> [StateRecord] { try SnapshotReader.read(files).get().records }

  /// The records of the state alone.
  func recordsAlone() throws -> [StateRecord] {
    var reader = try StateReader(ByteSource(bytes))
    var records: [StateRecord] = []
    while let record = try reader.next() { records.append(record) }
    return records
  }

  func serial() throws -> UInt64? { try StateStore.snapshot(files).header?.serial }

  /// The state's content, for a check; an unreadable state is a lost one.
  mutating func found() throws -> (records: [StateRecord], serial: UInt64) {
    let bytes = (state: self.bytes, journal: journal)
    if let lastFound, lastFound.bytes == bytes { return lastFound.found }
    switch SnapshotReader.read(files) {
    case .success(let reading):
      let found = (reading.records, reading.header?.serial ?? 0)
      // A missing and an empty state have the same bytes.
      if reading.header != nil { lastFound = (bytes, found) }
      return found
    case .failure(let error): throw Breach(.durability, "the state cannot be read: \(error)")
    }
  }

  mutating func check() throws { try history.check(found().records) }

  // MARK: - Writing

  /// Notes that the state was saved: from now on its content must survive everything.
  mutating func noteSaved() throws -> [StateRecord] {
    let (records, serial) = try found()
    try history.noteSaved(records, serial: serial)
    return records
  }

  /// Writes a state with these records.
  mutating func write(_ records: [StateRecord]) throws {
    guard var header = try StateStore.snapshot(files).header else { throw Breach("no state") }
    header.serial += 1
    header.records = records.count
    var writer = StateWriter(header)
    for record in records { writer.append(record) }
    put(writer.finish(), at: Self.path)
    history = History(records, serial: header.serial)
  }

  /// Creates a file durably.
  func put(_ bytes: [UInt8], at path: String) {
    let node = disk.make(path)
    disk.append(bytes, to: node)
    disk.sync(node)
    disk.syncNames()
  }
}
