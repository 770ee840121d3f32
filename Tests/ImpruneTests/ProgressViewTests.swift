import Testing

@testable import PruneCore
@testable import imprune

struct ProgressViewTests {
  @Test func `the present rate is shown, and the limit beside it when the service slows it down`()
    throws
  {
    func words(_ rate: Double) throws -> String {
      ProgressView.rate(
        .init(stage: .removals, settled: 5, total: 9, rate: rate, limit: try #require(Rate(90))))
    }
    #expect(try words(90) == "90 calls/s")
    #expect(try words(22.51) == "slowed to 22.5 of 90 calls/s")
    #expect(try words(0.5) == "slowed to 0.5 of 90 calls/s")
  }
}
