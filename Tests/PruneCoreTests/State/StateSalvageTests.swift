import PruneCore
import TestSupport
import Testing
import Bytes

/// Salvaging a damaged state (`state repair`).
@Suite struct StateSalvageTests {
  private func salvage(_ text: String, chunkSize: Int = 1 << 16) throws(StateError) -> StateSalvage
  {
    try StateSalvage(ByteSource(Array(text.utf8), chunkSize: chunkSize))
  }

  /// The sample state's text, one line per element; records begin with the eighth.
  private func lines() throws -> [String] {
    String(decoding: try StateTests.sample().bytes(), as: UTF8.self).split(separator: "\n").map(
      String.init)
  }

  private func text(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }

  @Test func `salvaging an undamaged state keeps everything but the unfinished plan`() throws {
    let sample = try StateTests.sample()
    let salvage = try salvage(text(lines()))
    var header = sample.header
    header.unfinished = nil
    #expect(salvage.header == header)
    #expect(salvage.records == sample.records)
    #expect(salvage.losses.count == 0)
    #expect(salvage.said == 6)
  }

  @Test func `a damaged line is dropped and reported, and the others are kept`() throws {
    let sample = try StateTests.sample()
    let whole = try lines()
    for index in sample.records.indices {
      var damaged = whole
      damaged[7 + index] = damaged[7 + index].replacing("\t", with: "\t\t", maxReplacements: 1)
      let salvage = try salvage(text(damaged), chunkSize: 100)
      var expected = sample.records
      expected.remove(at: index)
      #expect(salvage.records == expected)
      #expect(salvage.header.records == 5)
      #expect(salvage.losses.count == 1)
      let line = try #require(salvage.losses.lines.first)
      #expect(line.number == UInt32(8 + index))
      #expect(line.words == "not a record of ten columns")
      #expect(Array(damaged[7 + index].utf8).starts(with: Array(line.beginning.utf8.prefix(30))))
    }
  }

  @Test func `records are sorted, and two of one key are merged`() throws {
    let sample = try StateTests.sample()
    var damaged = try lines()
    damaged.swapAt(7, 9)
    damaged.insert(damaged[8], at: 12)
    let older =
      "UserID_1\tremove-account\t1\tremoved\t2026-01-01T00:00:00Z\t000000000001\t-\t-\t-\t-"
    damaged.append(older)
    let salvage = try salvage(text(damaged))
    #expect(salvage.records == sample.records)
    #expect(salvage.losses.count == 0)
    #expect(salvage.repetitions == 2)
    #expect(salvage.misplaced > 0)
  }

  @Test func `a state with git conflict markers loses no record`() throws {
    let whole = try lines()
    var text = ["<<<<<<< HEAD", "serial\t12", "=======", "serial\t15", ">>>>>>> theirs"]
    text = Array(whole[0...3]) + text + Array(whole[5...])
    let salvage = try salvage(self.text(text))
    #expect(salvage.header.serial == 15)
    #expect(salvage.records == (try StateTests.sample().records))
    #expect(salvage.losses.lines.map(\.number) == [5, 7, 9])
  }

  @Test func `a truncated state keeps its complete records`() throws {
    let whole = try StateTests.sample().bytes()
    let records = try StateTests.sample().records
    let start = try #require(whole.firstRange(of: Array("UserID_1".utf8))).lowerBound
    var kept = 0
    for length in start...whole.count {
      let salvage = try StateSalvage(ByteSource(Array(whole[..<length])))
      #expect(salvage.records == Array(records.prefix(salvage.records.count)))
      #expect(salvage.records.count >= kept)
      kept = salvage.records.count
    }
    #expect(kept == records.count)
  }

  @Test func `a damaged record whose id is a header keyword is reported`() throws {
    for word in ["app", "serial", "records", "unfinished", "checksum"] {
      let salvage = try salvage(text(lines()) + "\(word)\tremove-account")
      #expect(salvage.losses.count == 1)
      #expect(salvage.records.count == 6)
    }
  }

  @Test func `salvage guesses nothing about a header`() throws {
    let whole = try lines()
    for (index, key) in ["imprune-state", "app", "service", "lineage", "serial"].enumerated() {
      var damaged = whole
      damaged.remove(at: index)
      #expect(throws: StateError.headerLost(key)) { try salvage(text(damaged)) }
      damaged = whole
      damaged[index] += "x"
      #expect(throws: StateError.headerLost(key)) { try salvage(text(damaged)) }
    }
    for (line, key) in [("app\t8", "app"), ("service\tloopback", "service")] {
      #expect(throws: StateError.headersDiffer(line: 15, key)) {
        try salvage(text(whole + [line]))
      }
    }
    #expect(throws: StateError.newerVersion("2")) {
      try salvage(text(["imprune-state\t2"] + whole.dropFirst()))
    }
    // Recomputed counts may be missing.
    for index in [5, 6] {
      var damaged = whole
      damaged[index] = "?"
      #expect(try salvage(text(damaged)).records.count == 6)
    }
  }

  @Test func `salvage folds the journal`() throws {
    var salvage = try StateSalvage(
      ByteSource(RecordText.state("b remove-account - 1?\nd remove-account 1 -").bytes()))
    func change(_ id: String, _ result: StateChange.Result) throws -> StateChange {
      StateChange(
        id: try #require(UserID(id)), operation: .removeAccount, revision: .first, result: result,
        time: Timestamp(seconds: 100), run: RecordText.run)
    }
    let changes = [
      try change("a", .unknown), try change("b", .done(.removed)), try change("c", .done(.removed)),
      try change("d", .unknown),
    ]
    salvage.fold(changes)
    #expect(
      salvage.records.map(RecordText.text) == [
        "a remove-account - 1?", "b remove-account 1 -", "c remove-account 1 -",
        "d remove-account 1 -",
      ])
    #expect(salvage.header.records == 4)
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `salvaged records come from the file and form a valid state`(
    seed: UInt64
  ) throws {
    var random = SplitMix64(seed: seed)
    let whole = try StateTests.sample().bytes()
    for _ in 0..<500 {
      var damaged = whole
      for _ in 0...random.below(5) {
        let place = random.below(damaged.count)
        let end = min(damaged.count, place + random.below(40))
        switch random.below(4) {
        case 0: damaged[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: damaged.removeSubrange(place..<end)
        case 2: damaged.insert(contentsOf: damaged[place..<end], at: place)
        default: damaged.insert(0x0A, at: place)
        }
        if damaged.isEmpty { damaged = [0] }
      }
      guard
        let salvage = try? StateSalvage(ByteSource(damaged, chunkSize: 1 + random.below(300)))
      else { continue }
      let state = WholeState(header: salvage.header, records: salvage.records)
      #expect(try WholeState(state.bytes()) == state)
      // With two records of a key the result may combine both.
      if salvage.repetitions > 0 { continue }
      let text = "\n" + String(decoding: damaged, as: UTF8.self) + "\n"
      for record in salvage.records {
        var line: [UInt8] = [0x0A]
        record.append(to: &line)
        #expect(Array(text.utf8).firstRange(of: line) != nil)
      }
    }
  }
}
