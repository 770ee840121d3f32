import PruneCore
import Testing

/// Names of problems that stay while a file changes.
@Suite struct FingerprintTests {
  @Test func `another spelling is another text, and a byte order mark none`() {
    var alone = Fingerprints()
    let decomposed = alone.next(code: "c", file: "f", line: "e\u{301} x")
    var both = Fingerprints()
    _ = both.next(code: "c", file: "f", line: "\u{E9} x")
    #expect(both.next(code: "c", file: "f", line: "e\u{301} x") == decomposed)
    var marked = Fingerprints()
    #expect(marked.next(code: "c", file: "f", line: "\u{FEFF}e\u{301} x") == decomposed)
  }

  private func fingerprints(_ problems: [(code: String, file: String, line: String)]) -> [String] {
    var fingerprints = Fingerprints()
    return problems.map { fingerprints.next(code: $0.code, file: $0.file, line: $0.line) }
  }

  @Test func `all are different`() {
    let made = fingerprints([
      ("a", "f", "x"), ("a", "f", "x"), ("b", "f", "x"), ("a", "g", "x"), ("a", "f", "y"),
      ("a", "f", "x"), ("a", "f", ""), ("a", "f", "e\u{301}"), ("a", "f", "\u{E9}"),
    ])
    #expect(Set(made).count == made.count)
    #expect(made.allSatisfy { $0.count == 64 })
  }

  @Test func `they depend neither on the line's number nor on its indentation`() {
    let before = fingerprints([("a", "f", "  x"), ("a", "f", "x\t"), ("b", "f", "y")])
    let after = fingerprints([("b", "f", "y"), ("c", "f", "new"), ("a", "f", "x"), ("a", "f", "x")])
    #expect(before[2] == after[0] && before[0] == after[2] && before[1] == after[3])
  }

  /// Alerts of GitHub and GitLab are closed and opened again if they change.
  @Test func `they are the same in all versions`() {
    #expect(
      fingerprints([("unknown-key", "imprune.yaml", "guard: {}")])
        == ["a260e78b2d21b82da2adf640216f2ed0039743cf8e25899a8f06ace7bb861a62"])
  }
}
