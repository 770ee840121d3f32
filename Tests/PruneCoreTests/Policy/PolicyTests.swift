import Bytes
import TestSupport
import Testing

@testable import PruneCore

/// What policies decide about a plan: the stricter of manifest and policy, key by key.
@Suite struct PolicyTests {
  /// Policies with these texts, named a.yaml, b.yaml and so on.
  private func policies(_ texts: String...) throws -> Policies {
    Policies(
      try zip(["a", "b", "c"], texts).map { name, text in
        let source = ByteSource(Array(("version: 1\n" + text).utf8))
        let policy = ManifestReader.readPolicy(source, name: name).policy
        let file = RuleFile(
          path: "/etc/\(name).yaml", sha256: String(repeating: "0", count: 64), bytes: [])
        return Policies.Member(try #require(policy), file, signers: nil)
      })
  }

  private func plan(
    guards: String = "", users: String = "{ids: [a, b, c], account: absent}",
    location: String = "region: singapore", _ policies: Policies, maxRemovals: Int? = nil
  ) throws -> Plan {
    let text = manifest(guards: guards, users: users)
      .replacing("region: singapore", with: location)
    return try PlanPipeline(expectManifest(text), maxRemovals: maxRemovals, policies: policies)
      .plan(.init(header: nil), StateCursor(nil))
  }

  private func codes(_ plan: Plan) -> [String] { plan.refusalRemarks.map(\.code) }

  @Test func `no policy changes nothing`() throws {
    let plan = try plan(.none)
    #expect(!plan.isRefused && plan.policies.rows == [])
  }

  @Test func `an app that no list names is refused`() throws {
    #expect(try codes(plan(policies("apps: [1400000000]"))) == [])
    #expect(try codes(plan(policies("apps: [1400000001, 7]"))) == ["policy-apps"])
    // Both hold: what one lists, the other may not.
    #expect(try codes(plan(policies("apps: [1400000000]", "apps: [7]"))) == ["policy-apps"])
  }

  /// The limit of manifest, policy and flag, and what refuses three removals.
  @Test(
    arguments: [
      (3, 3, nil, []), (3, 2, nil, ["policy-max-removals"]), (2, 3, nil, ["max-removals"]),
      (2, 2, nil, ["max-removals", "policy-max-removals"]), (3, 3, 2, ["max-removals-flag"]),
      // A flag cannot raise a policy's limit.
      (3, 2, 100, ["policy-max-removals"]), (1_000_000, 0, nil, ["policy-max-removals"]),
    ] as [(Int, Int, Int?, [String])])
  func `the lowest limit holds`(
    ofManifest: Int, ofPolicy: Int, flag: Int?, expected: [String]
  ) throws {
    let plan = try plan(
      guards: "{max_removals: \(ofManifest)}", policies("max_removals: \(ofPolicy)"),
      maxRemovals: flag)
    #expect(codes(plan) == expected)
  }

  @Test func `the lowest limit of several policies holds, for clears too`() throws {
    let users = "{ids: [a, b, c], tags: []}"
    let both = try policies("max_clears: 5", "max_clears: 2")
    let plan = try plan(users: users, both)
    #expect(codes(plan).contains("policy-max-clears"))
    let words = try #require(plan.refusalRemarks.first { $0.code == "policy-max-clears" }).message
    #expect(words.contains("clear 3 users, but the policy b.yaml allows 2"))
  }

  @Test func `a user whom a policy protects is blocked, and the entry is shown`() throws {
    let both = try policies("protected: [x, z]", "protected: [\"b*\"]")
    let plan = try plan(guards: "{protected: [a, b]}", both)
    #expect(plan.items.map(\.block) == [.protected(0), .policy(2), nil])
    #expect(plan.isRefused)
    let words = GuardWords.of(.policy(2), in: plan)
    #expect(words == "protected by `b*` in the policy b.yaml")
    #expect(GuardWords.code(of: .policy(2)) == "policy-protected")
    // The manifest's own entry for the user does protect somebody.
    #expect(plan.unmatchedProtectedTexts == [])
  }

  @Test func `a blocked user does not count against a limit`() throws {
    let plan = try plan(policies("protected: [c]\nmax_removals: 2"))
    #expect(codes(plan) == [] && plan.isRefused)
  }

  @Test func `an address instead of a region can be forbidden`() throws {
    let text = "forbid: [endpoint]"
    #expect(try codes(plan(policies(text))) == [])
    for address in ["endpoint: https://adminapisgp.im.qcloud.com", "endpoint: http://127.0.0.1:9"] {
      #expect(try codes(plan(location: address, policies(text))) == ["policy-endpoint"])
    }
  }

  @Test func `resending can be forbidden, whatever was asked for`() throws {
    #expect(try policies("forbid: [endpoint]").resendWithin(600) == 600)
    #expect(try policies("forbid: [endpoint]", "forbid: [resend]").resendWithin(600) == 0)
  }

  @Test func `approval by a flag alone can be forbidden`() throws {
    let automatic = Approval(isAutomatic: true, allowsNewState: true)
    #expect(try automatic.basis(for: plan(policies("max_removals: 9"))) == .automatic)
    let plan = try plan(policies("forbid: [auto_approve]"))
    let token = ApprovalToken(plan)
    #expect(throws: Approval.Refusal.automatic(policy: "a.yaml", plan: token)) {
      try automatic.basis(for: plan)
    }
    // With the token of the plan, the flag does not matter.
    let both = Approval(token: token, isAutomatic: true, allowsNewState: true)
    #expect(try both.basis(for: plan) == .token)
    let saved = try PlanFile.read(bytes(of: plan))
    let file = Approval(isAutomatic: true, saved: saved, allowsNewState: true)
    #expect(throws: Approval.Refusal.automatic(policy: "a.yaml", plan: token)) {
      try file.basis(for: plan)
    }
  }

  private func bytes(of plan: Plan) -> [UInt8] {
    var bytes: [UInt8] = []
    let provenance = Provenance(
      created: Timestamp(seconds: 0), toolVersion: "0", files: [], gitCommit: nil)
    PlanFile.write(plan, provenance) { bytes += $0 }
    return bytes
  }
}
