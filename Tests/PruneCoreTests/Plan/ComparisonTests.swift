import PruneCore
import TestSupport
import Testing

/// A plan compared with the manifest before a change: what the change asks for, and the backlog.
@Suite struct ComparisonTests {
  private func plan(_ users: String..., base: [String]?, limit: Int = 100) throws -> Plan {
    let head = manifestText(users, guards: "{max_new_removals: \(limit)}")
    var plan = try makePlan(expectManifest(head), nil)
    plan.compare(
      with: Base(
        name: "main",
        manifest: try base.map { try expectManifest(manifestText($0, guards: "{}")) }))
    Guards.judge(&plan)
    return plan
  }

  private func manifestText(_ users: [String], guards: String) -> String {
    """
    version: 1
    app: {sdk_app_id: 1400000000, region: china, edition: trial, enabled: [tag_push]}
    guards: \(guards)
    users: [\(users.joined(separator: ", "))]
    """
  }

  private func changes(_ plan: Plan) -> [String] {
    plan.items.filter(\.isChange).map { plan.entry(of: $0).id.description }
  }

  @Test func `items that the base asks for equally are backlog`() throws {
    let plan = try plan(
      "{ids: [a, b, c], account: absent}", "{id: d, tags: []}",
      "{id: e, account: absent, revision: 2}",
      base: [
        "{ids: [a, c, x], account: absent, reason: other}", "{id: b, tags: []}",
        "{id: e, account: absent}",
      ])
    #expect(changes(plan) == ["b", "d", "e"])
    #expect(plan.changeCount(of: .removeAccount) == 2)
    #expect(plan.changeCount(of: .clearTags) == 1)
  }

  @Test func `without a base manifest everything is part of the change`() throws {
    #expect(changes(try plan("{ids: [a, b], account: absent}", base: nil)) == ["a", "b"])
  }

  @Test(arguments: [
    ("1400000000", "1400000001"), ("region: china", "region: singapore"),
    ("region: china", "endpoint: 'http://127.0.0.1:9'"),
  ])
  func `with another app or service everything is part of the change`(old: String, new: String)
    throws
  {
    let text = manifestText(
      ["{ids: [a, b], account: absent}"], guards: "{max_new_removals: 1}")
    var plan = try makePlan(expectManifest(text), nil)
    plan.compare(
      with: Base(name: "main", manifest: try expectManifest(text.replacing(old, with: new))))
    Guards.judge(&plan)
    #expect(changes(plan) == ["a", "b"])
    #expect(plan.refusals == [.newRemovals(planned: 2, limit: 1)])
  }

  @Test func `a region and the address of its host are one service`() throws {
    let text = manifestText(["{ids: [a, b], account: absent}"], guards: "{}")
    let other = text.replacing("region: china", with: "endpoint: 'https://console.tim.qq.com'")
    var plan = try makePlan(expectManifest(text), nil)
    plan.compare(with: Base(name: "main", manifest: try expectManifest(other)))
    #expect(changes(plan) == [])
    #expect(try plan.digest() == makePlan(expectManifest(other), nil).digest())
  }

  @Test func `the limit of new removals does not depend on the backlog`() throws {
    let users = "{ids: [a, b, c], account: absent}"
    let backlog = ["{ids: [a], account: absent}"]
    #expect(try plan(users, base: backlog, limit: 2).refusals.isEmpty)
    #expect(
      try plan(users, base: backlog, limit: 1).refusals == [.newRemovals(planned: 2, limit: 1)])
    var alone = try makePlan(
      expectManifest(manifestText([users], guards: "{max_new_removals: 0}")), nil)
    Guards.judge(&alone)
    #expect(alone.refusals.isEmpty, "without a base there is nothing to compare with")
  }

  @Test(arguments: 0..<30 as Range<UInt64>)
  func `change and backlog equal a lookup of every user`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    func users() -> [(id: String, text: String)] {
      (0..<60).filter { _ in random.oneIn(2) }.map { number in
        let goal = random.pick(["account: absent", "tags: []", "account: absent, revision: 2"])
        return ("u\(number)", "{id: u\(number), \(goal)}")
      }
    }
    let (before, after) = (users(), users())
    var plan = try makePlan(
      expectManifest(manifestText(after.map(\.text), guards: "{}")), nil)
    plan.compare(
      with: Base(
        name: "main",
        manifest: try expectManifest(manifestText(before.map(\.text), guards: "{}"))))
    let known = Set(before.map(\.text))
    #expect(changes(plan) == after.filter { !known.contains($0.text) }.map(\.id).sorted())
  }
}
