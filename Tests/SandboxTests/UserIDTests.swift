import Testing

@testable import imprune_sandbox

@Suite struct UserIDTests {
  @Test func `ids sort and compare by bytes at every length`() throws {
    let texts = ["a", "a\u{1}", "b", "abcdefgh", "abcdefghi", "abcdefghh\u{7f}", "é"]
    let all = (1...32).map { [UInt8](repeating: 0, count: $0) } + texts.map { Array($0.utf8) }
    let ids = try all.map { try #require(UserID($0)) }
    #expect(ids.map(\.bytes) == all)
    #expect(Set(ids).count == all.count)
    #expect(
      ids.sorted().map(\.bytes) == all.sorted { $0.lexicographicallyPrecedes($1) })
    #expect(UserID([]) == nil)
    #expect(UserID([UInt8](repeating: 65, count: 33)) == nil)
  }
}
