import PruneCore
import Testing

@Suite struct PercentageTests {
  @Test func `a share allows exactly its part`() throws {
    let fifth = try #require(Percentage(20))
    #expect(fifth.allows(20, of: 100))
    #expect(!fifth.allows(21, of: 100))
    #expect(fifth.allows(0, of: 0))
    #expect(try #require(Percentage(0)).allows(0, of: 5))
    #expect(!(try #require(Percentage(0)).allows(1, of: 5)))
    #expect(try #require(Percentage(100)).allows(5, of: 5))
    #expect(Percentage(101) == nil && Percentage(-1) == nil)
  }
}
