import Foundation
import PruneCore
import TestSupport
import Testing

@testable import PruneEngine

/// States and journals on disk.
@Suite struct StateStoreTests {
  let place: TemporaryWorkspace
  let files: StateFiles
  let header: StateHeader
  let digest: PlanDigest
  let run = RunID(0xABCD)

  init() throws {
    place = try TemporaryWorkspace()
    files = try StateFiles(name: place.path("imprune.state"))
    header = StateHeader(
      app: try #require(SDKAppID(7)), service: .loopback, lineage: Lineage(0x1234), serial: 4)
    digest = try #require(PlanDigest(hex: String(repeating: "0a", count: 32)))
  }

  // MARK: - Making and reading

  /// A journal's bytes: two users removed, one failed, one without an outcome.
  private func journal(
    app: UInt32 = 7, service: ServiceKind = .loopback, lineage: UInt64 = 0x1234,
    serial: UInt64 = 4, resolved: Bool = false
  ) throws -> [UInt8] {
    var bytes: [UInt8] = []
    JournalHeader(
      app: try #require(SDKAppID(app)), service: service, lineage: Lineage(lineage),
      serial: serial, run: run, digest: digest
    ).append(to: &bytes)
    let users = try ["a", "b", "c", "d"].map {
      JournalRecord.User(id: try #require(UserID($0)), revision: .first)
    }
    JournalRecord.intent(
      .init(number: 1, operation: .removeAccount, time: Timestamp(seconds: 100), users: users)
    ).append(to: &bytes)
    JournalRecord.outcome(
      .init(
        intent: 1, time: Timestamp(seconds: 101),
        users: [.done(.removed), .done(.alreadyAbsent), .failed(ServiceCode(70402)), nil])
    ).append(to: &bytes)
    return bytes
  }

  private static let folded = [
    "a remove-account removed", "b remove-account already-absent", "c remove-account failed(70402)",
    "d remove-account unknown",
  ]

  /// The records of a snapshot, as text.
  private func records() throws -> [String] {
    var snapshot = try StateStore.snapshot(files)
    var records: [String] = []
    while let record = try snapshot.cursor.next() {
      let end = record.done?.outcome.rawValue ?? record.attempt?.status.description ?? "nothing"
      records.append("\(record.id) \(record.operation.name) \(end)")
    }
    return records
  }

  private func state() throws -> WholeState { try WholeState(place.bytes("imprune.state")) }

  @Test func `a new state is empty and private to its owner`() throws {
    try StateStore.create(files, header)
    #expect(try state() == WholeState(header: header, records: []))
    #expect(try mode("imprune.state") == 0o600)
    #expect(place.names == ["imprune.state"])
    let snapshot = try StateStore.snapshot(files)
    #expect(snapshot.header == header)
    #expect(snapshot.journal == nil)
  }

  @Test func `a missing state is not an error`() throws {
    let snapshot = try StateStore.snapshot(files)
    #expect(snapshot.header == nil)
    #expect(try records() == [])
    #expect(place.names == [])
  }

  @Test func `a snapshot includes the journal and writes nothing`() throws {
    try StateStore.create(files, header)
    try place.write("imprune.state.journal", try journal())
    let before = try place.bytes("imprune.state")
    #expect(try records() == Self.folded)
    let snapshot = try StateStore.snapshot(files)
    #expect(snapshot.journal?.run == run)
    #expect(try place.bytes("imprune.state") == before)
    #expect(place.names == ["imprune.state", "imprune.state.journal"])
  }

  // MARK: - Recovery

  @Test func `recovery folds the journal once, and repeating it changes nothing`() throws {
    try StateStore.create(files, header)
    try place.write("imprune.state.journal", try journal())
    #expect(try StateStore.recover(files) == 4)
    #expect(try records() == Self.folded)
    #expect(try state().header.serial == 5)
    #expect(try state().header.records == 4)
    #expect(try state().header.unfinished == Unfinished(digest, runs: [run]))
    #expect(place.names == ["imprune.state"])
    let once = try place.bytes("imprune.state")
    #expect(try StateStore.recover(files) == nil)
    #expect(try place.bytes("imprune.state") == once)
  }

  @Test func `a crash between saving the state and removing the journal does no harm`() throws {
    try StateStore.create(files, header)
    let left = try journal()
    try place.write("imprune.state.journal", left)
    #expect(try StateStore.recover(files) == 4)
    let once = try place.bytes("imprune.state")
    try place.write("imprune.state.journal", left)
    #expect(try records() == Self.folded)
    #expect(try StateStore.recover(files) == 4)
    #expect(try place.bytes("imprune.state") == once)
    #expect(!place.exists("imprune.state.journal"))
  }

  @Test func `an incomplete journal does not undo what its run saved`() throws {
    try StateStore.create(files, header)
    let whole = try journal()
    // The outcomes did not reach the disk.
    let lines = whole.split(separator: UInt8(ascii: "\n"))
    let length = lines[0].count + lines[1].count + 2
    let left = Array(whole.prefix(length))
    try finishRun(whole, files, isComplete: false, onDisk: lines[1].count + 1)
    #expect(try records() == Self.folded)
    let once = try place.bytes("imprune.state")
    // A crash before the journal was removed.
    try place.write("imprune.state.journal", left)
    #expect(try records() == Self.folded)
    try StateStore.recover(files)
    #expect(try place.bytes("imprune.state") == once)
    #expect(!place.exists("imprune.state.journal"))
  }

  @Test func `such a crash after a complete run leaves the run complete`() throws {
    try StateStore.create(files, header)
    let left = try journal()
    try finishRun(left, files, isComplete: true)
    #expect(try state().header.unfinished == nil)
    let once = try place.bytes("imprune.state")
    try place.write("imprune.state.journal", left)
    try StateStore.recover(files)
    #expect(try place.bytes("imprune.state") == once)
  }

  @Test func `a crash before the rename is recovered from the journal`() throws {
    try StateStore.create(files, header)
    try place.write("imprune.state.journal", try journal())
    try place.write("imprune.state.tmp", "half of a sta")
    #expect(try StateStore.recover(files) == 4)
    #expect(try records() == Self.folded)
    #expect(place.names == ["imprune.state"])
  }

  @Test func `a journal torn at any byte keeps its complete records`() throws {
    let whole = try journal()
    let lines = whole.split(separator: UInt8(ascii: "\n"))
    let headerEnd = lines[0].count + 1
    let intentEnd = headerEnd + lines[1].count + 1
    for length in 0..<whole.count {
      if length > 0 { try place.remove("imprune.state") }
      try StateStore.create(files, header)
      try place.write("imprune.state.journal", Array(whole.prefix(length)))
      let expected =
        length < intentEnd ? [] : ["a", "b", "c", "d"].map { "\($0) remove-account unknown" }
      #expect(try records() == expected, "\(length) bytes")
      #expect(try StateStore.recover(files) != nil, "\(length) bytes")
      #expect(try records() == expected, "\(length) bytes")
      #expect(!place.exists("imprune.state.journal"))
    }
  }

  @Test func `an empty journal changes no byte of the state`() throws {
    try StateStore.create(files, header)
    let before = try place.bytes("imprune.state")
    try place.write("imprune.state.journal", [])
    try StateStore.recover(files)
    #expect(try place.bytes("imprune.state") == before)
    #expect(place.names == ["imprune.state"])
  }

  @Test func `a completed run without changes leaves every byte unchanged`() throws {
    try StateStore.create(files, header)
    let before = try place.bytes("imprune.state")
    var bytes: [UInt8] = []
    JournalHeader(
      app: header.app, service: .loopback, lineage: header.lineage, serial: 4, run: run,
      digest: digest
    ).append(to: &bytes)
    try finishRun(bytes, files, isComplete: true)
    #expect(try place.bytes("imprune.state") == before)
    #expect(place.names == ["imprune.state", "imprune.state.lock"])
  }

  // MARK: - Foreign journals

  @Test func `a foreign journal is refused, and both files stay unchanged`() throws {
    try StateStore.create(files, header)
    let before = try place.bytes("imprune.state")
    for (bytes, what) in [
      (try journal(app: 8), "app"), (try journal(service: .live), "kind of service"),
      (try journal(lineage: 0x4321), "lineage"),
    ] {
      try place.write("imprune.state.journal", bytes)
      let error = StateStoreError.journal(files.journalName, state: files.name, .otherState(what))
      #expect(throws: error) { _ = try StateStore.snapshot(files) }
      #expect(throws: error) { try StateStore.recover(files) }
      #expect(try place.bytes("imprune.state") == before)
      #expect(try place.bytes("imprune.state.journal") == bytes)
    }
  }

  @Test func `a journal damaged before its end is refused, and both files stay unchanged`() throws {
    try StateStore.create(files, header)
    let before = try place.bytes("imprune.state")
    var bytes = try journal()
    let second = try #require(bytes.firstIndex(of: UInt8(ascii: "\n"))) + 20
    bytes[second] ^= 1
    try place.write("imprune.state.journal", bytes)
    let error = StateStoreError.journal(files.journalName, state: files.name, .damaged(line: 2))
    #expect(throws: error) { _ = try StateStore.snapshot(files) }
    #expect(throws: error) { try StateStore.recover(files) }
    #expect(try place.bytes("imprune.state") == before)
    #expect(try place.bytes("imprune.state.journal") == bytes)
  }

  @Test func `a journal without its state is kept`() throws {
    try place.write("imprune.state.journal", try journal())
    #expect(throws: StateStoreError.self) { _ = try StateStore.snapshot(files) }
    #expect(throws: StateStoreError.self) { try StateStore.recover(files) }
    #expect(place.names == ["imprune.state.journal"])
  }

  @Test func `recovery refuses a damaged state and keeps its journal`() throws {
    let damaged = WholeState(header: header, records: []).bytes(count: 1)
    try place.write("imprune.state", damaged)
    try place.write("imprune.state.journal", try journal())
    let error = StateStoreError.state(
      file: files.name, .wrongCount(said: 1, found: 0))
    #expect(throws: error) { try StateStore.recover(files) }
    #expect(try place.bytes("imprune.state") == damaged)
    #expect(place.names == ["imprune.state", "imprune.state.journal"])
  }

  @Test func `a journal without changes is removed only beside an undamaged state`() throws {
    var header = header
    header.serial = 5
    header.unfinished = Unfinished(digest, runs: [run])
    var damaged = WholeState(header: header, records: []).bytes()
    damaged[damaged.count - 2] ^= 1
    try place.write("imprune.state", damaged)
    try place.write("imprune.state.journal", try journal())
    let error = StateStoreError.state(file: files.name, .wrongChecksum)
    #expect(throws: error) { try StateStore.recover(files) }
    #expect(try place.bytes("imprune.state") == damaged)
    #expect(place.names == ["imprune.state", "imprune.state.journal"])
  }

  @Test(arguments: [1, 2])
  func `a folded journal is kept beside a damaged state`(fromEnd: Int) throws {
    try StateStore.create(files, header)
    try place.write("imprune.state.journal", try journal())
    try StateStore.recover(files)
    // Damaged after the first records, where only a complete read notices it.
    var damaged = try place.bytes("imprune.state")
    damaged[damaged.count - fromEnd] ^= 1
    try place.write("imprune.state", damaged)
    try place.write("imprune.state.journal", try journal())
    #expect(throws: StateStoreError.self) { try StateStore.recover(files) }
    #expect(try place.bytes("imprune.state") == damaged)
    #expect(place.names == ["imprune.state", "imprune.state.journal"])
  }

  @Test func `recovery refuses a state damaged at any byte and keeps its journal`() throws {
    var header = header
    header.records = 3
    let users: [(String, PruneCore.Operation, DoneOutcome)] = [
      ("b", .removeAccount, .alreadyAbsent), ("bb", .clearTags, .cleared),
      ("x", .removeAccount, .removed),
    ]
    let records = try users.map { id, operation, outcome in
      StateRecord(
        id: try #require(UserID(id)), operation: operation,
        done: .init(
          revision: .first, outcome: outcome, time: Timestamp(seconds: 9), run: RunID(9)))
    }
    let whole = WholeState(header: header, records: records).bytes()
    let left = try journal()
    try place.write("imprune.state.journal", left)
    for index in whole.indices {
      var changed = whole
      changed[index] ^= 1
      var longer = whole
      longer.insert(UInt8(ascii: "\n"), at: index)
      var shorter = whole
      shorter.remove(at: index)
      for damaged in [changed, longer, shorter, Array(whole[..<index])] {
        try place.write("imprune.state", damaged)
        #expect(throws: StateStoreError.self, "byte \(index)") { try StateStore.recover(files) }
        #expect(try place.bytes("imprune.state") == damaged, "byte \(index)")
        #expect(place.names == ["imprune.state", "imprune.state.journal"], "byte \(index)")
      }
    }
    try place.write("imprune.state", whole)
    #expect(try StateStore.recover(files) == 4)
    #expect(try state().header.records == 6)
  }

  @Test func `a save with a wrong record count fails and leaves no draft`() throws {
    try StateStore.create(files, header)
    let before = try place.bytes("imprune.state")
    let changes = try ["a", "b"].map {
      StateChange(
        id: try #require(UserID($0)), operation: .removeAccount, revision: .first,
        result: .done(.removed), time: Timestamp(seconds: 9), run: run)
    }
    var header = header
    for count in [1, 3] {
      header.records = count
      var records = StateCursor(nil, changes: changes)
      let error = StateStoreError.state(file: files.name, .changed)
      #expect(throws: error) { try StateStore.replace(files, header, &records) }
      #expect(try place.bytes("imprune.state") == before)
      #expect(place.names == ["imprune.state"])
    }
  }

  @Test func `a run does not start over another run's journal`() throws {
    try StateStore.create(files, header)
    let header = JournalHeader(
      app: header.app, service: .loopback, lineage: header.lineage, serial: 4, run: run,
      digest: digest)
    let lock = try StateLock(files, command: "a test")
    _ = try StateStore.beginRun(files, header, lock, seen: nil)
    let before = try place.bytes("imprune.state.journal")
    #expect(throws: StateStoreError.self) {
      _ = try StateStore.beginRun(files, header, lock, seen: nil)
    }
    #expect(try place.bytes("imprune.state.journal") == before)
    #expect(try mode("imprune.state.journal") == 0o600)
  }

  // MARK: - Mode, owner and links

  private func mode(_ name: String) throws -> Int? {
    let attributes = try FileManager.default.attributesOfItem(atPath: place.path(name))
    return attributes[.posixPermissions] as? Int
  }

  @Test(arguments: [0o600, 0o640, 0o664])
  func `a save keeps mode and owner`(mode: Int) throws {
    try StateStore.create(files, header)
    try FileManager.default.setAttributes(
      [.posixPermissions: mode], ofItemAtPath: files.path)
    let isRoot = geteuid() == 0
    if isRoot {
      try FileManager.default.setAttributes(
        [.ownerAccountID: 1234, .groupOwnerAccountID: 4321], ofItemAtPath: files.path)
    }
    try place.write("imprune.state.journal", try journal())
    try StateStore.recover(files)
    let after = try FileManager.default.attributesOfItem(atPath: files.path)
    #expect(after[.posixPermissions] as? Int == mode)
    #expect(after[.ownerAccountID] as? Int == (isRoot ? 1234 : Int(geteuid())))
    if isRoot { #expect(after[.groupOwnerAccountID] as? Int == 4321) }
    #expect(try records() == Self.folded)
  }

  @Test func `a state behind a link has journal, lock and draft beside the real file`()
    throws
  {
    try place.makeFolder("real")
    let real = try StateFiles(name: place.path("real/team.state"))
    try StateStore.create(real, header)
    try place.link("imprune.state", to: "real/team.state")
    try place.link("folder", to: "real")
    for name in ["imprune.state", "folder/team.state", "real/../real/team.state"] {
      let files = try StateFiles(name: place.path(name))
      #expect(files.path == place.path("real/team.state"))
      #expect(files.journal == real.journal)
      #expect(files.lock == real.lock)
    }
    try place.write("real/team.state.journal", try journal())
    let linked = try StateFiles(name: place.path("imprune.state"))
    #expect(try StateStore.recover(linked) == 4)
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: place.path("imprune.state"))
        == "real/team.state")
    #expect(try WholeState(place.bytes("real/team.state")).records.count == 4)
    #expect(place.names == ["folder", "imprune.state", "real", "real/team.state"])
  }

  @Test func `a draft left by a crash as a second hard link of the state does no harm`() throws {
    try StateStore.create(files, header)
    try place.write("imprune.state.journal", try journal())
    try FileManager.default.linkItem(
      atPath: place.path("imprune.state"), toPath: place.path("imprune.state.tmp"))
    #expect(try StateStore.recover(files) == 4)
    #expect(try records() == Self.folded)
    #expect(place.names == ["imprune.state"])
  }

  @Test func `the folder of a state must exist`() {
    let error = #expect(throws: SystemError.self) {
      try StateFiles(name: place.path("none/imprune.state"))
    }
    #expect(error?.path == place.path("none"))
    #expect(error?.isMissing == true)
  }

  @Test(arguments: [
    ("imprune.yaml", "imprune.state"), ("a/leavers.yml", "a/leavers.state"),
    ("leavers", "leavers.state"), ("a.yaml/b", "a.yaml/b.state"), (".yaml", ".state"),
  ])
  func `the default state is beside its manifest`(manifest: String, state: String) {
    #expect(StateFiles.standard(for: manifest) == state)
  }

  @Test func `a folder in place of a state or of a journal is refused`() throws {
    try place.makeFolder("imprune.state")
    #expect(throws: StateStoreError.self) { _ = try StateStore.snapshot(files) }
    #expect(throws: StateStoreError.self) { try StateStore.create(files, header) }
    try place.remove("imprune.state")
    try StateStore.create(files, header)
    try place.makeFolder("imprune.state.journal")
    #expect(throws: StateStoreError.self) { _ = try StateStore.snapshot(files) }
    #expect(throws: StateStoreError.self) { try StateStore.recover(files) }
  }
}
