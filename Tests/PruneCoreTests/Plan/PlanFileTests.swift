import Crypto
import Fuzzing
import TestSupport
import Testing
import Bytes

@testable import PruneCore

/// Which documents approve something, and what.
@Suite struct PlanFileTests {
  private let provenance = Provenance(
    created: Timestamp(seconds: 1_800_000_000), toolVersion: "0.2.0",
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

  @Test func `a written file is read back unchanged`() throws {
    let plan = try plan("{ids: [b, a, \"##[c]\"], account: absent, reason: \"a \\\"b\\\" \\\\\"}")
    let bytes = bytes(plan)
    #expect(try PlanFile.read(bytes) == SavedPlan(plan, provenance))
    #expect(try PlanFile.read(bytes).mismatch(with: plan) == nil)
  }

  /// A plan with changes of all types of rules, a policy with signers and one without, and warnings.
  private func judgedPlan() throws -> Plan {
    var plan = try plan("{id: a, account: absent}")
    plan.base = "origin/main"
    plan.ruleChanges = [
      .init(rule: .maxRemovals, effect: .loosened, values: .number(before: 2, after: 50)),
      .init(rule: .maxNewRemovals, effect: .loosened, values: .number(before: 2, after: nil)),
      .init(rule: .expectedClears, effect: .tightened, values: .number(before: nil, after: 0)),
      .init(rule: .region, effect: .loosened, values: .text(before: "china", after: nil)),
      .init(rule: .endpoint, effect: .loosened, values: .text(before: nil, after: "a\"\n")),
      .init(rule: .maxAbsent, effect: .tightened, values: .text(before: "5%", after: "4%")),
      .init(rule: .protected, effect: .loosened, values: .list(removed: ["ceo", "x"], added: [])),
    ]
    let digest = String(repeating: "e3", count: 32)
    let file = RuleFile(path: "/etc/\u{1B}prod.yaml", sha256: digest, bytes: [])
    var strict = Policy()
    strict.requirement = .init(signatures: 2, signers: "signers")
    plan.policies = Policies([
      .init(strict, file, signers: RuleFile(path: "/etc/signers", sha256: digest, bytes: [])),
      .init(Policy(), file, signers: nil),
    ])
    plan.cautions = [.tagRightsUnknown]
    plan.stateCautions = [.link("a\nb")]
    return plan
  }

  @Test func `a written file is read back with what judged the plan`() throws {
    let plan = try judgedPlan()
    let saved = try PlanFile.read(bytes(plan))
    #expect(saved == SavedPlan(plan, provenance))
    #expect(saved.judgment.policies.map { $0.signatures?.count } == [2, nil])
    #expect(saved.judgment.ruleChanges.map(\.values) == plan.ruleChanges.map(\.values))
    #expect(saved.judgment.warnings.map(\.code) == ["linked-state", "tag-rights-unknown"])
    #expect(saved.mismatch(with: plan) == nil)
  }

  /// What no version writes.
  @Test(
    arguments: [
      (#""before": 2, "after": 50"#, #""before": 2, "after": "50""#),
      (#""before": 2, "after": 50"#, #""before": null, "after": null"#),
      (#""before": 2, "after": 50"#, #""before": 2, "after": true"#),
      (#""before": 2, "after": 50"#, #""before": 2, "after": 99999999999999999999"#),
      (#""effect": "tightened""#, #""effect": "harmless""#),
      (#""rule": "guards.max_removals", "#, ""),
      (#""removed": ["ceo""#, #""removed": [1"#),
      (#""code": "linked-state", "#, ""),
      (#""signatures": 2, "#, ""), (#""signatures": 2"#, #""signatures": -2"#),
      (#""removed": ["ceo", "x"], "added": []"#, #""removed": [], "added": []"#),
      (#""removed": ["ceo", "x"], "added": []"#, #""removed": ["ceo"]"#),
      (#""removed": ["ceo", "x"]"#, #""before": 1, "removed": ["ceo", "x"]"#),
      (#", "signers": {"name": "signers""#, #", "signatories": {"name": "signers""#),
      (#""sha256": "e3"#, #""sha256": "E3"#),
      (#""sha256": "e3"#, #""sha256": "e"#),
    ])
  func `what judged a plan is read strictly`(text: String, other: String) throws {
    let whole = String(decoding: bytes(try judgedPlan()), as: UTF8.self)
    try #require(whole.contains(text))
    #expect(
      try read(withChecksum(whole.replacing(text, with: other)))
        == .failure(.notAPlan("a key is missing or of the wrong type")))
  }

  /// A plan with many users, pending or blocked.
  private func longPlan(guards: String) throws -> Plan {
    let ids = (10_000..<22_000).map(String.init).joined(separator: ", ")
    return try plan("{ids: [\(ids)], account: absent}", guards: guards)
  }

  @Test(arguments: ["{max_removals: 12000}", "{protected: [\"*\"]}"])
  func `a long plan is written in chunks`(guards: String) throws {
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

  @Test func `a failed write stops the writing of a plan`() throws {
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
      guard case .failure(.refused(let refused)) = read(text) else {
        Issue.record("\(guards): not refused")
        continue
      }
      #expect(refused.refusals == plan.refusalRemarks)
      #expect(refused.blockedCount == plan.counts.blocked)
      #expect(refused.refusals.count + refused.blocked.count == 1)
      // Changing only the word does not help either, with or without the checksum.
      let changed = text.replacing(#""refused": true"#, with: #""refused": false"#)
      #expect(read(changed) == .failure(.changed))
      #expect(
        try read(withChecksum(changed)) == .failure(.notAPlan("a value is not valid")))
    }
  }

  /// A file with the correct checksum of its changed content, as an attacker would make it.
  private func withChecksum(_ text: String) throws -> String {
    let marker = ",\n  \"checksum\": \""
    let covered = try #require(text.ranges(of: marker).last).lowerBound
    let start = String(text[..<covered])
    return start + marker + "\(SHA256.hash(Array(start.utf8)))\"\n}\n"
  }

  @Test func `a plan file with one changed byte approves nothing`() throws {
    let bytes = bytes(
      try plan("{ids: [b, a], account: absent, reason: asked for by themselves}"))
    for index in bytes.indices {
      for change in [UInt8(1), 0x20] {
        var changed = bytes
        changed[index] ^= change
        #expect(throws: PlanFile.Refusal.self, "byte \(index)") { try PlanFile.read(changed) }
      }
      #expect(throws: PlanFile.Refusal.self) { try PlanFile.read(Array(bytes[..<index])) }
    }
    #expect(throws: PlanFile.Refusal.changed) { try PlanFile.read(bytes + Array(" ".utf8)) }
  }

  @Test(arguments: [
    ("asked for", "asks for"), ("imprune.yaml:", "imprune.yam1:"), ("\"line\": ", "\"line\": 1"),
    ("\"unchanged\": 0", "\"unchanged\": 5"), ("2027-01-15", "2027-01-16"),
    ("\"tool_version\": \"0", "\"tool_version\": \"1"), ("adminapi", "adminap1"),
    ("\"serial\": 0", "\"serial\": 7"), ("{", "{ "),
  ])
  func `the fields shown to a reviewer cannot be changed`(old: String, new: String) throws {
    let plan = try plan("{id: a, account: absent, reason: asked for}")
    let text = String(decoding: bytes(plan), as: UTF8.self)
    try #require(text.contains(old))
    #expect(read(text.replacing(old, with: new)) == .failure(.changed))
  }

  @Test(arguments: ["1.0", "1.1", "1.2"])
  func `a plan file of a format without a checksum is refused with the reason`(version: String)
    throws
  {
    let text = String(
      decoding: bytes(try plan("{id: a, account: absent}")), as: UTF8.self)
    let former = text.replacing(
      "\"format_version\": \"1.5\"", with: "\"format_version\": \"\(version)\"")
    #expect(read(former) == .failure(.formerVersion(version)))
    #expect(try read(withChecksum(former)) == .failure(.formerVersion(version)))
    #expect(
      PlanFile.Refusal.formerVersion(version).explanation.contains("Save a new plan"))
  }

  /// Format 1.3 had no summary by entry.
  @Test func `a plan file of format 1.3 still approves`() throws {
    let plan = try plan("{ids: [a, b], account: absent}")
    let text = String(decoding: bytes(plan), as: UTF8.self)
    let former = text.replacing("\"format_version\": \"1.5\"", with: "\"format_version\": \"1.3\"")
      .replacing(#/  "entry_count": \d+,\n  "entries": \[\n.*\n  \],\n/#, with: "")
    try #require(!former.contains("entr"))
    #expect(try read(withChecksum(former)) == .success(SavedPlan(plan, provenance)))
  }

  @Test(arguments: [
    ("\"users\": 2", "\"users\": 1"), ("\"entries\": [", "\"entries\": [1, "),
    ("\"first_line\": ", "\"first_line\": 9"), ("\"entry_count\": 1", "\"entry_count\": null"),
  ])
  func `what a plan file says of its entries is covered, but never believed`(
    old: String, new: String
  ) throws {
    let plan = try plan("{ids: [a, b], account: absent}")
    let text = String(decoding: bytes(plan), as: UTF8.self)
    try #require(text.contains(old))
    let changed = text.replacing(old, with: new)
    #expect(read(changed) == .failure(.changed))
    let saved = try read(withChecksum(changed)).get()
    #expect(saved == SavedPlan(plan, provenance))
    #expect(EntrySummary(saved) == EntrySummary(plan))
  }

  @Test(arguments: [
    PruneCore.Finding.exists, .absent, .tags(0), .tags(23), .unread(.refused(ServiceCode(70402))),
    .unread(.throttled), .unread(.noResponse), .unread(.notReached),
  ])
  func `what the service held is read back, and decides nothing`(finding: PruneCore.Finding) throws
  {
    var plan = try plan("{ids: [a, b], account: absent}")
    let token = ApprovalToken(plan)
    var inspection = plan.inspection()
    if finding != .unread(.notReached) {
      for member in inspection.nextBatch()?.members ?? [] { inspection.note(member, finding) }
    }
    plan.add(inspection)
    let saved = try PlanFile.read(bytes(plan))
    #expect(saved.items.map(\.finding) == [finding, finding])
    #expect(saved.token == token && saved.mismatch(with: plan) == nil)
    #expect(saved.refreshCounts == plan.refresh?.counts)
  }

  @Test(arguments: [
    #""at_service": "gone""#, #""at_service": "tags""#, #""at_service": "tags", "tags": -1"#,
    #""at_service": "unread""#, #""at_service": "unread", "unread_reason": "refused""#,
    #""at_service": "unread", "unread_reason": "tired""#,
  ])
  func `a plan file with a finding that does not exist is refused`(fields: String) throws {
    var plan = try plan("{ids: [a, b], account: absent}")
    plan.add(plan.inspection())
    let text = String(decoding: bytes(plan), as: UTF8.self)
    let found = #""at_service": "unread", "unread_reason": "not-reached""#
    try #require(text.contains(found))
    #expect(
      try read(withChecksum(text.replacing(found, with: fields)))
        == .failure(.notAPlan("a value is not valid")))
  }

  @Test func `a later minor version may have more keys`() throws {
    let plan = try plan("{id: a, account: absent}")
    let text = String(decoding: bytes(plan), as: UTF8.self)
    let newer = text.replacing(
      "\"format_version\": \"1.5\"", with: "\"format_version\": \"1.12\", \"new\": [1, {}]")
    #expect(try read(withChecksum(newer)) == .success(SavedPlan(plan, provenance)))
  }

  @Test func `a plan file is read in chunks of any size, at any length`() throws {
    let plan = try longPlan(guards: "{max_removals: 12000}")
    let bytes = bytes(plan)
    for size in [1, 83, 84, 85, 4096, bytes.count] {
      #expect(
        try PlanFile.read(ByteSource(bytes, chunkSize: size)) == SavedPlan(plan, provenance),
        "in pieces of \(size)")
    }
  }

  @Test func `an incomplete read of a plan file is reported`() throws {
    let bytes = bytes(try plan("{id: a, account: absent}"))
    for end in [0, 2, 500, bytes.count] {
      var isFirst = true
      let source = ByteSource { (chunk: inout [UInt8]) throws(ReadFailure) in
        guard isFirst, end > 0 else { throw ReadFailure(message: "the disk is gone") }
        isFirst = false
        chunk = Array(bytes[..<end])
      }
      #expect(throws: PlanFile.Refusal.unreadable("the disk is gone"), "after \(end)") {
        try PlanFile.read(source)
      }
    }
  }

  /// Reads the complete plan of the corpus with one replacement.
  private func readCorpus(
    _ old: String, _ new: String
  ) throws -> Result<SavedPlan, PlanFile.Refusal> {
    let corpus = try FuzzTarget.plan.corpus()
    let whole = try #require(corpus.first { $0.name == "whole.json" }?.bytes)
    let text = String(decoding: whole, as: UTF8.self)
    try #require(text.contains(old))
    return try read(withChecksum(text.replacing(old, with: new)))
  }

  @Test func `a plan file without a version differs from one of another version`() throws {
    #expect(
      try readCorpus("format_version", "version")
        == .failure(.notAPlan("the file is not a JSON object with a format_version")))
    #expect(
      try readCorpus(#""1.3""#, "1.3")
        == .failure(.notAPlan("the file is not a JSON object with a format_version")))
    // Other content of another version is unknown.
    #expect(
      try readCorpus("\"1.3\",\n  \"tool_version\"", "\"2.0\",\n  \"tool\"")
        == .failure(.otherVersion("2.0")))
    #expect(
      try readCorpus("tool_version", "tool")
        == .failure(.notAPlan("a key is missing or of the wrong type")))
  }

  @Test func `a version is printed without escape sequences`() throws {
    let read = try readCorpus(#""1.3""#, #""2\u001b[2J\u202e""#)
    #expect(read == .failure(.otherVersion("2\\u{1b}[2J\\u{202e}")))
    let long = try readCorpus(#""1.3""#, "\"\(String(repeating: "9", count: 5000))\"")
    guard case .failure(let refusal) = long else {
      Issue.record("read")
      return
    }
    #expect(refusal.explanation.count < 300)
  }

  /// Its digest and counts are correct, but one user appears twice.
  @Test func `a plan file that removes a user twice is refused`() throws {
    let corpus = try FuzzTarget.plan.corpus()
    let bytes = try #require(corpus.first { $0.name == "two-revisions.json" }?.bytes)
    #expect(throws: PlanFile.Refusal.inconsistent) { try PlanFile.read(bytes) }
  }

  @Test func `a negative count is refused`() throws {
    #expect(
      try readCorpus(#""unchanged": 12"#, #""unchanged": -12"#)
        == .failure(.notAPlan("a value is not valid")))
  }
}

extension SavedPlan {
  /// What the file of a plan must say.
  init(_ plan: Plan, _ provenance: Provenance) {
    let manifest = plan.manifest
    self.init(
      app: manifest.app.id, endpoint: manifest.app.endpointText, provenance: provenance,
      lineage: plan.state?.lineage, serial: plan.state?.serial ?? 0,
      manifest: manifest.files.first ?? "", unchanged: plan.unchanged,
      judgment: PlanJudgment(plan),
      items: plan.approvableItems.map { Item($0, of: plan) })
  }
}
