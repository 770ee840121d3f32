import PruneCore
import Simulation
import TestSupport
import Testing

/// What blocks an item, what refuses a plan, and how to change that (docs/architecture.md,
/// "Guards").
@Suite struct GuardTests {
  private func plan(
    app: String = "edition: trial, enabled: [tag_push]", guards: String = "{}",
    expect: String = "{}", users: String, state: WholeState? = nil, maxRemovals: Int? = nil
  ) throws -> Plan {
    let text = """
      version: 1
      app: {sdk_app_id: 1400000000, region: china, \(app)}
      guards: \(guards)
      expect: \(expect)
      users: [\(users)]
      """
    return try makePlan(expectManifest(text), state, maxRemovals: maxRemovals)
  }

  private static let three = "{ids: [a, b, c], account: absent}"
  private static let threeClears = "{ids: [d, e, f], tags: []}"

  // MARK: - Caps and expectations

  @Test func `a cap allows its number and refuses one more`() throws {
    let users = Self.three + ", " + Self.threeClears
    #expect(try !plan(guards: "{max_removals: 3, max_clears: 3}", users: users).isRefused)
    let removals = try plan(guards: "{max_removals: 2}", users: users)
    #expect(removals.refusals == [.cap(.removeAccount, planned: 3, limit: 2)])
    #expect(removals.isRefused)
    let clears = try plan(guards: "{max_clears: 2}", users: users)
    #expect(clears.refusals == [.cap(.clearTags, planned: 3, limit: 2)])
    #expect(
      try plan(guards: "{max_removals: 0, max_clears: 0}", users: users).refusals == [
        .cap(.removeAccount, planned: 3, limit: 0), .cap(.clearTags, planned: 3, limit: 0),
      ])
  }

  @Test func `a cap on the command line lowers the manifest's and never raises it`() throws {
    func refusals(_ guards: String, _ maxRemovals: Int) throws -> [Refusal] {
      try plan(guards: guards, users: Self.three, maxRemovals: maxRemovals).refusals
    }
    #expect(try refusals("{}", 3).isEmpty)
    #expect(try refusals("{}", 2) == [.flagCap(planned: 3, limit: 2)])
    #expect(try refusals("{}", 0) == [.flagCap(planned: 3, limit: 0)])
    #expect(
      try refusals("{max_removals: 2}", 1000) == [.cap(.removeAccount, planned: 3, limit: 2)])
  }

  @Test func `the default caps are 100 removals and 10,000 clears`() throws {
    func ids(_ count: Int) -> String {
      "ids: [" + (0..<count).map { format($0) }.joined(separator: ", ") + "]"
    }
    #expect(try !plan(users: "{\(ids(100)), account: absent}").isRefused)
    #expect(
      try plan(users: "{\(ids(101)), account: absent}").refusals
        == [.cap(.removeAccount, planned: 101, limit: 100)])
    #expect(try !plan(users: "{\(ids(10_000)), tags: []}").isRefused)
    #expect(
      try plan(users: "{\(ids(10_001)), tags: []}").refusals
        == [.cap(.clearTags, planned: 10_001, limit: 10_000)])
  }

  @Test func `a cap counts pending users, not completed ones`() throws {
    var random = SplitMix64(seed: 1)
    var state = try randomState(&random, users: 0)
    for id in ["a", "b"] {
      state.records.append(
        StateRecord(
          id: try #require(UserID(id)), operation: .removeAccount,
          done: .init(
            revision: .first, outcome: .removed, time: Timestamp(seconds: 1), run: RunID(1))))
    }
    let plan = try plan(
      guards: "{max_removals: 1}", expect: "{removals: 3}", users: Self.three, state: state)
    #expect(plan.refusals.isEmpty)
    #expect(plan.counts.numbers == [1, 0, 2, 0, 0])
  }

  @Test func `a cap counts unknown users, which may be sent again`() throws {
    var random = SplitMix64(seed: 1)
    var state = try randomState(&random, users: 0)
    state.records.append(
      StateRecord(
        id: try #require(UserID("a")), operation: .removeAccount,
        attempt: .init(
          revision: .first, status: .unknown, time: Timestamp(seconds: 1), run: RunID(1))))
    let plan = try plan(guards: "{max_removals: 2}", users: Self.three, state: state)
    #expect(plan.refusals == [.cap(.removeAccount, planned: 3, limit: 2)])
  }

  @Test func `an expected count refers to the manifest and counts each user once`() throws {
    let users = "{ids: [a, b, a], account: absent}, {id: c, tags: []}"
    #expect(try plan(expect: "{removals: 2, clears: 1}", users: users).refusals.isEmpty)
    #expect(
      try plan(expect: "{removals: 3, clears: 0}", users: users).refusals == [
        .expectation(.removeAccount, expected: 3, found: 2),
        .expectation(.clearTags, expected: 0, found: 1),
      ])
    #expect(try plan(expect: "{clears: 1}", users: users).refusals.isEmpty)
  }

  // MARK: - Protected users

  private func blocks(_ protected: String, admin: String = "ops", _ ids: String) throws -> [Block?]
  {
    try plan(
      app: "edition: trial, enabled: [tag_push], admin: \(admin)",
      guards: "{protected: [\(protected)]}", users: "{ids: [\(ids)], account: absent}"
    ).items.map(\.block)
  }

  @Test func `protected ids and globs block exactly the matching users`() throws {
    #expect(
      try blocks("bot, 'svc_*', '*_x'", "bot, bot2, svc_, svc_1, a_x, svc, svc1, xbot, Bot")
        == [nil, .protected(2), .protected(0), nil, nil, nil, .protected(1), .protected(1), nil]
    )
  }

  @Test func `administrator, the calling admin and reserved prefixes are always blocked`() throws {
    #expect(
      try blocks(
        "",
        "administrator, Administrator, ops, ops2, '@RBT#1', '@TOA#', '@TGS#a', '@TLS#x', "
          + "'@rbt#1', '@RBT', 'a@RBT#1'")
        == [
          nil, .reservedPrefix, .reservedPrefix, .reservedPrefix, .reservedPrefix, nil, nil, nil,
          .administrator, .callingAdmin, nil,
        ])
    #expect(
      try blocks("'*'", "administrator, ops, z") == [.administrator, .callingAdmin, .protected(0)])
  }

  @Test func `one blocked item refuses the plan and is not counted as pending`() throws {
    let plan = try plan(
      guards: "{protected: [b], max_removals: 2}", users: Self.three)
    #expect(plan.isRefused)
    #expect(plan.refusals.isEmpty)
    #expect(plan.counts.numbers == [2, 0, 0, 1, 0])
  }

  @Test func `a protected user is reported with the operation done already`() throws {
    var random = SplitMix64(seed: 1)
    var state = try randomState(&random, users: 0)
    state.records = try [
      ("a", Operation.clearTags, DoneOutcome.cleared), ("b", .removeAccount, .removed),
    ]
    .map { id, operation, outcome in
      StateRecord(
        id: try #require(UserID(id)), operation: operation,
        done: .init(
          revision: .first, outcome: outcome, time: Timestamp(seconds: 1), run: RunID(1)))
    }
    let plan = try plan(
      guards: "{protected: [a, b, c]}",
      users: "{ids: [a, c], tags: []}, {id: b, account: absent}", state: state)
    #expect(plan.items.map(\.cause) == [.done, .done, .new])
    #expect(plan.items.map(\.operation) == [.clearTags, .removeAccount, .clearTags])
  }

  @Test func `a protected user is blocked even if its removal is done already`() throws {
    var random = SplitMix64(seed: 1)
    var state = try randomState(&random, users: 0)
    state.records = [
      StateRecord(
        id: try #require(UserID("a")), operation: .removeAccount,
        done: .init(
          revision: .first, outcome: .removed, time: Timestamp(seconds: 1), run: RunID(1)))
    ]
    let plan = try plan(
      guards: "{protected: [a]}", users: "{id: a, account: absent}", state: state)
    #expect(plan.items.map(\.block) == [.protected(0)])
    #expect(plan.items.map(\.cause) == [.done])
    #expect(plan.counts.numbers == [0, 0, 0, 1, 0])
    #expect(plan.isRefused)
  }

  @Test(arguments: 0..<30 as Range<UInt64>)
  func `globs block what a naive matcher matches`(seed: UInt64) throws {
    func fits(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
      guard let first = pattern.first else { return text.isEmpty }
      if first == UInt8(ascii: "*") {
        return (0...text.count).contains { fits(pattern.dropFirst(), text.dropFirst($0)) }
      }
      return text.first == first && fits(pattern.dropFirst(), text.dropFirst())
    }
    var random = SplitMix64(seed: seed)
    func word(_ letters: String, _ longest: Int) -> String {
      String((0...random.below(longest)).map { _ in random.pick(Array(letters)) })
    }
    for _ in 0..<20 {
      let patterns = Array(Set((0...random.below(4)).map { _ in word("ab*", 6) }))
      let ids = Array(Set((0..<20).map { _ in word("ab", 10) })).sorted()
      let found = try blocks(
        patterns.map { "'\($0)'" }.joined(separator: ", "), ids.joined(separator: ", "))
      let expected = ids.map { id -> Block? in
        let exact = patterns.firstIndex(of: id)
        let match =
          exact ?? patterns.firstIndex { fits(Array($0.utf8)[...], Array(id.utf8)[...]) }
        return match.map { .protected(UInt16($0)) }
      }
      #expect(found == expected, "\(patterns) \(ids)")
    }
  }

  // MARK: - Editions

  @Test(arguments: Edition.allCases)
  func `removals need trial, developer or account_deletion`(edition: Edition) throws {
    let isFree = [.trial, .developer].contains(edition)
    let plan = try plan(app: "edition: \(edition.rawValue)", users: Self.three)
    #expect(plan.refusals == (isFree ? [] : [.removalsNeedEdition(edition)]))
    #expect(
      try self.plan(
        app: "edition: \(edition.rawValue), enabled: [account_deletion]", users: Self.three
      ).refusals.isEmpty)
  }

  @Test(arguments: Edition.allCases)
  func `clears need tag_push, and an edition below ultimate gives a warning`(edition: Edition)
    throws
  {
    let without = try plan(
      app: "edition: \(edition.rawValue), enabled: [account_deletion]", users: Self.threeClears)
    #expect(without.refusals == [.clearsNeedTagPush(edition)])
    #expect(without.cautions.isEmpty)
    let with = try plan(
      app: "edition: \(edition.rawValue), enabled: [tag_push]", users: Self.threeClears)
    #expect(with.refusals.isEmpty)
    let isHigh = [.ultimate, .enterprise].contains(edition)
    #expect(with.cautions == (isHigh ? [] : [.tagsBelowUltimate(edition)]))
  }

  @Test(arguments: Edition.allCases)
  func `with timpush clears are never refused`(edition: Edition) throws {
    let without = try plan(
      app: "edition: \(edition.rawValue), tags_api: timpush", users: Self.threeClears)
    #expect(without.refusals.isEmpty)
    #expect(without.cautions == [.tagRightsUnknown])
    let with = try plan(
      app: "edition: \(edition.rawValue), tags_api: timpush, enabled: [tag_push]",
      users: Self.threeClears)
    #expect(with.refusals.isEmpty)
    #expect(with.cautions.isEmpty)
  }

  @Test func `required features are checked only for pending operations`() throws {
    #expect(try plan(app: "edition: trial", users: Self.three).refusals.isEmpty)
    #expect(
      try plan(app: "edition: pro, enabled: [tag_push]", users: Self.threeClears).refusals.isEmpty)
  }

  // MARK: - Digest

  private static let digestUsers =
    "{id: a, account: absent}, {id: UserID_1, account: absent, revision: 2}, "
    + "{ids: [é], account: absent}, {id: b, tags: []}, {id: xiaojun012, tags: [], revision: 3}"

  private func digest(_ users: String, guards: String = "{}") throws -> String {
    try plan(guards: guards, users: users).digest().description
  }

  /// As `printf '...' | sha256sum` gives it for the line of app and address, and one line per item:
  /// clears first, then by id.
  @Test func `the digest is the SHA-256 of the documented lines`() throws {
    #expect(
      try digest(Self.digestUsers)
        == "40dfb2306532aa8f8a68d495aa2174802a1d26f90cc05d26fdf9998851bbc0cc")
    #expect(
      try digest("{id: administrator, account: absent}")
        == "11d30a702b2e6c9b13c666a39a6f5ef5449c2f9a9c93afa2eac42d844c07bc69")
  }

  @Test func `the digest changes with app, service, operation, id and revision`() throws {
    let digests = try [
      digest("{id: a, account: absent}"), digest("{id: a, tags: []}"),
      digest("{id: b, account: absent}"), digest("{id: a, account: absent, revision: 2}"),
      digest("{ids: [a, b], account: absent}"), digest("{ids: [a1], account: absent}"),
      makePlan(
        expectManifest(
          "version: 1\napp: {sdk_app_id: 1400000001, region: china, edition: trial}\n"
            + "users: [{id: a, account: absent}]"), nil
      ).digest().description,
      makePlan(expectManifest(manifest(users: "{id: a, account: absent}")), nil).digest()
        .description,
    ]
    #expect(Set(digests).count == digests.count)
  }

  @Test func `the digest does not change with reason, place, file, order or cause`() throws {
    let first = try digest(Self.digestUsers)
    #expect(
      try digest(
        "{id: xiaojun012, reason: x, tags: [], revision: 3},\n\n\n  {id: b, tags: []}, "
          + "{ids: [a, é], account: absent}, {id: UserID_1, account: absent, revision: 2}")
        == first)
    #expect(try digest(Self.digestUsers, guards: "{max_removals: 77}") == first)
    let text =
      head.replacing("singapore", with: "china")
      + "  enabled: [tag_push]\nusers:\n  - {ids_from: f, account: absent}\n"
    let manifest = try expectManifest(text, lists: ["f": .text("a\n")])
    var random = SplitMix64(seed: 1)
    var state = try randomState(&random, users: 0)
    state.records.append(
      StateRecord(
        id: try #require(UserID("a")), operation: .removeAccount,
        attempt: .init(
          revision: .first, status: .failed(ServiceCode(5)), time: Timestamp(seconds: 1),
          run: RunID(1))))
    #expect(
      try makePlan(manifest, state).digest().description == digest("{id: a, account: absent}"))
  }

  @Test func `the digest of many items is the digest of their lines`() throws {
    let ids = (0..<9000).map { format($0) }
    let plan = try plan(users: "{ids: [\(ids.joined(separator: ", "))], tags: []}")
    #expect(plan.counts.clears == 9000)
    #expect(
      plan.digest().description
        == "728b111aa1216cc02c08d6b438d34dcda03a447b1f88dd7adfa4676cd03eb87d")
  }
}
