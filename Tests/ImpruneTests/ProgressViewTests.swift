import Testing

@testable import PruneCore
@testable import imprune

struct ProgressViewTests {
  @Test func `progress shows the current rate, and the limit when the service throttles`()
    throws
  {
    func words(_ rate: Double) throws -> String {
      ProgressView.rate(
        .init(stage: .removals, settled: 5, total: 9, rate: rate, limit: try #require(Rate(90))))
    }
    let slowed = ApplyMachine.Progress(
      stage: .removals, settled: 5, total: 9, rate: 59.4, limit: .standard, ceiling: 59.9,
      refusals: 5)
    #expect(ProgressView.rate(slowed) == "slowed to 59.4 of 90 calls/s (ceiling 60), 5 refused")
    #expect(try words(90) == "90 calls/s")
    #expect(try words(22.51) == "slowed to 22.5 of 90 calls/s")
    #expect(try words(0.5) == "slowed to 0.5 of 90 calls/s")
  }

  @Test func `progress shows no estimate before the first batches`() throws {
    func line(_ settled: Int, speed: Double) throws -> String {
      let rate = try #require(Rate(90))
      return ProgressView.line(
        .init(stage: .removals, settled: settled, total: 1000, rate: 90, limit: rate),
        speed: speed, columns: nil
      ) { $0 }
    }
    #expect(try line(1, speed: 0.3) == "removing accounts: 1/1000, 90 calls/s")
    #expect(
      try line(200, speed: 100)
        == "removing accounts: 200/1000 at 100 users/s, 90 calls/s, about 8.0 s left")
  }
}
