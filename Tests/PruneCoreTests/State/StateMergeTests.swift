import PruneCore
import TestSupport
import Testing
import Bytes

/// Two states with a common ancestor (`state merge`).
@Suite struct StateMergeTests {
  /// The merge of three states, read to its verified end.
  private func merge(
    base: WholeState?, ours: WholeState, theirs: WholeState
  ) throws -> WholeState {
    func open() throws -> StateMerge {
      try StateMerge(
        base: base.map { try StateReader(ByteSource($0.bytes())) },
        ours: StateReader(ByteSource(ours.bytes())),
        theirs: StateReader(ByteSource(theirs.bytes())))
    }
    var walk = try open()
    var header = try walk.header()
    var changes: [RecordChange] = []
    while let change = try walk.nextChange() { changes.append(change) }
    header.records = changes.count { $0.after != nil }
    var merge = try open()
    var records: [StateRecord] = []
    while let record = try merge.next() { records.append(record) }
    #expect(changes.compactMap(\.after) == records)
    #expect(changes.compactMap(\.before) == ours.records)
    // The result can always be written and read again.
    let whole = WholeState(header: header, records: records)
    #expect(try WholeState(whole.bytes()) == whole)
    return whole
  }

  /// The merged line of `a remove-account` for each side's record; empty means no record.
  private func merged(_ base: String?, _ ours: String, _ theirs: String) throws -> String {
    func state(_ text: String) throws -> WholeState {
      try RecordText.state(text.isEmpty ? "" : "a remove-account \(text)")
    }
    let base = try base.map(state)
    let one = try merge(base: base, ours: state(ours), theirs: state(theirs))
    let other = try merge(base: base, ours: state(theirs), theirs: state(ours))
    #expect(one.records == other.records, "the same from both sides")
    return one.records.first.map { String(RecordText.text($0).dropFirst(17)) } ?? ""
  }

  @Test(arguments: [
    // Only one side has it.
    (nil, "1 -", "", "1 -"), ("", "1 -", "", "1 -"),
    // The higher done revision, then the later time.
    (nil, "1 -", "2 -", "2 -"), (nil, "2@10 -", "1@20 -", "2@10 -"),
    (nil, "1@10 -", "1@20 -", "1@20 -"), ("2 -", "2 -", "1@200 -", "2 -"),
    // The last attempt likewise. A user unknown on one side must be read, whatever the other side
    // learned later.
    (nil, "- 1@10?", "- 1@20!70402", "- 1@10?"), (nil, "- 2@10?", "- 1@20?", "- 2@10?"),
    (nil, "- 1!70402", "- 1?", "- 1?"),
    // A done attempt is not an attempt any more.
    (nil, "1 -", "- 1@500?", "1 -"), ("- 1?", "- 1?", "1 -", "1 -"), (nil, "1 -", "- 2?", "1 2?"),
    ("1 2?", "1 2?", "2 -", "2 -"),
    // One side resolved the unknown user.
    ("1 2?", "1 2?", "1 -", "1 -"), ("- 1?", "- 1?", "", ""),
    ("- 1@10?", "- 1@30!1", "", "- 1@30!1"),
    // Forgotten on one side, or on both; kept if the other side has learned something since.
    ("1 -", "1 -", "", ""), ("1 -", "", "", ""), ("1 -", "2 -", "", "2 -"),
    ("1 -", "", "- 1@300?", "- 1@300?"),
    // Without an ancestor nothing counts as forgotten.
    (nil, "- 1?", "", "- 1?"),
  ])
  func `each merged record combines what both sides know`(
    base: String?, ours: String, theirs: String, expected: String
  ) throws {
    #expect(try merged(base, ours, theirs) == expected)
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `each key is merged on its own`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    func pick() -> String {
      var lines: [String] = []
      for id in 0..<random.below(60) {
        for operation in ["clear-tags", "remove-account"] where random.oneIn(2) {
          let rest = random.pick(["1 -", "2 -", "1@9 -", "- 1?", "- 1@200!5", "1 2?", "1 2@300?"])
          lines.append("u\(1000 + id) \(operation) \(rest)")
        }
      }
      return lines.joined(separator: "\n")
    }
    let base = random.oneIn(4) ? nil : try RecordText.state(pick(), serial: 0)
    let ours = try RecordText.state(pick(), serial: UInt64(random.below(100)))
    let theirs = try RecordText.state(pick(), serial: UInt64(random.below(100)))
    let result = try merge(base: base, ours: ours, theirs: theirs)
    #expect(result.header.serial == max(ours.header.serial, theirs.header.serial) + 1)

    func table(_ state: WholeState?) -> [RecordKey: StateRecord] {
      Dictionary(uniqueKeysWithValues: (state?.records ?? []).map { ($0.key, $0) })
    }
    let tables = (base: table(base), ours: table(ours), theirs: table(theirs))
    let keys = Set(tables.base.keys).union(tables.ours.keys).union(tables.theirs.keys)
    let expected = keys.sorted().compactMap {
      StateRecord.merged(base: tables.base[$0], ours: tables.ours[$0], theirs: tables.theirs[$0])
    }
    #expect(result.records == expected)
    // A user done on either side is done, unless forgotten.
    for record in result.records {
      for side in [tables.ours[record.key], tables.theirs[record.key]] {
        guard let done = side?.done else { continue }
        #expect(try #require(record.done).revision >= done.revision)
      }
    }
    // After a merge, merging either side again changes nothing.
    let again = try merge(base: ours, ours: result, theirs: ours)
    #expect(again.records == result.records)
  }

  @Test func `an unfinished plan survives a merge only if both sides have the same`() throws {
    let digests = try ["0a", "0b"].map {
      try #require(PlanDigest(hex: String(repeating: $0, count: 32)))
    }
    let a1 = Unfinished(digests[0], runs: [RunID(1)])
    let a12 = Unfinished(digests[0], runs: [RunID(1), RunID(2)])
    let a13 = Unfinished(digests[0], runs: [RunID(1), RunID(3)])
    let b = Unfinished(digests[1], runs: [RunID(9)])
    func unfinished(
      _ base: Unfinished?, _ ours: Unfinished?, _ theirs: Unfinished?
    ) throws -> Unfinished? {
      try merge(
        base: RecordText.state("", unfinished: base), ours: RecordText.state("", unfinished: ours),
        theirs: RecordText.state("", unfinished: theirs)
      ).header.unfinished
    }
    #expect(try unfinished(a1, a1, nil) == nil)
    #expect(try unfinished(a1, a12, a1) == a12)
    #expect(try unfinished(a1, a1, b) == nil)
    // The other side may have ended an approval of it.
    #expect(try unfinished(nil, nil, b) == nil)
    #expect(
      try unfinished(a1, a12, a13)
        == Unfinished(digests[0], runs: [RunID(1), RunID(2), RunID(3)]))
    #expect(try unfinished(a1, a12, b) == nil)
    #expect(try unfinished(a1, a12, nil) == nil)
  }

  @Test func `only states of one app, service and lineage are merged`() throws {
    let state = try RecordText.state("a remove-account 1 -")
    func expectMismatch(
      _ what: String, _ change: (inout StateHeader) throws -> Void
    ) throws {
      var other = state
      try change(&other.header)
      for (base, theirs, side) in [
        (nil, other, StateMerge.Side.theirs), (other, state, .base),
      ] as [(WholeState?, WholeState, StateMerge.Side)] {
        let merge = StateMerge(
          base: try base.map { try StateReader(ByteSource($0.bytes())) },
          ours: try StateReader(ByteSource(state.bytes())),
          theirs: try StateReader(ByteSource(theirs.bytes())))
        do throws(StateMerge.Refusal) {
          _ = try merge.header()
          Issue.record("\(what) \(side)")
        } catch {
          #expect(error == .mismatched(side, what))
        }
      }
    }
    try expectMismatch("app") { $0.app = try #require(SDKAppID(8)) }
    try expectMismatch("kind of service") { $0.service = .live }
    try expectMismatch("lineage") { $0.lineage = Lineage(1) }
  }

  @Test(arguments: [(5, 4, 6, StateMerge.Side.ours), (5, 6, 4, .theirs), (5, 4, 4, .ours)])
  func `a base newer than a side is not a common ancestor`(
    base: UInt64, ours: UInt64, theirs: UInt64, side: StateMerge.Side
  ) throws {
    func reader(_ serial: UInt64) throws -> StateReader {
      try StateReader(ByteSource(RecordText.state("", serial: serial).bytes()))
    }
    let merge = StateMerge(
      base: try reader(base), ours: try reader(ours), theirs: try reader(theirs))
    #expect(throws: StateMerge.Refusal.olderThanBase(side)) { try merge.header() }
  }

  @Test func `a merge needs a serial above those of both sides`() throws {
    let highest = UInt64(Int64.max)
    for (ours, theirs, side) in [
      (highest, 1, StateMerge.Side.ours), (1, highest, .theirs), (highest, highest, .ours),
    ] as [(UInt64, UInt64, StateMerge.Side)] {
      let merge = StateMerge(
        base: nil, ours: try StateReader(ByteSource(RecordText.state("", serial: ours).bytes())),
        theirs: try StateReader(ByteSource(RecordText.state("", serial: theirs).bytes())))
      #expect(throws: StateMerge.Refusal.state(side, .lastSerial)) { try merge.header() }
    }
  }

  @Test func `damage in any of the three states stops the merge and names the state`() throws {
    let state = try RecordText.state("a remove-account 1 -\nb remove-account 1 -")
    var damaged = state.bytes()
    let end = try #require(damaged.lastIndex(of: UInt8(ascii: ":")))
    damaged[end + 1] ^= 1
    for side in [StateMerge.Side.base, .ours, .theirs] {
      func open(_ other: StateMerge.Side) throws(StateError) -> StateReader {
        try StateReader(ByteSource(other == side ? damaged : state.bytes()))
      }
      var merge = StateMerge(
        base: try open(.base), ours: try open(.ours), theirs: try open(.theirs))
      do throws(StateError) {
        while try merge.next() != nil {}
        Issue.record("\(side) was merged")
      } catch {
        #expect(error == .wrongChecksum)
        #expect(merge.reading == side)
      }
    }
  }
}
