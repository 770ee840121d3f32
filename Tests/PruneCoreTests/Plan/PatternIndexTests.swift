import TestSupport
import Testing

@testable import PruneCore

/// Protected ids and globs, looked up through an index.
@Suite struct PatternIndexTests {
  /// Whether a text matches a pattern: for each suffix of the pattern, which suffixes of the text
  /// it matches.
  private static func fits(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
    var fitting = text.indices.map { _ in false } + [true]
    for byte in pattern.reversed() {
      var next = fitting
      for start in next.indices.reversed() {
        if byte == UInt8(ascii: "*") {
          next[start] = fitting[start] || start < text.count && next[start + 1]
        } else {
          next[start] = start < text.count && text[start] == byte && fitting[start + 1]
        }
      }
      fitting = next
    }
    return fitting[0]
  }

  private static func fits(_ pattern: String, _ id: UserID) -> Bool {
    fits(Array(pattern.utf8), id.bytes)
  }

  private func words(
    _ random: inout SplitMix64, _ count: Int, _ letters: String, longest: Int
  ) -> [String] {
    (0..<count).map { _ in
      String((0...random.below(longest)).map { _ in random.pick(Array(letters)) })
    }
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `the index finds what a naive matcher finds`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    for _ in 0..<10 {
      let letters = random.pick(["ab*", "ab**", "a*", "abc*"])
      let patterns = words(
        &random, 1 + random.below(60), letters, longest: random.pick([3, 8, 31]))
      let index = PatternIndex(patterns)
      for text in words(&random, 60, "ab", longest: random.pick([4, 12, 31])) {
        let id = try #require(UserID(text))
        let all = patterns.indices.filter { Self.fits(patterns[$0], id) }
        var found: Set<Int> = []
        index.forEachMatch(of: id) { found.insert(Int($0)) }
        // Equal patterns count as one, with the number of the first.
        #expect(found.isSubset(of: all))
        #expect(
          Set(found.map { patterns[$0].replacing(/\*+/, with: "*") })
            == Set(all.map { patterns[$0].replacing(/\*+/, with: "*") }), "\(patterns) \(text)")
        var steps = 0
        let first = index.firstMatch(of: id, &steps).map(Int.init)
        let exact = all.first { patterns[$0].utf8.elementsEqual(text.utf8) }
        #expect(first == exact ?? all.first, "\(patterns) \(text)")
      }
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `the prefixes of an id are found`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let keys = Set(words(&random, 200, "aab", longest: 12).compactMap { UserID($0) })
    let table = PrefixTable(keys)
    for text in words(&random, 100, "aab", longest: 20) {
      let id = try #require(UserID(text))
      var found: [UserID] = []
      var steps = 0
      var next = table.longest(of: id, &steps)
      while let index = next {
        found.append(table.keys[index])
        next = table.parent(of: index, &steps)
      }
      let expected = keys.filter { id.bytes.starts(with: $0.bytes) }.sorted { $0.count > $1.count }
      #expect(found == expected)
    }
  }

  @Test func `a reversed id has its bytes reversed`() throws {
    var random = SplitMix64(seed: 7)
    for count in 1...32 {
      for _ in 0..<20 {
        let bytes = (0..<count).map { _ in UInt8(1 + random.below(255)) }
        let id = try #require(UserID(bytes))
        #expect(id.reversed.bytes == bytes.reversed())
        #expect(id.reversed.reversed == id)
      }
    }
  }

  @Test func `single edits of an id are edits of its bytes`() throws {
    var random = SplitMix64(seed: 7)
    for count in 1...32 {
      let bytes = (0..<count).map { _ in UInt8(1 + random.below(255)) }
      let id = try #require(UserID(bytes))
      for index in 0...count {
        let byte = UInt8(1 + random.below(255))
        var edited = bytes
        edited.insert(byte, at: index)
        #expect(id.inserting(byte, at: index)?.bytes == (count < 32 ? edited : nil))
        guard index < count else { continue }
        edited = bytes
        edited[index] = byte
        #expect(id.replacing(at: index, with: byte).bytes == edited)
        edited.remove(at: index)
        #expect(id.removing(at: index)?.bytes == (count > 1 ? edited : nil))
      }
    }
  }

  // MARK: - Coverage

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `an entry is unmatched if no record of a sorted state matches it`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let patterns = words(&random, 30, "abc*", longest: 6)
    let ids = Set(
      words(&random, random.pick([0, 3, 60]), "abc", longest: 8).compactMap { UserID($0) }
    )
    .sorted()
    var coverage = ProtectedCoverage(patterns.map { ProtectedPattern($0) })
    for id in ids {
      coverage.meet(next: id)
      // A user may have a record of either operation.
      if random.oneIn(3) { coverage.meet(next: id) }
    }
    let unmet = patterns.indices.filter { index in !ids.contains { Self.fits(patterns[index], $0) }
    }
    #expect(Set(coverage.unmet.map(Int.init)).isSubset(of: unmet))
    #expect(
      Set(coverage.unmet.map { patterns[Int($0)].replacing(/\*+/, with: "*") })
        == Set(unmet.map { patterns[$0].replacing(/\*+/, with: "*") }))
  }

  @Test func `a plan lists the entries that match no user of manifest or state`() throws {
    var random = SplitMix64(seed: 1)
    var state = try randomState(&random, users: 0)
    for id in ["gone_1", "svc_old", "x_bot"] {
      state.records.append(
        StateRecord(
          id: try #require(UserID(id)), operation: .removeAccount,
          done: .init(
            revision: .first, outcome: .removed, time: Timestamp(seconds: 1), run: RunID(1))))
    }
    let manifest = try expectManifest(
      manifest(
        guards:
          "{protected: [ops_bot, 'svc_*', gone_1, gone_2, '*_bot', '*_cat', 'a*c', 'b*c', alice, '*']}",
        users: "{ids: [abc, alice, ops_bot], account: absent}"))
    func unmatched(_ state: WholeState?) throws -> [String] {
      try makePlan(manifest, state).unmatchedProtectedTexts
    }
    #expect(try unmatched(state) == ["gone_2", "*_cat", "b*c"])
    #expect(try unmatched(nil) == ["svc_*", "gone_1", "gone_2", "*_cat", "b*c"])
  }
}
