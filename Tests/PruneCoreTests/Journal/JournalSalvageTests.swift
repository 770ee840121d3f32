import PruneCore
import TestSupport
import Testing
import Bytes

/// Salvaging a damaged journal (`state repair`).
@Suite struct JournalSalvageTests {
  private static let run = RunID(0xABCD)

  /// A journal's lines, LF included: header, two intents, an outcome of each, a resolution.
  private func lines() throws -> [[UInt8]] {
    let header = JournalHeader(
      app: try #require(SDKAppID(7)), service: .loopback, lineage: Lineage(0x1234), serial: 4,
      run: Self.run, digest: try #require(PlanDigest(hex: String(repeating: "0a", count: 32))))
    func user(_ id: String) throws -> JournalRecord.User {
      .init(id: try #require(UserID(id)), revision: .first)
    }
    func intent(_ number: UInt32, _ ids: [String]) throws -> JournalRecord {
      .intent(
        .init(
          number: number, operation: .removeAccount, time: Timestamp(seconds: 10),
          users: try ids.map(user)))
    }
    func outcome(_ intent: UInt32, _ users: [UserOutcome?]) -> JournalRecord {
      .outcome(.init(intent: intent, time: Timestamp(seconds: 20), users: users))
    }
    let records = [
      try intent(1, ["a", "b"]), try intent(2, ["c", "d"]),
      outcome(1, [.done(.removed), .failed(ServiceCode(5))]),
      outcome(2, [.done(.removed), .done(.alreadyAbsent)]),
      .resolved(
        .init(
          operation: .removeAccount, time: Timestamp(seconds: 5), run: RunID(0xB),
          user: try user("e"), outcome: .removed)),
    ]
    var first: [UInt8] = []
    header.append(to: &first)
    return [first]
      + records.map { record in
        var line: [UInt8] = []
        record.append(to: &line)
        return line
      }
  }

  private func salvage(_ lines: [[UInt8]]) throws(JournalError) -> JournalSalvage {
    try JournalSalvage(ByteSource(Array(lines.joined()), chunkSize: 50))
  }

  private func words(_ salvage: JournalSalvage) -> [String] {
    salvage.changes.map { change in
      switch change.result {
      case .done(let outcome): "\(change.id) \(outcome.rawValue)"
      case .failed(let code): "\(change.id) failed(\(code))"
      case .unknown: "\(change.id) unknown"
      }
    }
  }

  private static let all = [
    "a removed", "b failed(5)", "c removed", "d already-absent", "e removed",
  ]

  @Test func `an undamaged journal keeps every record`() throws {
    let salvage = try salvage(lines())
    #expect(words(salvage) == Self.all)
    #expect(salvage.losses.count == 0)
    #expect(salvage.header?.run == Self.run)
  }

  @Test(arguments: [
    (1, ["c removed", "d already-absent", "e removed"], [2, 4] as [UInt32]),
    (2, ["a removed", "b failed(5)", "e removed"], [3, 5]),
    (3, ["a unknown", "b unknown", "c removed", "d already-absent", "e removed"], [4]),
    (4, ["a removed", "b failed(5)", "c unknown", "d unknown", "e removed"], [5]),
    (5, ["a removed", "b failed(5)", "c removed", "d already-absent"], [6]),
  ])
  func `users without a readable outcome are unknown, and the other lines are kept`(
    index: Int, expected: [String], lost: [UInt32]
  ) throws {
    var damaged = try lines()
    damaged[index][12] ^= 1
    let salvage = try salvage(damaged)
    #expect(words(salvage) == expected)
    #expect(salvage.losses.lines.map(\.number) == lost)
    let unknown = salvage.changes.filter { $0.result == .unknown }
    #expect(unknown.allSatisfy { $0.run == Self.run && $0.time.seconds == 10 })
  }

  @Test func `a journal without its header line completes no user`() throws {
    for isRemoved in [false, true] {
      var damaged = try lines()
      if isRemoved { damaged.removeFirst() } else { damaged[0][20] ^= 1 }
      let salvage = try salvage(damaged)
      #expect(salvage.header == nil)
      #expect(words(salvage) == ["a unknown", "b unknown", "c unknown", "d unknown"])
      #expect(salvage.losses.count == (isRemoved ? 0 : 1))
    }
  }

  @Test func `a damaged newline loses neither of the two lines`() throws {
    for index in 0..<5 {
      var damaged = try lines()
      damaged[index][damaged[index].count - 1] ^= 0x40
      #expect(words(try salvage(damaged)) == Self.all, "line \(index + 1)")
    }
  }

  @Test func `a file that is not a journal is left unchanged`() {
    for text in ["", "something else\n", "{}\nand more\n"] {
      #expect(throws: JournalError.notAJournal) {
        try JournalSalvage(ByteSource(Array(text.utf8)))
      }
    }
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `no damage completes a user that the journal did not complete`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let whole = Array(try lines().joined())
    for _ in 0..<500 {
      var damaged = whole
      for _ in 0...random.below(4) {
        let place = random.below(damaged.count)
        let end = min(damaged.count, place + random.below(90))
        switch random.below(3) {
        case 0: damaged[place] ^= 1 << UInt8(random.below(8))
        case 1: damaged.replaceSubrange(place..<end, with: repeatElement(0, count: end - place))
        default: damaged.removeSubrange(place..<end)
        }
        if damaged.isEmpty { damaged = [0] }
      }
      guard let salvage = try? JournalSalvage(ByteSource(damaged)) else { continue }
      for word in words(salvage) where !word.hasSuffix("unknown") {
        #expect(Self.all.contains(word))
      }
      #expect(salvage.changes.map(\.key) == salvage.changes.map(\.key).sorted())
    }
  }
}
