import PruneCore
import TestSupport
import Testing

/// What approves a plan, and what prevents it.
@Suite struct ApprovalBasisTests {
  private func plan(
    _ users: String, _ records: String..., unfinished: Unfinished? = nil, hasState: Bool = true
  ) throws -> Plan {
    let header = StateHeader(
      app: try #require(SDKAppID(1_400_000_000)), service: .live, lineage: Lineage(1),
      unfinished: unfinished)
    let state = WholeState(header: header, records: try records.map(RecordText.record))
    return try makePlan(expectManifest(manifest(users: users)), hasState ? state : nil)
  }

  private func removing(_ ids: String) throws -> Plan {
    try plan("{ids: [\(ids)], account: absent}")
  }

  private func saved(_ plan: Plan) -> SavedPlan {
    SavedPlan(
      plan,
      Provenance(
        created: Timestamp(seconds: 1), toolVersion: "", files: [], gitCommit: nil))
  }

  @Test func `a plan is allowed by its token, by any approval, or by typing`() throws {
    let plan = try removing("a, b")
    #expect(try Approval(token: ApprovalToken(plan)).basis(for: plan) == .token)
    #expect(try Approval(isAutomatic: true).basis(for: plan) == .automatic)
    #expect(try Approval().basis(for: plan) == .typing(ApprovalPhrase(plan)))
  }

  @Test func `a token of another plan allows nothing, even with automatic approval`() throws {
    let (plan, other) = try (removing("a, b"), removing("a, c"))
    let refusal = Approval.Refusal.otherToken(
      approved: ApprovalToken(other), plan: ApprovalToken(plan))
    for isAutomatic in [false, true] {
      let approval = Approval(token: ApprovalToken(other), isAutomatic: isAutomatic)
      #expect(throws: refusal) { try approval.basis(for: plan) }
    }
  }

  @Test func `an interrupted plan continues under its token`() throws {
    let users = "{ids: [a, b], account: absent}"
    let whole = try plan(users)
    let approval = Approval(token: ApprovalToken(whole))
    let begun = Unfinished(whole.digest(), runs: [RecordText.run])
    let rest = try plan(users, "a remove-account 1 -", unfinished: begun)
    #expect(try approval.basis(for: rest) == .token)
    // The work of another run is not covered by this approval.
    let foreign = try plan(users, "a remove-account 1 -")
    #expect(throws: Approval.Refusal.self) { try approval.basis(for: foreign) }
  }

  @Test func `a saved plan limits an approval but approves nothing`() throws {
    let (plan, more) = try (removing("a, b"), removing("a, b, c"))
    let phrase = ApprovalPhrase(plan)
    #expect(try Approval(saved: saved(plan)).basis(for: plan) == .typing(phrase))
    #expect(
      try Approval(isAutomatic: true, saved: saved(plan)).basis(for: plan) == .automatic)
    let mismatch = try #require(saved(plan).mismatch(with: more))
    #expect(throws: Approval.Refusal.otherThanSaved(mismatch)) {
      try Approval(isAutomatic: true, saved: saved(plan)).basis(for: more)
    }
    // The token of the saved plan approves the rest of it.
    let rest = try self.plan("{ids: [a, b], account: absent}", "a remove-account 1 -")
    let token = ApprovalToken(plan)
    #expect(try Approval(token: token, saved: saved(plan)).basis(for: rest) == .token)
  }

  @Test func `removals without a state need a flag, clears do not`() throws {
    let removal = try plan("{id: a, account: absent}", hasState: false)
    let approval = Approval(token: ApprovalToken(removal), isAutomatic: true)
    #expect(throws: Approval.Refusal.noState) { try approval.basis(for: removal) }
    let allowing = Approval(isAutomatic: true, allowsNewState: true)
    #expect(try allowing.basis(for: removal) == .automatic)
    let clear = try plan("{id: a, tags: []}", hasState: false)
    #expect(try Approval(isAutomatic: true).basis(for: clear) == .automatic)
  }

  @Test func `a plan that only reads needs no approval, and an old token is ignored`() throws {
    let reading = try plan(
      "{id: a, account: absent}", "a remove-account 1 -", "b remove-account - 1?")
    try #require(!reading.isEmpty)
    let old = ApprovalToken(try removing("a"))
    #expect(try Approval().basis(for: reading) == .noChange)
    #expect(try Approval(token: old).basis(for: reading) == .noChange)
  }

  @Test func `the phrase is exactly the app and the number of removals`() throws {
    let phrase = ApprovalPhrase(
      try plan("{ids: [a, b], account: absent}", "a remove-account - 1?"))
    #expect(phrase.text == "1400000000/2")
    #expect(phrase.isTyped("1400000000/2"))
    for line in [nil, "", "1400000000/1", "1400000000/2 ", "yes"] {
      #expect(!phrase.isTyped(line))
    }
  }
}
