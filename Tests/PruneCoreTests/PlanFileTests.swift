import Fuzzing
import PruneCore
import TestSupport
import Testing

/// Which documents approve something, and what.
@Suite struct PlanFileTests {
  private let provenance = Provenance(
    created: Timestamp(seconds: 1_800_000_000), toolVersion: "0.1.0",
    files: [.init(path: "imprune.yaml", sha256: "")], gitCommit: nil)

  private func plan(_ users: String, guards: String = "") throws -> Plan {
    try makePlan(
      expectManifest(manifest(guards: guards, users: users)),
      WholeState(
        header: StateHeader(
          app: try #require(SDKAppID(1_400_000_000)), service: .live, lineage: Lineage(1)),
        records: []))
  }

  private func bytes(_ plan: Plan) -> [UInt8] {
    var bytes: [UInt8] = []
    PlanFile.write(plan, provenance) { bytes += $0 }
    return bytes
  }

  private func read(_ text: String) -> Result<SavedPlan, PlanFile.Refusal> {
    Result { () throws(PlanFile.Refusal) in try PlanFile.read(Array(text.utf8)) }
  }

  @Test func `what is written is read again`() throws {
    let plan = try plan("{ids: [b, a, \"##[c]\"], account: absent, reason: \"a \\\"b\\\" \\\\\"}")
    let bytes = bytes(plan)
    #expect(try PlanFile.read(bytes) == SavedPlan(plan, provenance))
    #expect(try PlanFile.read(bytes).mismatch(with: plan) == nil)
  }

  /// A plan of users who are many, to be done or blocked.
  private func longPlan(guards: String) throws -> Plan {
    let ids = (10_000..<22_000).map(String.init).joined(separator: ", ")
    return try plan("{ids: [\(ids)], account: absent}", guards: guards)
  }

  @Test(arguments: ["{max_removals: 12000}", "{protected: [\"*\"]}"])
  func `a long plan is written in pieces`(guards: String) throws {
    let plan = try longPlan(guards: guards)
    var pieces: [[UInt8]] = []
    PlanFile.write(plan, provenance) { pieces.append($0) }
    #expect(pieces.count > 1)
    #expect(pieces.allSatisfy { $0.count < 1_100_000 })
    let document = try JSONValue(Array(pieces.joined()))
    let items = [document["items"]?.array, document["blocked"]?.array]
    #expect(items.map { $0?.count } == (plan.isRefused ? [0, 12_000] : [12_000, 0]))
    #expect(items.compactMap { $0?.last }.allSatisfy { $0["id"]?.string == "21999" })
  }

  @Test func `a plan that cannot be written goes no further`() throws {
    struct Full: Error {}
    let plan = try longPlan(guards: "{max_removals: 12000}")
    var written = 0
    #expect(throws: Full.self) {
      try PlanFile.write(plan, provenance) { _ in
        written += 1
        throw Full()
      }
    }
    #expect(written == 1)
  }

  @Test func `a refused plan approves nothing`() throws {
    for guards in ["{max_removals: 0}", "{protected: [a]}"] {
      let plan = try plan("{ids: [a, b], account: absent}", guards: guards)
      let document = try JSONValue(bytes(plan))
      #expect(document["refused"] == .bool(true))
      #expect(document["token"] == .null)
      let text = String(decoding: bytes(plan), as: UTF8.self)
      #expect(read(text) == .failure(.refused))
      // Nor does it if the word alone is changed.
      let changed = text.replacing(#""refused": true"#, with: #""refused": false"#)
      #expect(read(changed) == .failure(.notAPlan("a value cannot be read")))
    }
  }

  @Test func `a file of format 1.0 is still read`() throws {
    let saved = try read(
      """
      {
        "format_version": "1.0", "tool_version": "0.1.0", "created": "2026-11-21T03:40:12Z",
        "app": 1400000000, "endpoint": "https://adminapisgp.im.qcloud.com",
        "state": {"lineage": "0000000000000001", "serial": 12}, "manifest": "imprune.yaml",
        "files": [{"path": "imprune.yaml", "sha256": ""}],
        "summary": {"removals": 1, "clears": 0, "unchanged": 12},
        "digest": "\(try plan("{id: a, account: absent}").digest())",
        "token": "\(ApprovalToken(try plan("{id: a, account: absent}")))",
        "items": [
          {"operation": "remove-account", "id": "a", "revision": 1, "place": "imprune.yaml:9"}
        ]
      }
      """
    ).get()
    #expect(saved.mismatch(with: try plan("{id: a, account: absent}")) == nil)
    #expect(saved.mismatch(with: try plan("{id: b, account: absent}")) != nil)
    #expect(saved.unchanged == 12)
  }

  /// Reads the whole plan of the corpus with one replacement.
  private func readCorpus(
    _ old: String, _ new: String
  ) throws -> Result<SavedPlan, PlanFile.Refusal> {
    let corpus = try FuzzTarget.plan.corpus()
    let whole = try #require(corpus.first { $0.name == "whole.json" }?.bytes)
    let text = String(decoding: whole, as: UTF8.self)
    try #require(text.contains(old))
    return read(text.replacing(old, with: new))
  }

  @Test func `a file of no version is told from one of another`() throws {
    #expect(
      try readCorpus("format_version", "version")
        == .failure(.notAPlan("it is no JSON object with a format_version")))
    #expect(
      try readCorpus(#""1.0""#, "1.0")
        == .failure(.notAPlan("it is no JSON object with a format_version")))
    // What else another version says, nobody knows.
    #expect(
      try readCorpus("\"1.0\",\n  \"tool_version\"", "\"2.0\",\n  \"tool\"")
        == .failure(.otherVersion("2.0")))
    #expect(
      try readCorpus("tool_version", "tool")
        == .failure(.notAPlan("a key is missing or of the wrong type")))
  }

  @Test func `a version is told without what a terminal would obey`() throws {
    let read = try readCorpus(#""1.0""#, #""2\u001b[2J\u202e""#)
    #expect(read == .failure(.otherVersion("2\\u{1b}[2J\\u{202e}")))
    let long = try readCorpus(#""1.0""#, "\"\(String(repeating: "9", count: 5000))\"")
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
      try readCorpus(#""unchanged": 12"#, #""unchanged": -12"#)
        == .failure(.notAPlan("a value cannot be read")))
  }
}
