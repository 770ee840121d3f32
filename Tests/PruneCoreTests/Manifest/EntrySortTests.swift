import PruneCore
import TestSupport
import Testing

/// The order of a manifest's entries: by the bytes of the ids, whatever their prefixes.
@Suite struct EntrySortTests {
  @Test(arguments: 0..<12 as Range<UInt64>)
  func `ids are sorted by their bytes`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    // Few letters and long shared prefixes: deep, uneven ranges.
    let beginnings = (0..<3).map { _ in
      String((0..<random.below(24)).map { _ in random.pick(Array("ab")) })
    }
    let letters = Array(random.pick(["01", "0123456789", "aé€😀", "-_.zZ9"]))
    var ids: Set<[UInt8]> = []
    while ids.count < 2000 {
      let end = (0...random.below(12)).map { _ in random.pick(letters) }
      let id = Array((random.pick(beginnings) + String(end)).utf8)
      if id.count <= UserID.maxBytes { ids.insert(id) }
    }
    let list = ids.shuffled(using: &random).joined(separator: [0x0A])
    let manifest = try #require(
      readManifest(
        head + "users: [{ids_from: ids.txt, account: absent}]\n",
        lists: ["ids.txt": .bytes(Array(list))]
      ).manifest)
    let sorted = ids.sorted { $0.lexicographicallyPrecedes($1) }
    #expect(manifest.entries.list.map(\.id.bytes) == sorted)
  }

  @Test func `the first of a thousand equal ids is kept`() throws {
    let text = "b\n" + String(repeating: "a\n", count: 1000) + "a0\n"
    let reading = readManifest(
      head + "users: [{ids_from: ids.txt, account: absent}]\n", lists: ["ids.txt": .text(text)])
    let entries = try #require(reading.manifest).entries.list
    #expect(entries.map(\.id.description) == ["a", "a0", "b"])
    #expect(entries.map(\.line) == [2, 1002, 1])
    #expect(reading.diagnostics.warnings == 999)
  }

  @Test(arguments: 0..<12 as Range<UInt64>)
  func `the first of a few equal ids is kept`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let ids = (0..<2000).map { _ in "\(random.pick(Array("abc")))\(random.below(150))" }
    let reading = readManifest(
      head + "users: [{ids_from: ids.txt, account: absent}]\n",
      lists: ["ids.txt": .text(ids.joined(separator: "\n"))])
    let entries = try #require(reading.manifest).entries.list
    #expect(
      entries.allSatisfy { ids.firstIndex(of: $0.id.description) == Int($0.line) - 1 })
  }
}
