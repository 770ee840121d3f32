import PruneCore
import TestSupport
import Testing

/// The state file: one canonical form, and a precise refusal of anything else
/// (docs/architecture.md, "State").
@Suite struct StateTests {
  static let golden = "states/version-1.state"

  /// The content of the golden file.
  static func sample() throws -> WholeState {
    func id(_ text: String) throws -> UserID { try #require(UserID(text)) }
    func revision(_ number: UInt32) throws -> Revision { try #require(Revision(number)) }
    let run = RunID(0x8F2C_41D0_9AB3)
    let time = Timestamp(seconds: 1_795_232_412)
    let long = String(repeating: "é", count: 16)
    return WholeState(
      header: StateHeader(
        app: try #require(SDKAppID(1_400_000_000)), service: .live,
        lineage: Lineage(0x5F0C_2A9B_E1D3_4788), serial: 12, records: 6,
        unfinished: Unfinished(
          try #require(PlanDigest(hex: String(repeating: "7f3a", count: 16))),
          runs: [RunID(0x0E55_C9B7_21D3), RunID(1)])),
      records: [
        StateRecord(
          id: try id("UserID_1"), operation: .removeAccount,
          done: .init(revision: try revision(2), outcome: .removed, time: time, run: run)),
        StateRecord(
          id: try id("a b"), operation: .clearTags,
          done: .init(revision: .first, outcome: .alreadyAbsent, time: time, run: run)),
        StateRecord(
          id: try id("bob"), operation: .clearTags,
          done: .init(revision: .first, outcome: .cleared, time: time, run: RunID(0)),
          attempt: .init(
            revision: try revision(3), status: .failed(ServiceCode(70_402)),
            time: Timestamp(seconds: 1_795_232_413), run: run)),
        StateRecord(
          id: try id("bob"), operation: .removeAccount,
          attempt: .init(
            revision: .highest, status: .unknown, time: Timestamp(seconds: 0),
            run: RunID(.max))),
        StateRecord(
          id: try id("checksum"), operation: .removeAccount,
          attempt: .init(
            revision: .first, status: .failed(ServiceCode(-1)),
            time: Timestamp(seconds: .max), run: run)),
        StateRecord(
          id: try id(long), operation: .removeAccount,
          done: .init(revision: .highest, outcome: .alreadyAbsent, time: time, run: run)),
      ])
  }

  @Test func `a written state matches the golden file`() throws {
    let bytes = try Self.sample().bytes()
    if Fixture.isRecording { try Fixture.write(bytes, to: Self.golden) }
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == String(decoding: try Fixture.bytes(Self.golden), as: UTF8.self))
  }

  @Test(arguments: [1 << 16, 100, 7, 1])
  func `the golden file is read back`(chunkSize: Int) throws {
    #expect(try WholeState(Fixture.bytes(Self.golden), chunkSize: chunkSize) == Self.sample())
  }

  @Test func `a state without records is valid`() throws {
    var state = try Self.sample()
    state.records = []
    state.header.records = 0
    state.header.unfinished = nil
    #expect(try WholeState(state.bytes()) == state)
    #expect(String(decoding: state.bytes(), as: UTF8.self).contains("records\t0\nunfinished\t-\n"))
  }

  @Test(arguments: 0..<30 as Range<UInt64>)
  func `a state round-trips through reading and writing`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let state = try randomState(&random, users: 1 + random.below(200))
    let bytes = state.bytes()
    let again = try WholeState(bytes, chunkSize: 1 + random.below(300))
    #expect(again == state)
    #expect(again.bytes() == bytes)
  }

  @Test func `a state written in chunks is the same`() throws {
    let state = try Self.sample()
    var writer = StateWriter(state.header)
    var bytes: [UInt8] = []
    for record in state.records {
      writer.append(record)
      #expect(writer.waiting > 0)
      writer.drain { bytes += $0 }
      #expect(writer.waiting == 0)
    }
    bytes += writer.finish()
    #expect(bytes == state.bytes())
  }

  // MARK: - Damage

  @Test func `a change of any byte is refused`() throws {
    let bytes = try Self.sample().bytes()
    for index in bytes.indices {
      for change in [1, 0x20, 0x80, 0xFF] as [UInt8] {
        var damaged = bytes
        damaged[index] ^= change
        #expect(throws: StateError.self, "byte \(index) ^ \(change)") {
          try WholeState(damaged, chunkSize: 1000)
        }
      }
    }
  }

  @Test func `a missing or extra byte anywhere is refused`() throws {
    let bytes = try Self.sample().bytes()
    for index in 0...bytes.count {
      for added in [0x0A, 0x09, 0x2D, 0x61] as [UInt8] {
        var damaged = bytes
        damaged.insert(added, at: index)
        #expect(throws: StateError.self, "added \(added) at \(index)") { try WholeState(damaged) }
      }
      if index < bytes.count {
        var damaged = bytes
        damaged.remove(at: index)
        #expect(throws: StateError.self, "removed \(index)") { try WholeState(damaged) }
      }
    }
  }

  @Test func `a truncated state is refused, within its records as truncated`() throws {
    let bytes = try Self.sample().bytes()
    let start = try #require(bytes.firstRange(of: Array("UserID_1".utf8))).lowerBound
    for length in 0..<bytes.count {
      let error = #expect(throws: StateError.self, "\(length)") {
        try WholeState(Array(bytes[..<length]))
      }
      if length >= start { #expect(error == .truncated, "\(length)") }
    }
  }

  /// The sample's text with one replacement.
  private func damaged(_ old: String, _ new: String) throws -> [UInt8] {
    var bytes = try Self.sample().bytes()
    let range = try #require(bytes.firstRange(of: Array(old.utf8)), "\(old)")
    bytes.replaceSubrange(range, with: Array(new.utf8))
    return bytes
  }

  @Test(
    arguments: [
      ("imprune-state\t1", "imprune-state\t2", .newerVersion("2")),
      ("imprune-state\t1", "imprune-state\t10", .newerVersion("10")),
      ("imprune-state\t1", "imprune-state\t0", .notAState),
      ("imprune-state\t1", "imprune-state\t01", .notAState),
      ("imprune-state\t1", "imprune-state\t\u{1B}[31m", .notAState),
      ("imprune-state\t1", "imprune-state", .notAState),
      ("imprune-state\t1", "version: 1", .notAState),
      ("imprune-state\t1\n", "imprune-state\t1\r\n", .rewritten(.carriageReturns)),
      ("imprune-state\t1\n", "\u{FEFF}imprune-state\t1\n", .rewritten(.byteOrderMark)),
      ("imprune-state\t1\n", "\n", .notAState),
      ("app\t1400000000", "app\t0", .malformed(line: 2, "the header's `app`")),
      ("app\t1400000000", "app\t+1400000000", .malformed(line: 2, "the header's `app`")),
      ("app\t1400000000", "app\t01400000000", .malformed(line: 2, "the header's `app`")),
      ("app\t1400000000", "app\t4294967296", .malformed(line: 2, "the header's `app`")),
      ("app\t1400000000", "app\t", .malformed(line: 2, "the header's `app`")),
      ("app\t1400000000\n", "", .malformed(line: 2, "the header's `app`")),
      ("app\t1400000000\n", "app\t1\t2\n", .malformed(line: 2, "the header's `app`")),
      ("service\tlive", "service\tLive", .malformed(line: 3, "the header's `service`")),
      ("lineage\t5f0c", "lineage\t5F0C", .malformed(line: 4, "the header's `lineage`")),
      ("lineage\t5f0c", "lineage\t", .malformed(line: 4, "the header's `lineage`")),
      ("serial\t12", "serial\t-1", .malformed(line: 5, "the header's `serial`")),
      ("serial\t12", "serial\t+12", .malformed(line: 5, "the header's `serial`")),
      (
        "serial\t12", "serial\t99999999999999999999", .malformed(line: 5, "the header's `serial`")
      ),
      (
        "serial\t12", "serial\t9223372036854775808",
        .malformed(line: 5, "the header's `serial`")
      ),
      ("records\t6", "records\t-6", .malformed(line: 6, "the header's `records`")),
      ("records\t6", "records\t06", .malformed(line: 6, "the header's `records`")),
      (
        "records\t6", "records\t18446744073709551615",
        .malformed(line: 6, "the header's `records`")
      ),
      ("unfinished\t7f", "unfinished\t7F", .malformed(line: 7, "the header's `unfinished`")),
      ("unfinished\t7f", "unfinished\t", .malformed(line: 7, "the header's `unfinished`")),
      (
        "0e55c9b721d3 000000000001", "0e55c9b721d3 0e55c9b721d3",
        .malformed(line: 7, "the header's `unfinished`")
      ),
      (
        "0e55c9b721d3 000000000001", "0e55c9b721d3 ",
        .malformed(line: 7, "the header's `unfinished`")
      ),
      (" 0e55c9b721d3 000000000001", "", .malformed(line: 7, "the header's `unfinished`")),
      (
        "-\t-\t-\t-\n", "-\t-\t--\t-\n",
        .malformed(line: 8, "a record: its last attempt is unreadable")
      ),
      (
        "-\t-\t-\t-\n", "-\t-\t-\t-1\n",
        .malformed(line: 8, "a record: its last attempt is unreadable")
      ),
      ("UserID_1\t", "UserID_1\t\t", .malformed(line: 8, "a record of ten columns")),
      ("UserID_1\t", "\n", .malformed(line: 8, "a record of ten columns")),
      ("UserID_1\t", "\t", .malformed(line: 8, "a record: its user id is invalid")),
      ("UserID_1\t", " UserID_1\t", .malformed(line: 8, "a record: its user id is invalid")),
      ("UserID_1\t", "U\u{202E}\t", .malformed(line: 8, "a record: its user id is invalid")),
      (
        "UserID_1\t", String(repeating: "x", count: 33) + "\t",
        .malformed(line: 8, "a record: its user id is invalid")
      ),
      (
        "UserID_1\t", String(repeating: "x", count: 5000) + "\t",
        .malformed(line: 8, "a record of ten columns")
      ),
      ("remove-account", "delete", .malformed(line: 8, "a record: its operation is unknown")),
      (
        "\t2\tremoved", "\t0\tremoved", .malformed(line: 8, "a record: its result is unreadable")
      ),
      (
        "\t2\tremoved", "\t02\tremoved",
        .malformed(line: 8, "a record: its result is unreadable")
      ),
      (
        "\t2\tremoved", "\t1000000000\tremoved",
        .malformed(line: 8, "a record: its result is unreadable")
      ),
      (
        "\t2\tremoved", "\t-\tremoved", .malformed(line: 8, "a record: its result is unreadable")
      ),
      (
        "\t2\tremoved", "\t2\tcleared", .malformed(line: 8, "a record: its result is unreadable")
      ),
      (
        "\t1\talready-absent", "\t1\tremoved",
        .malformed(line: 9, "a record: its result is unreadable")
      ),
      (
        "2026-11-21T03:40:12Z", "2026-11-31T03:40:12Z",
        .malformed(line: 8, "a record: its result is unreadable")
      ),
      (
        "8f2c41d09ab3", "8F2C41D09AB3", .malformed(line: 8, "a record: its result is unreadable")
      ),
      (
        "failed(70402)", "failed(+70402)",
        .malformed(line: 10, "a record: its last attempt is unreadable")
      ),
      (
        "failed(70402)", "failed(070402)",
        .malformed(line: 10, "a record: its last attempt is unreadable")
      ),
      (
        "failed(70402)", "failed()",
        .malformed(line: 10, "a record: its last attempt is unreadable")
      ),
      (
        "failed(70402)", "failed(2147483648)",
        .malformed(line: 10, "a record: its last attempt is unreadable")
      ),
      (
        "failed(-1)", "failed(-0)",
        .malformed(line: 12, "a record: its last attempt is unreadable")
      ),
      ("UserID_1", "zoe", .outOfOrder(line: 9)),
      ("a b\tclear-tags", "UserID_1\tclear-tags", .outOfOrder(line: 9)),
      ("bob\tremove-account", "bob\tclear-tags", .outOfOrder(line: 11)),
      ("UserID_1", "UserID_2", .wrongChecksum),
      ("records\t6", "records\t5", .wrongChecksum),
      ("checksum\tsha256:", "checksum\tsha512:", .wrongChecksum),
      ("checksum\tsha256:", "checksum\t", .wrongChecksum),
    ] as [(String, String, StateError)])
  func `damage is reported precisely`(old: String, new: String, error: StateError) throws {
    let bytes = try damaged(old, new)
    #expect(throws: error) { try WholeState(bytes) }
    #expect(!error.explanation.isEmpty)
  }

  @Test func `a record without an attempt or outcome is refused`() throws {
    var state = try Self.sample()
    state.records[0].done = nil
    #expect(
      throws: StateError.malformed(line: 8, "a record: it contains neither a result nor an attempt")
    ) {
      try WholeState(state.bytes())
    }
  }

  @Test func `a wrong record count is refused`() throws {
    let state = try Self.sample()
    #expect(throws: StateError.wrongCount(said: 7, found: 6)) {
      try WholeState(state.bytes(count: 7))
    }
    #expect(throws: StateError.wrongCount(said: 0, found: 6)) {
      try WholeState(state.bytes(count: 0))
    }
  }

  @Test(arguments: ["\n", "x", "checksum\tsha256:00\n", "zoe\tclear-tags\n"])
  func `anything after the checksum is refused`(rest: String) throws {
    let bytes = try Self.sample().bytes() + Array(rest.utf8)
    let error = #expect(throws: StateError.self) { try WholeState(bytes) }
    guard case .malformed(line: 15, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `a failing source is reported with the system's message`() throws {
    let bytes = try Self.sample().bytes()
    for length in [0, 20, bytes.count - 1] {
      #expect(throws: StateError.unreadable("Input/output error")) {
        try WholeState(broken: Array(bytes[..<length]), words: "Input/output error")
      }
    }
    #expect(throws: StateError.empty) { try WholeState([]) }
    #expect(throws: StateError.notAState) { try WholeState([UInt8](repeating: 0, count: 100_000)) }
  }

  /// For damage that `state repair` can repair, the command says how, naming the file.
  @Test func `every refusal is damage or names a remedy`() throws {
    let app = try #require(SDKAppID(1))
    let errors: [StateError] = [
      .notAState, .newerVersion("2"), .malformed(line: 1, "a record"), .outOfOrder(line: 9),
      .truncated, .wrongCount(said: 1, found: 2), .wrongChecksum,
      .otherApp(state: app, manifest: app), .otherService(state: .live, manifest: .loopback),
      .changed, .headerLost("app"), .headersDiffer(line: 9, "app"), .empty,
      .rewritten(.carriageReturns), .rewritten(.byteOrderMark), .rewritten(.utf16),
      .unresolvedMerge(line: 5),
    ]
    for error in errors {
      let ways = [
        "--state FILE", "the imprune that wrote it", "again",
        "`imprune state repair` to", "from version control", "`imprune state merge`",
      ]
      let saysWay = ways.contains { error.explanation.contains($0) }
      #expect(error.isDamage != saysWay, "\(error)")
    }
  }
}

/// A state of random records, in order.
func randomState(_ random: inout SplitMix64, users: Int) throws -> WholeState {
  var header = StateHeader(
    app: try #require(SDKAppID(1_400_000_000)), service: random.oneIn(2) ? .live : .loopback,
    lineage: Lineage(random.next()), serial: random.next() >> 1,
    unfinished: random.oneIn(2)
      ? nil
      : Unfinished(
        try #require(
          PlanDigest(
            hex: (0..<64).map { _ in String(random.below(16), radix: 16) }.joined())),
        runs: (0...random.below(3)).map { RunID(UInt64($0) << 40 | random.next() >> 24) }))
  var records: [StateRecord] = []
  for user in 0..<users {
    let id = try #require(UserID(String(format(user))))
    for operation in Operation.allCases where random.oneIn(2) {
      records.append(try randomRecord(&random, id, operation))
    }
  }
  header.records = records.count
  return WholeState(header: header, records: records)
}

func randomRecord(
  _ random: inout SplitMix64, _ id: UserID, _ operation: Operation, revisions: UInt32 = 3
) throws -> StateRecord {
  var record = StateRecord(id: id, operation: operation)
  let hasDone = random.oneIn(2)
  if hasDone {
    let outcomes: [DoneOutcome] =
      operation == .clearTags ? [.cleared, .alreadyAbsent] : [.removed, .alreadyAbsent]
    record.done = .init(
      revision: try #require(Revision(UInt32(random.below(Int(revisions))) + 1)),
      outcome: random.pick(outcomes), time: Timestamp(seconds: UInt32(random.below(1 << 32))),
      run: RunID(random.next()))
  }
  if !hasDone || random.oneIn(3) {
    record.attempt = .init(
      revision: try #require(Revision(UInt32(random.below(Int(revisions))) + 1)),
      status: random.oneIn(2)
        ? .unknown : .failed(ServiceCode(Int32(truncatingIfNeeded: random.next()))),
      time: Timestamp(seconds: UInt32(random.below(1 << 32))), run: RunID(random.next()))
  }
  return record
}

/// `u` and a number, padded so that the order of the numbers is that of the bytes.
func format(_ number: Int) -> String {
  let digits = String(number)
  return "u" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
}
