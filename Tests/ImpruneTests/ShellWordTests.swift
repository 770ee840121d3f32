import TestSupport
import Testing

@testable import imprune

/// A shell understands the commands that imprune suggests.
@Suite struct ShellWordTests {
  @Test func `a shell reads a quoted word as the same word`() throws {
    var random = SplitMix64(seed: 1)
    let words =
      ["a", "", "two words", "it's", "'\u{301}; echo no '", "$(id)", "-", "a\nb"]
      + (0..<50).map { _ in NastyText.make(&random, bytes: 60) }
    let script = "printf '%s\\0' " + words.map(quoted).joined(separator: " ")
    let result = try ChildProcess("/bin/sh", ["-c", script], in: "/").end()
    #expect(result.out == words.map { $0 + "\0" }.joined())
    #expect(result.error == "")
  }
}
