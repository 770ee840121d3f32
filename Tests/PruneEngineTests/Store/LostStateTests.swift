import PruneCore
import TestSupport
import Testing
import Bytes

@testable import PruneEngine

/// States and journals that do not match, or one of which is lost.
@Suite struct LostStateTests {
  let place: TemporaryWorkspace
  let files: StateFiles
  private let app: SDKAppID
  private let digest: PlanDigest

  init() throws {
    place = try TemporaryWorkspace()
    files = try StateFiles(name: place.path("imprune.state"))
    app = try #require(SDKAppID(7))
    digest = try #require(PlanDigest(hex: String(repeating: "0a", count: 32)))
  }

  private func header(serial: UInt64) -> StateHeader {
    StateHeader(app: app, service: .live, lineage: Lineage(1), serial: serial)
  }

  private func write(serial: UInt64, _ records: [StateRecord] = []) throws {
    var header = header(serial: serial)
    header.records = records.count
    try place.write("imprune.state", WholeState(header: header, records: records).bytes())
  }

  /// The journal of a run that sent these users, each with its outcome.
  private func journal(
    serial: UInt64, run: UInt64 = 9, _ users: [(id: String, outcome: UserOutcome?)]
  ) throws -> [UInt8] {
    var bytes: [UInt8] = []
    JournalHeader(
      app: app, service: .live, lineage: Lineage(1), serial: serial, run: RunID(run),
      digest: digest
    ).append(to: &bytes)
    let members = try users.map {
      JournalRecord.User(id: try #require(UserID($0.id)), revision: .first)
    }
    JournalRecord.intent(
      .init(
        number: 1, operation: .removeAccount, time: Timestamp(seconds: 100), users: members)
    ).append(to: &bytes)
    JournalRecord.outcome(
      .init(intent: 1, time: Timestamp(seconds: 200), users: users.map(\.outcome))
    ).append(to: &bytes)
    return bytes
  }

  private func record(
    _ id: String, _ status: StateRecord.Status, run: UInt64
  ) throws -> StateRecord {
    StateRecord(
      id: try #require(UserID(id)), operation: .removeAccount,
      attempt: .init(
        revision: .first, status: status, time: Timestamp(seconds: 150), run: RunID(run)))
  }

  private func statuses() throws -> [String] {
    try WholeState(place.bytes("imprune.state")).records.map { record in
      let done = record.done?.outcome.rawValue ?? "-"
      return "\(record.id) \(done) \(record.attempt.map { "\($0.status)" } ?? "-")"
    }
  }

  // MARK: - Serials

  @Test(arguments: [3, 7] as [UInt64])
  func `a journal that does not match its state is refused, and both files stay`(
    serial: UInt64
  ) throws {
    try write(serial: 5, [record("a", .unknown, run: 8)])
    let state = try place.bytes("imprune.state")
    let journal = try journal(serial: serial, [("a", .failed(ServiceCode(70500)))])
    try place.write("imprune.state.journal", journal)
    let error = StateStoreError.journal(
      files.journalName, state: files.name, .otherSerial(journal: serial, state: 5))
    #expect(throws: error) { _ = try StateStore.snapshot(files) }
    #expect(throws: error) { try StateStore.recover(files) }
    #expect(try place.bytes("imprune.state") == state)
    #expect(try place.bytes("imprune.state.journal") == journal)
  }

  @Test func `a journal of another branch with the same serial is refused`()
    throws
  {
    try write(serial: 5, [record("a", .unknown, run: 8)])
    _ = try endedRun(journal(serial: 5, [("b", .done(.removed))]), files, isComplete: true)
    // The run was killed, and another branch of the state was checked out.
    try write(serial: 5, [record("c", .unknown, run: 7)])
    let state = try place.bytes("imprune.state")
    let error = StateStoreError.journal(
      files.journalName, state: files.name, .otherBranch(serial: 5))
    #expect(throws: error) { _ = try StateStore.snapshot(files) }
    #expect(throws: error) { try StateStore.recover(files) }
    #expect(try place.bytes("imprune.state") == state)
    #expect(try StateStore.mergeJournal(files) == 1)
    #expect(try statuses() == ["b removed -", "c - unknown"])
  }

  @Test func `a mismatched journal with nothing new is removed`() throws {
    try write(serial: 4)
    try finishRun(journal(serial: 4, [("a", .done(.removed))]), files, isComplete: true)
    try write(serial: 9, WholeState(place.bytes("imprune.state")).records)
    try place.write("imprune.state.journal", journal(serial: 4, [("a", .done(.removed))]))
    #expect(try StateStore.recover(files) == 1)
    #expect(!place.exists("imprune.state.journal"))
    #expect(try statuses() == ["a removed -"])
  }

  @Test func `merging a journal prefers done over unknown, and unknown over failed`() throws {
    try write(
      serial: 5,
      [
        record("a", .unknown, run: 8), record("b", .failed(ServiceCode(1)), run: 8),
        record("c", .unknown, run: 8), record("d", .unknown, run: 9),
      ])
    try place.write(
      "imprune.state.journal",
      journal(
        serial: 3,
        [
          ("a", .failed(ServiceCode(70500))), ("b", .unknown), ("c", .done(.removed)),
          ("d", .failed(ServiceCode(70500))), ("e", .unknown),
        ]))
    #expect(try StateStore.mergeJournal(files) == 5)
    #expect(
      try statuses() == [
        "a - unknown", "b - unknown", "c removed -", "d - failed(70500)",
        "e - unknown",
      ])
    #expect(!place.exists("imprune.state.journal"))
    #expect(try WholeState(place.bytes("imprune.state")).header.serial == 6)
  }

  @Test func `a journal of another lineage is not merged`() throws {
    try place.write(
      "imprune.state",
      WholeState(
        header: StateHeader(app: app, service: .live, lineage: Lineage(2), serial: 3), records: []
      )
      .bytes())
    try place.write("imprune.state.journal", journal(serial: 3, [("a", .unknown)]))
    #expect(
      throws: StateStoreError.journal(files.journalName, state: files.name, .otherState("lineage"))
    ) {
      try StateStore.mergeJournal(files)
    }
  }

  // MARK: - Lost states

  @Test(arguments: [true, false])
  func `a journal without its state is refused, and rebuilds the state on request`(
    isEmpty: Bool
  ) throws {
    if isEmpty { try place.write("imprune.state", "") }
    try place.write(
      "imprune.state.journal", journal(serial: 12, [("a", .done(.removed)), ("b", nil)]))
    let error = StateStoreError.stateLost(file: files.name, journal: files.journalName, RunID(9))
    #expect(throws: error) { _ = try StateStore.snapshot(files) }
    #expect(throws: error) { try StateStore.recover(files) }
    let rebuilt = try #require(try StateStore.rebuild(files))
    #expect(rebuilt.changes == 2)
    let state = try WholeState(place.bytes("imprune.state"))
    #expect(state.header.app == app)
    #expect(state.header.lineage == Lineage(1))
    #expect(state.header.serial == 13)
    #expect(try statuses() == ["a removed -", "b - unknown"])
    #expect(!place.exists("imprune.state.journal"))
  }

  @Test func `an existing state is not rebuilt`() throws {
    try write(serial: 4)
    try place.write("imprune.state.journal", journal(serial: 4, [("a", .unknown)]))
    #expect(try StateStore.rebuild(files) == nil)
    #expect(place.exists("imprune.state.journal"))
  }

  @Test func `a new state does not overwrite an existing one`() throws {
    try write(serial: 4, [record("a", .unknown, run: 8)])
    let before = try place.bytes("imprune.state")
    #expect(throws: StateStoreError.state(file: files.name, .changed)) {
      try StateStore.create(files, header(serial: 0))
    }
    #expect(try place.bytes("imprune.state") == before)
  }

  @Test(arguments: ["lock", "state"])
  func `an edit computed for one state is not applied to another`(what: String) throws {
    try write(serial: 4, [record("a", .unknown, run: 8)])
    let lock = try StateLock(files, command: "a test")
    let user = try #require(UserID("a"))
    let edit = try #require(StateEdit(.open, ids: [user]))
    let found = try StateStore.outcome(of: edit, in: files)
    try StateStore.require(found, files, lock)
    let name = what == "lock" ? "imprune.state.lock" : "imprune.state"
    try place.write("other", place.bytes(name))
    try place.move("other", to: name)
    #expect(throws: StateStoreError.self) { try StateStore.require(found, files, lock) }
  }

  @Test func `an empty journal without a state does not block a new state`() throws {
    try place.write(
      "imprune.state.journal", Array(journal(serial: 4, [("a", .unknown)]).prefix(20)))
    #expect(try StateStore.rebuild(files) == nil)
    #expect(try StateStore.removeSilentJournal(files))
    #expect(place.names.isEmpty)
  }

  // MARK: - Names

  @Test func `a state with two hard links is refused`() throws {
    try write(serial: 4)
    try place.hardLink("other.state", to: "imprune.state")
    #expect(throws: StateStoreError.manyNames(file: files.name, 2)) {
      _ = try StateStore.snapshot(files)
    }
    // The second name that a power cut leaves in the middle of a save is an exception.
    try place.move("other.state", to: "imprune.state.tmp")
    #expect(try StateStore.snapshot(files).header?.serial == 4)
  }

  @Test func `a run does not start on a state other than its plan's`() throws {
    try write(serial: 4)
    let seen = try StateStore.snapshot(files).status
    let bytes = try place.bytes("imprune.state")
    try place.write("other", bytes)
    try place.move("other", to: "imprune.state")
    let lock = try StateLock(files, command: "a test")
    let header = JournalHeader(
      app: app, service: .live, lineage: Lineage(1), serial: 4, run: RunID(1), digest: digest)
    #expect(throws: StateStoreError.state(file: files.name, .changed)) {
      _ = try StateStore.beginRun(files, header, lock, seen: seen)
    }
    #expect(!place.exists("imprune.state.journal"))
  }

  // MARK: - The end of a run

  @Test(arguments: 0..<4)
  func `counts that differ from the journal are not a success`(number: Int) throws {
    let counts: [WritableKeyPath<OutcomeCounts, Int>] = [
      \.removed, \.alreadyAbsent, \.cleared, \.failed,
    ]
    try write(serial: 4)
    var ended = try endedRun(
      journal(serial: 4, [("a", .done(.removed)), ("b", .unknown)]), files, isComplete: true)
    ended.result.counts[keyPath: counts[number]] += 1
    try StateStore.finishRun(&ended)
    #expect(ended.result.stop == .miscounted)
    #expect(try statuses() == ["a removed -", "b - unknown"])
  }

  @Test(
    arguments: ["imprune.state.journal", "imprune.state.lock", "imprune.state"], [true, false])
  func `a run that loses a file right before saving fails and records every user`(
    name: String, isReplaced: Bool
  ) throws {
    try write(serial: 4)
    var ended = try endedRun(
      journal(serial: 4, [("a", .done(.removed)), ("b", .unknown)]), files, isComplete: true)
    if isReplaced {
      try place.write("other", place.bytes(name))
      try place.move("other", to: name)
    } else {
      try place.remove(name)
    }
    // The file is named, whatever else is wrong.
    ended.result.counts.removed += 1
    try StateStore.finishRun(&ended)
    let words = isReplaced ? "was replaced by another file" : "was removed or renamed"
    #expect(ended.result.stop == .filesLost("\(place.path(name)) \(words)"))
    #expect(try statuses() == ["a removed -", "b - unknown"])
  }
}
