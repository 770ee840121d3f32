import Bytes
import PruneCore
import TestSupport
import Testing

struct MergedTagsTests {
  private func merged(_ file: WholeTagFile) throws -> MergedTags {
    try MergedTags(ByteSource(file.bytes))
  }

  @Test func `a user who was read twice has the tags of both times, in order`() throws {
    let file = WholeTagFile(users: [
      saved("b", ["2", "1", "2"]), saved("c", []), saved("a", ["x"]),
      saved("b", ["3", "1", "\u{E9}"]), saved("b", ["e\u{301}", "0"]), saved("c", []),
      saved("B", ["other"]),
    ])
    let merged = try merged(file)
    #expect(merged.map(\.id.description) == ["B", "a", "b", "c"])
    let tags = merged.map { $0.tags.map(\.bytes) }
    let expected = [["other"], ["x"], ["2", "1", "3", "\u{E9}", "e\u{301}", "0"], []]
    #expect(tags == expected.map { $0.map { Array($0.utf8) } })
    #expect(merged.isWhole && merged.header == file.header)
  }

  @Test func `the users of an interrupted run are merged too`() throws {
    let merged = try merged(
      WholeTagFile(users: [saved("a", ["1"]), saved("a", ["2"])], isWhole: false))
    #expect(!merged.isWhole)
    #expect(merged.map { $0.tags.map(\.description) } == [["1", "2"]])
    #expect(try self.merged(WholeTagFile(users: [])).isEmpty)
  }

  @Test(arguments: 0..<20)
  func `every tag of every line is there once`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let users = (0..<random.below(200)).map { _ in
      saved(
        "user_\(random.below(60))",
        (0..<random.below(4)).map { _ in random.pick(["", "a", "b", "é", "😀"]) })
    }
    var expected: [UserID: [PruneCore.Tag]] = [:]
    for user in users {
      for tag in user.tags where expected[user.id]?.contains(tag) != true {
        expected[user.id, default: []].append(tag)
      }
      expected[user.id] = expected[user.id] ?? []
    }
    let merged = try merged(WholeTagFile(users: users))
    #expect(merged.map(\.id) == expected.keys.sorted())
    #expect(merged.allSatisfy { expected[$0.id] == $0.tags })
  }

  @Test func `a damaged file is refused as a whole`() throws {
    var bytes = WholeTagFile(users: [saved("a", ["1"]), saved("b", ["2"])]).bytes
    bytes[bytes.count / 2] ^= 1
    #expect(throws: TagFileError.self) { try MergedTags(ByteSource(bytes)) }
  }
}
