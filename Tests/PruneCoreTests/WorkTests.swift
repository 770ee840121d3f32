import TestSupport
import Testing

@testable import PruneCore

/// What an author of a manifest can make a plan cost, in steps: comparisons of ids, and bytes
/// matched against a glob. The cost per user must not grow with the number of protected entries.
@Suite struct WorkTests {
  private func ids(_ count: Int, _ id: (Int) -> String) throws -> [UserID] {
    try (0..<count).map { try #require(UserID(id($0))) }
  }

  private func plan(protected: [String], users: [String]) throws -> Manifest {
    try expectManifest(
      manifest(
        guards: "{protected: [" + protected.map { "\"\($0)\"" }.joined(separator: ", ") + "]}",
        users: "{ids: [" + users.map { "\"\($0)\"" }.joined(separator: ", ") + "], account: absent}"
      ))
  }

  /// The steps per id to find out whether it is protected.
  private func steps(_ patterns: [String], _ ids: [UserID]) -> Int {
    let index = PatternIndex(patterns)
    #expect(index.crowded == nil)
    var steps = 0
    for id in ids { #expect(index.firstMatch(of: id, &steps) == nil) }
    return steps / ids.count
  }

  static let shapes: [(name: String, pattern: @Sendable (Int) -> String)] = [
    ("exact", { "usex_\(100_000 + $0)" }), ("beginnings", { "svc_\(100_000 + $0)*" }),
    ("ends", { "*_s\(100_000 + $0)" }), ("both", { "user_\($0 % 100)*x\(100_000 + $0)" }),
    ("one beginning", { "u*x\(100_000 + $0)" }), ("one end", { "x\(100_000 + $0)*3" }),
    ("inner parts", { "x\(100_000 + $0)*y*z" }),
    ("inner parts at the end", { "*y*\(100_000 + $0)z" }),
    ("the same", { _ in "x*y*z" }),
  ]

  @Test(arguments: shapes.indices)
  func `ten thousand protected entries cost a few bisections per user`(shape: Int) throws {
    let (name, pattern) = Self.shapes[shape]
    let users = try ids(2000) { "user_\(1_000_000 + $0)" }
    let few = steps((0..<10).map(pattern), users)
    let many = steps((0..<10_000).map(pattern), users)
    // Ten more bisections for a thousand times as many; for a prefix and its suffixes, twice.
    #expect(many <= few + 22, "\(name): \(few), \(many)")
    #expect(many <= 60, "\(name): \(many)")
  }

  @Test func `nested prefixes and suffixes cost no more than their lengths`() throws {
    func run(_ length: Int) -> String { String(repeating: "a", count: length) }
    // Every prefix and suffix of a run of one letter, but none that matches: the worst case for an
    // index.
    var patterns: [String] = []
    for beginning in 0...15 {
      for end in 0...14 { patterns.append(run(beginning) + "*b" + run(end)) }
    }
    let users = [try #require(UserID(run(32)))]
    let nested = steps(patterns, users)
    #expect(nested <= 16 * 16, "\(nested)")
    // The maximum number of inner parts, each to be matched against each user.
    for number in 0..<GlobIndex.innerLimit {
      patterns += [run(number + 1) + "*b\(number)*", "*b\(number)*" + run(number + 1)]
    }
    let crowded = steps(patterns, users)
    #expect(crowded <= nested + 2 * GlobIndex.innerLimit * 34, "\(crowded)")
  }

  @Test(arguments: [
    "*a*a*a*a*b", "a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", "*aaaaaaaaaaaaaaab*", "*a*aa*aaa*aaaa*b*",
    "**********b",
  ])
  func `all globs together take one step per byte of an id`(pattern: String) throws {
    let id = try #require(UserID(String(repeating: "a", count: 32)))
    let sources = (0..<GlobBank.lanes).map {
      GlobIndex.Source(number: UInt16($0), pattern: Array(pattern.utf8))
    }
    var steps = 0
    GlobBank(sources).forEachMatch(of: id, &steps) { Issue.record("\($0) fits") }
    #expect(steps == 32)
  }

  @Test func `built-in protection costs a few comparisons`() throws {
    let protection = Protection(try plan(protected: [], users: ["a"]))
    for id in ["user_1", "@TGX#1", "@RBT"] {
      var steps = 0
      #expect(protection.block(try #require(UserID(id)), &steps) == nil)
      #expect(steps <= 6)
    }
  }

  // MARK: - Lints

  /// The steps of the search for users near protected ids.
  private func nearSteps(_ protected: [String], _ users: [String]) throws -> Int {
    var steps = 0
    NearProtected.find(try plan(protected: protected, users: users), &steps) { _, _ in }
    return steps
  }

  @Test
  func `the search for near ids costs no more than the protected ids`()
    throws
  {
    func protected(_ count: Int) -> [String] { (0..<count).map { "usex_\(100_000 + $0)" } }
    func users(_ count: Int) -> [String] { (0..<count).map { "user_\(1_000_000 + $0)" } }
    let base = try nearSteps(protected(250), users(1000))
    #expect(try nearSteps(protected(500), users(1000)) <= 2 * base)
    #expect(try nearSteps(protected(250), users(2000)) <= 2 * base)
    #expect(try nearSteps(protected(1000), users(4000)) <= 5 * base)
  }

  @Test func `users near every protected prefix do not multiply the cost`() throws {
    // All protected ids share prefixes, and at each of their bytes sixty users differ: the worst
    // case for a search byte by byte.
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz01234567")
    let path = "kmkmkmkmkmkmkmkmkmkmkmkmkmkm"
    var users: [String] = []
    for length in 0..<path.count {
      for letter in letters { users.append(path.prefix(length) + "\(letter)zz") }
    }
    func protected(_ count: Int) -> [String] { (0..<count).map { path + "\(1000 + $0)".suffix(3) } }
    let one = try nearSteps(protected(1), users)
    let many = try nearSteps(protected(101), users)
    // For each one, a lookup for each of the sixty at each of its bytes, inserted and replaced.
    let each = (many - one) / 100
    #expect(each <= 28 * 60 * 2 * 3, "\(each)")
  }

  @Test func `lookalikes are compared at the cost of an index lookup`() throws {
    let users = (0..<2000).map { "USER_\(1_000_000 + $0)" }
    let few = try nearSteps((0..<10).map { "SVC_\($0)*" }, users)
    let many = try nearSteps((0..<5000).map { "SVC_\($0)*" }, users)
    #expect((many - few) / users.count <= 30)
  }

  @Test func `ids that differ by case are found in three passes and a sort`() throws {
    func steps(_ count: Int) throws -> Int {
      // All differ only by case, in pairs.
      let names = (0..<count / 2).flatMap { ["user_\(1_000_000 + $0)", "User_\(1_000_000 + $0)"] }
      let list = try plan(protected: [], users: names).entries.list
      var steps = 0
      var found = 0
      CaseTwins.find(list, &steps) { _, _ in found += 1 }
      #expect(found == count / 2)
      return steps
    }
    #expect(try steps(1024) <= 1024 * (2 + 2 * 10))
    #expect(try steps(4096) <= 4096 * (2 + 2 * 12))
  }

  // MARK: - Coverage

  @Test func `a state is matched against protected ids and prefixes in one pass`() throws {
    let records = try ids(5000) { "user_\(1_000_000 + $0)" }
    let patterns =
      (0..<5000).map { "user_\(1_000_000 + 2 * $0)*" } + (0..<5000).map { "usex_\($0)" }
    var coverage = ProtectedCoverage(patterns.map { ProtectedPattern($0) })
    var steps = 0
    for id in records { coverage.meet(next: id, &steps) }
    #expect(steps <= records.count + patterns.count)
    #expect(coverage.unmet.count == 5000 + 2500)
  }

  @Test func `other globs cost the same per record as per user, until each has matched`() throws {
    let records = try ids(5000) { "user_\(1_000_000 + $0)" }
    var coverage = ProtectedCoverage(["*_1000000", "u*1"].map { ProtectedPattern($0) })
    var steps = 0
    for id in records { coverage.meet(next: id, &steps) }
    #expect(coverage.unmet.isEmpty)
    #expect(steps <= 30)
  }
}
