import PruneCore
import TestSupport
import Testing

@testable import PruneEngine

/// The highest serial of a state: it can be reached, and nothing is written beyond it.
@Suite struct LastSerialTests {
  private let place: TemporaryWorkspace
  private let files: StateFiles
  private let digest: PlanDigest

  init() throws {
    place = try TemporaryWorkspace()
    files = try StateFiles(name: place.path("imprune.state"))
    digest = try #require(PlanDigest(hex: String(repeating: "0a", count: 32)))
  }

  private static let last = UInt64(Int64.max)

  /// Operations that save a state, or lead to a save.
  enum Saving: CaseIterable {
    case recovery
    case endOfRun
    case closing
    case edit
    case repair
    case merge
    case mergeOfTheirs
    case beginningOfRun
  }

  /// A state with one unknown user and an unfinished plan.
  private func state(serial: UInt64) throws -> WholeState {
    WholeState(
      header: StateHeader(
        app: try #require(SDKAppID(7)), service: .loopback, lineage: Lineage(0x1234),
        serial: serial, records: 1, unfinished: Unfinished(digest, runs: [RunID(1)])),
      records: [
        StateRecord(
          id: try #require(UserID("a")), operation: .removeAccount,
          attempt: .init(
            revision: .first, status: .unknown, time: Timestamp(seconds: 9), run: RunID(1)))
      ])
  }

  private func journalHeader(_ state: StateHeader) -> JournalHeader {
    JournalHeader(
      app: state.app, service: state.service, lineage: state.lineage, serial: state.serial,
      run: RunID(2), digest: digest)
  }

  /// Sets up files for saving from a state with this serial.
  private func write(for saving: Saving, serial: UInt64) throws {
    let state = try state(serial: serial)
    var bytes = state.bytes()
    switch saving {
    case .recovery:
      var journal: [UInt8] = []
      journalHeader(state.header).append(to: &journal)
      JournalRecord.intent(
        .init(
          number: 1, operation: .removeAccount, time: Timestamp(seconds: 10),
          users: [.init(id: try #require(UserID("b")), revision: .first)])
      ).append(to: &journal)
      try place.write("imprune.state.journal", journal)
    case .repair: bytes[bytes.count - 2] ^= 1
    case .merge: try place.write("theirs.state", try self.state(serial: 3).bytes())
    case .mergeOfTheirs:
      try place.write("theirs.state", bytes)
      bytes = try self.state(serial: 3).bytes()
    case .closing, .edit, .beginningOfRun, .endOfRun: break
    }
    try place.write("imprune.state", bytes)
    try place.write("base.state", "")
  }

  private func save(_ saving: Saving) throws {
    switch saving {
    case .recovery: try StateStore.recover(files)
    case .endOfRun:
      var journal: [UInt8] = []
      journalHeader(try #require(try StateStore.snapshot(files).header)).append(to: &journal)
      JournalRecord.intent(
        .init(
          number: 1, operation: .removeAccount, time: Timestamp(seconds: 10),
          users: [.init(id: try #require(UserID("b")), revision: .first)])
      ).append(to: &journal)
      try finishRun(journal, files, isComplete: true)
    case .closing: try StateStore.close(files)
    case .edit:
      let user = try #require(UserID("a"))
      let edit = try #require(StateEdit(.open, ids: [user]))
      let found = try StateStore.outcome(of: edit, in: files)
      _ = try StateStore.save(edit, found.outcome, files)
    case .repair:
      let repair = try #require(try StateRepair(files))
      _ = try StateStore.save(repair, files)
    case .merge, .mergeOfTheirs:
      let merge = StateStore.MergeFiles(
        base: try StateFiles(name: place.path("base.state")), ours: files,
        theirs: try StateFiles(name: place.path("theirs.state")))
      _ = try StateStore.save(merge, try StateStore.walk(merge) { _ in })
    case .beginningOfRun:
      let header = try #require(try StateStore.snapshot(files).header)
      let lock = try StateLock(files, command: "a test")
      _ = try StateStore.beginRun(files, journalHeader(header), lock, seen: nil)
    }
  }

  private func content() throws -> [String: [UInt8]] {
    Dictionary(
      uniqueKeysWithValues: try place.names.filter { !$0.hasSuffix(".lock") }.map {
        ($0, try place.bytes($0))
      })
  }

  @Test(arguments: Saving.allCases)
  func `a state is not saved beyond the highest serial`(saving: Saving) throws {
    try write(for: saving, serial: Self.last)
    let before = try content()
    let file = saving == .mergeOfTheirs ? place.path("theirs.state") : files.name
    #expect(throws: StateStoreError.state(file: file, .lastSerial)) { try save(saving) }
    #expect(try content() == before)
  }

  @Test(arguments: Saving.allCases)
  func `a save that reaches the highest serial can be read`(saving: Saving) throws {
    try write(for: saving, serial: Self.last - 1)
    try save(saving)
    let header = try #require(try StateStore.snapshot(files).header)
    #expect(header.serial == Self.last - (saving == .beginningOfRun ? 1 : 0))
    #expect(place.exists("imprune.state.journal") == (saving == .beginningOfRun))
  }

  @Test func `a journal already folded into a state with the highest serial needs no save`() throws
  {
    try write(for: .recovery, serial: Self.last - 1)
    let journal = try place.bytes("imprune.state.journal")
    try StateStore.recover(files)
    let once = try place.bytes("imprune.state")
    // A crash before the journal was removed.
    try place.write("imprune.state.journal", journal)
    #expect(try StateStore.recover(files) == 1)
    #expect(try place.bytes("imprune.state") == once)
    #expect(!place.exists("imprune.state.journal"))
  }
}
