import PruneCore
import TestSupport
import Testing

/// A change that loosens a rule and uses it is refused; either alone goes.
@Suite struct RuleChangeTests {
  /// A manifest before a change, what the change does to one rule, and the users that would use it.
  struct Case: Sendable, CustomTestStringConvertible {
    let rule: String
    var users = "{ids: [old], account: absent}"
    let before: String
    let after: String
    let use: String
    let refusal: String
    var testDescription: String { "\(rule): \(before) -> \(after)" }
  }

  private static let app =
    "sdk_app_id: 1400000000, region: china, edition: pro, enabled: [tag_push, account_deletion]"
  private static let removals = "{ids: [n1, n2, n3], account: absent}"
  private static let clears = "{ids: [n1, n2, n3], tags: []}"

  static let loosened = [
    Case(
      rule: "guards.max_removals", before: "{max_removals: 2}", after: "{max_removals: 50}",
      use: removals, refusal: "loosened-max-removals"),
    Case(
      rule: "guards.max_removals", before: "{max_removals: 2}", after: "{}", use: removals,
      refusal: "loosened-max-removals"),
    Case(
      rule: "guards.max_clears", before: "{max_clears: 2}", after: "{max_clears: 50}", use: clears,
      refusal: "loosened-max-clears"),
    Case(
      rule: "guards.max_new_removals", before: "{max_new_removals: 2}",
      after: "{max_new_removals: 3}", use: removals, refusal: "loosened-max-new-removals"),
    Case(
      rule: "guards.max_new_removals", before: "{max_new_removals: 2}", after: "{}", use: removals,
      refusal: "loosened-max-new-removals"),
    Case(
      rule: "guards.protected", before: "{protected: [ceo, n2]}", after: "{protected: [ceo]}",
      use: removals, refusal: "unprotected"),
    Case(
      rule: "guards.protected", before: "{protected: [\"n*\"]}", after: "{protected: [\"n1*\"]}",
      use: "{id: n2, tags: []}", refusal: "unprotected"),
    Case(
      rule: "expect.removals", before: "{removals: 1}", after: "{}", use: removals,
      refusal: "loosened-expect-removals"),
    Case(
      rule: "expect.clears", users: "{ids: [old], tags: []}", before: "{clears: 1}", after: "{}",
      use: clears, refusal: "loosened-expect-clears"),
    Case(
      rule: "app.sdk_app_id", before: app,
      after: app.replacing("1400000000", with: "1400000001"), use: removals, refusal: "other-app"),
    Case(
      rule: "app.region", before: app, after: app.replacing("china", with: "seoul"),
      use: removals, refusal: "other-service"),
    Case(
      rule: "app.endpoint",
      before: app.replacing("region: china", with: "endpoint: 'http://127.0.0.1:1'"),
      after: app.replacing("region: china", with: "endpoint: 'http://127.0.0.1:2'"),
      use: clears, refusal: "other-service"),
    Case(
      rule: "app.admin", before: app + ", admin: n1", after: app + ", admin: n9", use: removals,
      refusal: "former-admin"),
    Case(
      rule: "app.edition", before: app.replacing(", account_deletion", with: ""),
      after: app.replacing(", account_deletion", with: "").replacing("pro", with: "trial"),
      use: removals, refusal: "loosened-rights"),
    Case(
      rule: "app.enabled", before: app.replacing(", account_deletion", with: ""), after: app,
      use: removals, refusal: "loosened-rights"),
    Case(
      rule: "app.tags_api", users: "{ids: [old], account: absent}",
      before: app.replacing("tag_push, ", with: ""),
      after: app.replacing("tag_push, ", with: "") + ", tags_api: timpush", use: clears,
      refusal: "loosened-rights"),
  ]

  private func manifest(_ rule: String, _ value: String, _ users: [String]) throws -> Manifest {
    func section(_ name: String) -> String { rule.hasPrefix(name) ? value : "{}" }
    return try expectManifest(
      """
      version: 1
      app: {\(rule.hasPrefix("app") ? value : Self.app)}
      guards: \(section("guards"))
      expect: \(section("expect"))
      users: [\(users.joined(separator: ", "))]
      """)
  }

  private func plan(_ manifest: Manifest, base: Manifest?) throws -> Plan {
    let source = PlanPipeline.Source(header: nil)
    return try PlanPipeline(manifest, base: Base(name: "main", manifest: base))
      .plan(source, StateCursor(nil))
  }

  private func codes(_ plan: Plan) -> Set<String> {
    let blocks = plan.items.compactMap { $0.block.map(GuardWords.code(of:)) }
    return Set(plan.refusalRemarks.map(\.code) + blocks)
  }

  @Test(arguments: loosened)
  func `a rule is loosened alone or used later, never both at once`(_ it: Case) throws {
    let before = try manifest(it.rule, it.before, [it.users])
    let loose = try manifest(it.rule, it.after, [it.users])
    let used = try manifest(it.rule, it.after, [it.users, it.use])

    let both = try plan(used, base: before)
    #expect(both.isRefused && codes(both) == [it.refusal], "\(both.refusalRemarks)")
    let effects = both.ruleChanges.filter { $0.rule.rawValue == it.rule }.map(\.effect)
    #expect(effects == [.loosened])

    let alone = try plan(loose, base: before)
    #expect(alone.loosensRules)
    #expect(codes(alone) == [], "loosened without a use")
    let later = try plan(used, base: loose)
    #expect(codes(later) == [] && later.ruleChanges == [], "used after it was merged")
  }

  @Test func `another spelling of a protected entry or an admin is another one`() throws {
    for (before, after, id) in [
      ("jos\u{E9}", "jose\u{301}", "jos\u{E9}"),
      ("\u{AE40}*", "\u{1100}\u{1175}\u{11B7}*", "\u{AE40}1"),
    ] {
      let base = try manifest("guards.protected", "{protected: [ceo, \"\(before)\"]}", [])
      let change = try manifest(
        "guards.protected", "{protected: [ceo, \"\(after)\"]}", ["{id: \"\(id)\", account: absent}"]
      )
      let plan = try plan(change, base: base)
      #expect(plan.ruleChanges.map(\.effect) == [.loosened])
      #expect(codes(plan) == ["unprotected"])
    }
    let admins = try ["jos\u{E9}", "jose\u{301}"].map {
      try manifest("app.admin", "\(Self.app), admin: \"\($0)\"", [])
    }
    #expect(try plan(admins[1], base: admins[0]).ruleChanges.map(\.rule) == [.admin])
  }

  @Test(arguments: loosened)
  func `a rule may be tightened with any users`(_ it: Case) throws {
    let before = try manifest(it.rule, it.after, [it.users])
    let tight = try manifest(it.rule, it.before, [it.users, "{id: zz, tags: []}"])
    let plan = try plan(tight, base: before)
    let effects = plan.ruleChanges.filter { $0.rule.rawValue == it.rule }.map(\.effect)
    switch it.rule {
    case "app.sdk_app_id", "app.region", "app.endpoint", "app.admin":
      // Another app or service is loosened in both directions.
      #expect(effects == [.loosened])
    default: #expect(effects == [.tightened])
    }
    #expect(codes(plan).allSatisfy { !$0.hasPrefix("loosened") && $0 != "unprotected" })
  }

  @Test func `a share of absent users is loosened alone too`() throws {
    func manifest(_ limit: String, _ users: String) throws -> Manifest {
      try self.manifest("guards", "{max_absent: \(limit)}", [users])
    }
    let (few, many) = ("{ids: [a, b], account: absent}", "{ids: [a, b, c], account: absent}")
    let before = try manifest("10%", few)
    for (limit, users, refused) in [("100%", many, true), ("100%", few, false), ("10%", few, true)]
    {
      var plan = try plan(manifest(limit, users), base: before)
      plan.add(plan.inspection())
      #expect(plan.isRefused == refused, "\(limit) with \(users)")
    }
  }

  @Test func `a new manifest has the defaults as its base`() throws {
    let users = "{ids: [\((1...101).map { "u\($0)" }.joined(separator: ", "))], account: absent}"
    let refused = try plan(manifest("guards", "{max_removals: 500}", [users]), base: nil)
    #expect(codes(refused) == ["loosened-max-removals"])
    #expect(refused.ruleChanges.map(\.rule) == [.maxRemovals], "the app is new, not changed")
    let small = try plan(
      manifest("guards", "{max_removals: 500}", ["{id: a, account: absent}"]), base: nil)
    #expect(codes(small) == [] && small.loosensRules)
  }

  @Test func `a region and the address of its host are one service`() throws {
    let address = Self.app.replacing(
      "region: china", with: "endpoint: 'https://console.tim.qq.com'")
    let plan = try plan(
      manifest("app", address, [Self.removals]), base: manifest("app", Self.app, []))
    #expect(plan.ruleChanges.map(\.rule) == [.region, .endpoint])
    #expect(plan.ruleChanges.allSatisfy { $0.effect == .changed })
    #expect(codes(plan) == [])
  }

  @Test func `a number that is expected changes with the users`() throws {
    let before = try manifest("expect", "{removals: 1}", ["{id: a, account: absent}"])
    let after = try manifest("expect", "{removals: 2}", ["{ids: [a, b], account: absent}"])
    let plan = try plan(after, base: before)
    #expect(codes(plan) == [] && plan.ruleChanges.map(\.effect) == [.changed])
  }

  @Test func `users who wait for a limit to be raised do not use the change that raises it`() throws
  {
    let users = ["{ids: [a, b, c], account: absent}"]
    let before = try manifest("guards", "{max_removals: 2}", users)
    #expect(codes(try plan(before, base: before)) == ["max-removals"])
    #expect(codes(try plan(manifest("guards", "{max_removals: 3}", users), base: before)) == [])
    let more = try manifest("guards", "{max_removals: 9}", users + ["{id: d, account: absent}"])
    #expect(codes(try plan(more, base: before)) == ["loosened-max-removals"])
  }

  @Test func `each rule knows its line`() throws {
    let text = """
      version: 1
      app:
        sdk_app_id: 1400000000
        region: china
        admin: root
        edition: pro
        enabled: [tag_push]
        tags_api: timpush
      guards:
        max_removals: 5
        max_clears: 6
        max_new_removals: 7
        max_absent: 8%
        protected: [a]
      expect:
        removals: 0
        clears: 0
      users: []
      """
    let manifest = try expectManifest(text)
    let lines = text.split(separator: "\n")
    for rule in Rule.allCases where rule != .endpoint {
      let key = try #require(rule.rawValue.split(separator: ".").last)
      let line = Int(manifest.rulePlaces[rule].line)
      #expect(lines[line - 1].contains("  \(key):"), "\(rule)")
    }
    #expect(manifest.rulePlaces[.endpoint].line == 1)
  }
}
