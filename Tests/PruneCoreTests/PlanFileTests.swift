import Fuzzing
import PruneCore
import Testing

/// What a saved plan is refused for.
@Suite struct PlanFileTests {
  private static func read(
    _ old: String, _ new: String
  ) throws -> Result<SavedPlan, PlanFile.Refusal> {
    let corpus = try FuzzTarget.plan.corpus()
    let whole = try #require(corpus.first { $0.name == "whole.json" }?.bytes)
    let text = String(decoding: whole, as: UTF8.self)
    try #require(text.contains(old))
    do throws(PlanFile.Refusal) {
      return .success(try PlanFile.read(Array(text.replacing(old, with: new).utf8)))
    } catch {
      return .failure(error)
    }
  }

  @Test func `a version is told without what a terminal would obey`() throws {
    let read = try Self.read(#""1.0""#, #""2\u001b[2J\u202e""#)
    #expect(read == .failure(.otherVersion("2\\u{1b}[2J\\u{202e}")))
    let long = try Self.read(#""1.0""#, "\"\(String(repeating: "9", count: 5000))\"")
    guard case .failure(let refusal) = long else {
      Issue.record("read")
      return
    }
    #expect(refusal.explanation.count < 300)
  }

  /// Its digest and counts are right, but one user stands in it twice.
  @Test func `a user who is to be removed twice is refused`() throws {
    let corpus = try FuzzTarget.plan.corpus()
    let bytes = try #require(corpus.first { $0.name == "two-revisions.json" }?.bytes)
    #expect(throws: PlanFile.Refusal.inconsistent) { try PlanFile.read(bytes) }
  }

  @Test func `a count below zero is refused`() throws {
    #expect(
      try Self.read(#""unchanged": 12"#, #""unchanged": -12"#)
        == .failure(.notAPlan("a value cannot be read")))
  }
}
