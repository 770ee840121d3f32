import Crypto
import PruneCore
import TestSupport
import Testing
import Bytes

struct JournalTests {
  private static let header: JournalHeader = {
    guard let app = SDKAppID(1_400_000_000),
      let digest = PlanDigest(hex: String(repeating: "7f", count: 32))
    else { preconditionFailure("not a header") }
    return JournalHeader(
      app: app, service: .loopback, lineage: Lineage(0x5F0C_2A9B_E1D3_4788), serial: 12,
      run: RunID(0x8F2C_41D0_9AB3), digest: digest)
  }()

  // MARK: - Writing and reading

  private static func bytes(_ records: [JournalRecord]) -> [UInt8] {
    var bytes: [UInt8] = []
    header.append(to: &bytes)
    for record in records { record.append(to: &bytes) }
    return bytes
  }

  /// All readable records, and whether the end was torn.
  private static func read(
    _ bytes: [UInt8], chunkSize: Int = 1 << 16
  ) throws(JournalError) -> (records: [JournalRecord], isTorn: Bool, header: JournalHeader?) {
    var reader = try JournalReader(ByteSource(bytes, chunkSize: chunkSize))
    var records: [JournalRecord] = []
    while let record = try reader.next() { records.append(record) }
    return (records, reader.isTorn, reader.header)
  }

  private static func id(_ random: inout SplitMix64) -> UserID {
    let alphabet = Array("abcXYZ019_.@+=:-\"\\ é中".unicodeScalars)
    var text = "i"
    for _ in 0..<random.below(9) { text.unicodeScalars.append(random.pick(alphabet)) }
    guard let id = UserID(text + "j") else { preconditionFailure("not an id") }
    return id
  }

  private static func user(_ random: inout SplitMix64) -> JournalRecord.User {
    .init(
      id: id(&random), revision: Revision(UInt32(1 + random.below(999_999_999))) ?? .first)
  }

  private static func outcome(_ random: inout SplitMix64) -> UserOutcome? {
    random.pick([
      nil, .done(.removed), .done(.alreadyAbsent), .done(.cleared), .unknown, .notAttempted,
      .failed(ServiceCode(Int32(truncatingIfNeeded: random.next()))),
    ])
  }

  private static func journal(_ random: inout SplitMix64) -> [JournalRecord] {
    var records: [JournalRecord] = []
    var sizes: [Int] = []
    for _ in 0..<(1 + random.below(12)) {
      let time = Timestamp(seconds: UInt32(random.below(4_260_000_000)))
      let operation = random.pick(Operation.allCases)
      switch random.below(3) {
      case 0:
        sizes.append(random.pick([1, 2, 10, 100]))
        let users = (0..<(sizes.last ?? 1)).map { _ in user(&random) }
        records.append(
          .intent(
            .init(number: UInt32(sizes.count), operation: operation, time: time, users: users)))
      case 1 where !sizes.isEmpty:
        let intent = random.below(sizes.count)
        let users = (0..<sizes[intent]).map { _ in outcome(&random) }
        records.append(.outcome(.init(intent: UInt32(intent + 1), time: time, users: users)))
      default:
        records.append(
          .resolved(
            .init(
              operation: operation, time: time, run: RunID(random.next()), user: user(&random),
              outcome: random.pick([.removed, .alreadyAbsent, .cleared]))))
      }
    }
    return records
  }

  @Test(arguments: 0..<200)
  func `a written file is read back unchanged`(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    let records = Self.journal(&random)
    let read = try Self.read(Self.bytes(records), chunkSize: 1 + random.below(5000))
    if read.records != records { Issue.record("other records") }
    #expect(!read.isTorn)
    #expect(read.header == Self.header)
  }

  @Test func `the lines match the documented format`() throws {
    let time = Timestamp(seconds: 1_795_232_412)
    let users = ["UserID_1", "UserID_2"].compactMap { UserID($0) }
      .map { JournalRecord.User(id: $0, revision: .first) }
    let bytes = Self.bytes([
      .intent(.init(number: 1, operation: .removeAccount, time: time, users: users)),
      .outcome(
        .init(intent: 1, time: time, users: [.done(.removed), .failed(ServiceCode(70402))])),
      .resolved(
        .init(
          operation: .clearTags, time: time, run: RunID(0xABC), user: users[0], outcome: .cleared)),
    ])
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
      String($0.dropFirst(9))
    }
    #expect(
      lines == [
        "journal\t1\t1400000000\tloopback\t5f0c2a9be1d34788\t12\t8f2c41d09ab3\t"
          + String(repeating: "7f", count: 32),
        "intent\t1\tremove-account\t2026-11-21T03:40:12Z\t1\tUserID_1\t1\tUserID_2",
        "outcome\t1\t2026-11-21T03:40:12Z\trf\t70402",
        "resolved\tclear-tags\t2026-11-21T03:40:12Z\t000000000abc\t1\tUserID_1\tcleared",
      ])
  }

  // MARK: - Crashes and damage

  @Test(arguments: 0..<4)
  func `every prefix of a journal reads as a prefix of its records`(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    let records = Self.journal(&random)
    let bytes = Self.bytes(records)
    var ends: Set<Int> = [0]
    for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") { ends.insert(index + 1) }
    for count in 0...bytes.count {
      let beginning = Array(bytes.prefix(count))
      let read = try Self.read(beginning)
      let whole = beginning.count { $0 == UInt8(ascii: "\n") }
      let isRight =
        read.records.elementsEqual(records.prefix(max(0, whole - 1)))
        && read.isTorn == !ends.contains(count) && (read.header == nil) == (whole == 0)
      if !isRight { Issue.record("after \(count) bytes") }
    }
  }

  @Test(arguments: 0..<4)
  func `a flipped byte in any line but the last is refused`(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    let bytes = Self.bytes(Self.journal(&random) + Self.journal(&random))
    let last = try #require(bytes.dropLast().lastIndex(of: UInt8(ascii: "\n")))
    for index in 0...last {
      var damaged = bytes
      damaged[index] ^= UInt8(1 << random.below(8))
      if (try? Self.read(damaged)) != nil { Issue.record("byte \(index) is not missed") }
    }
  }

  @Test func `a last line with a wrong checksum is torn without its newline and damaged with it`()
    throws
  {
    var random = SplitMix64(seed: 3)
    let records = Self.journal(&random)
    var bytes = Self.bytes(records)
    bytes[bytes.count - 3] ^= 1
    #expect(throws: JournalError.self) { try Self.read(bytes) }
    let read = try Self.read(bytes.dropLast())
    #expect(read.isTorn)
    #expect(read.records == records.dropLast())
    // A lost block reads as zeros, whatever follows it.
    bytes[bytes.count - 3] = 0
    #expect(try Self.read(bytes).isTorn)
  }

  @Test func `a tail of zeros, as after a power cut, is torn`() throws {
    var random = SplitMix64(seed: 4)
    let records = Self.journal(&random)
    for count in [1, 512, 40_000] {
      let read = try Self.read(Self.bytes(records) + [UInt8](repeating: 0, count: count))
      #expect(read.isTorn)
      #expect(read.records == records)
    }
  }

  @Test func `an empty file is a journal without records`() throws {
    let read = try Self.read([])
    #expect(read.header == nil)
    #expect(read.records.isEmpty)
  }

  @Test func `other files and newer journal versions are refused`() throws {
    #expect(throws: JournalError.notAJournal) { try Self.read(Array("version: 1\napp:\n".utf8)) }
    #expect(throws: JournalError.notAJournal) { try Self.read(Array("version: 1\n".utf8)) }
    #expect(throws: JournalError.notAJournal) { try Self.read(Array("\0\n".utf8)) }
    #expect(throws: JournalError.notAJournal) {
      try Self.read([UInt8](repeating: 0, count: 40_000))
    }
    #expect(throws: JournalError.newerVersion("2")) {
      try Self.read(Self.framed("journal\t2\tand more"))
    }
    // A malformed version is damage, and is not reported as a version.
    for version in ["0", "02", "+2", "\u{1B}[2J", ""] {
      #expect(throws: JournalError.damaged(line: 1)) {
        try Self.read(Self.framed("journal\t\(version)\tand more"))
      }
    }
    #expect(throws: JournalError.notAJournal) { try Self.read(Self.framed("intent\t1")) }
    #expect(throws: JournalError.damaged(line: 1)) { try Self.read(Self.framed("journal\t1\tx")) }
  }

  @Test(arguments: [
    "other", "intent", "intent\t1\tremove-account\t2026-11-21T03:40:12Z",
    "intent\t1\tremove-account\t2026-11-21T03:40:12Z\t1",
    "intent\t1\tremove-account\t2026-11-21T03:40:12Z\t0\ta",
    "intent\t1\tremove-account\t2026-11-21T03:40:12Z\t1\t",
    "intent\t1\tremove\t2026-11-21T03:40:12Z\t1\ta", "intent\t1\tclear-tags\tnow\t1\ta",
    "intent\t-1\tclear-tags\t2026-11-21T03:40:12Z\t1\ta",
    "outcome\t1\t2026-11-21T03:40:12Z\t", "outcome\t1\t2026-11-21T03:40:12Z\tx",
    "outcome\t1\t2026-11-21T03:40:12Z\tf", "outcome\t1\t2026-11-21T03:40:12Z\tr\t1",
    "outcome\t1\t2026-11-21T03:40:12Z\tf\t99999999999",
    "resolved\tremove-account\t2026-11-21T03:40:12Z\t000000000abc\t1\ta\tgone",
    "resolved\tremove-account\t2026-11-21T03:40:12Z\tabc\t1\ta\tremoved",
    "intent\t+1\tclear-tags\t2026-11-21T03:40:12Z\t1\ta", "outcome\t01\t2026-11-21T03:40:12Z\tu",
    "outcome\t1\t2026-11-21T03:40:12Z\tf\t+5", "outcome\t1\t2026-11-21T03:40:12Z\tf\t-0",
  ])
  func `a complete line of an unknown form is refused, even as the last`(line: String) throws {
    #expect(throws: JournalError.damaged(line: 2)) {
      try Self.read(Self.bytes([]) + Self.framed(line))
    }
  }

  private static func framed(_ line: String) -> [UInt8] {
    var crc = CRC32()
    crc.update(Array(line.utf8).span)
    let hex = String(crc.value, radix: 16)
    let zeros = String(repeating: "0", count: 8 - hex.utf8.count)
    return Array("\(zeros)\(hex)\t\(line)\n".utf8)
  }

  @Test func `a failing source is reported with its message`() throws {
    let source = ByteSource { (_: inout [UInt8]) throws(ReadFailure) in
      throw ReadFailure(message: "Input/output error")
    }
    do throws(JournalError) {
      _ = try JournalReader(source)
      Issue.record("read")
    } catch {
      #expect(error == .unreadable("Input/output error"))
    }
  }
}
