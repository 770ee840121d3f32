import NIOCore
import Testing

@testable import imprune_sandbox

@Suite struct JitterTests {
  @Test func `each request is late by another time up to the longest, the same for a seed`() throws
  {
    func delays(_ seed: UInt64) throws -> [TimeAmount] {
      let jitter = Jitter(longest: .milliseconds(20), seed: seed)
      return try (0..<1_000).map { _ in try #require(jitter.next()) }
    }
    let first = try delays(1)
    #expect(first.allSatisfy { $0 >= .zero && $0 < .milliseconds(20) })
    #expect(first.contains { $0 < .milliseconds(1) } && first.contains { $0 > .milliseconds(19) })
    #expect(try delays(1) == first && delays(2) != first)
    #expect(Jitter(longest: .zero, seed: 1).next() == nil)
  }
}
