import Contract
import TestSupport
import Testing

@testable import imprune_sandbox

/// The kit against services that leave a question open: it says so, and does not guess.
@Suite struct ContractDoubtTests {
  private func ask(_ link: ServiceLink) -> ContractResult {
    ContractRun.ask(link, run: "0123abcd", families: ["all_member_push", "timpush"]) { _ in }
  }

  /// What was seen, by name.
  private func seen(_ result: ContractResult) -> [String: String] {
    var answers: [String: String] = [:]
    for fact in result.facts {
      if case .seen(let answer, _, _) = fact.finding { answers[fact.name] = answer }
    }
    return answers
  }

  /// Checks that nothing was seen but what is the case, and answers without a name.
  private func expectNoGuess(
    _ result: ContractResult, _ comment: String, truth: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for fact in result.facts where fact.name != "date" {
      guard let answer = seen(result)[fact.name], answer != "other" else { continue }
      #expect(
        answer == truth[fact.name] ?? fact.expected.answer, "\(fact.name) with \(comment)",
        sourceLocation: sourceLocation)
    }
  }

  /// A response with this code and no users.
  private static func failure(_ code: Int) -> [UInt8] {
    Array("{\"ActionStatus\":\"FAIL\",\"ErrorCode\":\(code),\"ErrorInfo\":\"\"}".utf8)
  }

  // MARK: - Accounts

  @Test(arguments: [
    "code-before=60010:1-900", "code-before=70500:1-900", "items=70402*9:1-900",
    "omit-after*9:1-900", "pretend*100:1-900", "garbage:1-900",
  ])
  func `the kit imports no second account before it saw a removal`(fault: String) throws {
    let link = ServiceLink(faults: try FaultSchedule([fault]))
    let result = ask(link)
    #expect(result.importedCount <= 1)
    #expect(seen(result)["deletion"] == nil)
    #expect(result.problem != nil)
  }

  @Test func `a removal that the service only pretends is not believed`() throws {
    let link = ServiceLink(faults: try FaultSchedule(["pretend*100:16-900"]))
    let result = ask(link)
    let left = link.service.users.sortedIDs.filter { !ServiceLink.others.contains($0) }
      .map { String(decoding: $0.bytes, as: UTF8.self) }
    #expect(result.importedCount == 24)
    #expect(left.count > 10)
    #expect(Set(left) == Set(result.left))
  }

  @Test func `a repeated signal ends the clean-up, and the accounts that may be left are named`() {
    let link = ServiceLink(stopsAfter: [30, 31])
    let result = ask(link)
    #expect(result.importedCount > 10)
    // The first one was removed by a check.
    #expect(result.left.count == result.importedCount - 1)
    #expect(result.signal != nil)
  }

  private static let hangup: Int32 = 1
  private static let interrupt: Int32 = 2
  private static let terminate: Int32 = 15

  @Test(arguments: [
    // Each signal with its time in milliseconds, and whether it stops.
    ([(hangup, 0, true), (hangup, 1, false), (hangup, 5000, false)]),
    ([(terminate, 0, true), (hangup, 1, false), (hangup, 5000, false)]),
    ([(interrupt, 0, true), (terminate, 999, false), (interrupt, 1000, true)]),
    ([
      (hangup, 0, true), (terminate, 5000, false), (terminate, 5500, false),
      (terminate, 6000, true),
    ]),
  ])
  func `only a SIGINT or SIGTERM that comes a second after another stops the clean-up`(
    signals: [(Int32, Int64, Bool)]
  ) {
    var rule = StopRule()
    for (number, time, stops) in signals {
      #expect(rule.stops(number, at: time * 1_000_000) == stops, "\(number) at \(time)")
    }
  }

  // MARK: - Facts

  /// The last parts of the paths that the kit calls.
  private static let calls = [
    "account_delete", "account_check", "account_import", "im_add_tag", "im_get_tag",
    "im_remove_all_tags", "timpush/add_tag", "timpush/get_tag", "clear_all_tags",
  ]

  @Test(arguments: calls, [60007, 60010, 60013, 70500, 99999])
  func `a call that always fails settles nothing`(path: String, code: Int) {
    let link = ServiceLink()
    link.around = { call, _, serve in
      call.path.hasSuffix(path) ? Self.failure(code) : serve()
    }
    expectNoGuess(ask(link), "\(path) \(code)")
  }

  @Test(arguments: calls)
  func `a call without a response settles nothing`(path: String) {
    let link = ServiceLink()
    link.around = { call, _, serve in
      let body = serve()
      return call.path.hasSuffix(path) ? nil : body
    }
    let result = ask(link)
    expectNoGuess(result, path)
    #expect(result.problem != nil)
  }

  /// Faults that hit once, and the third import, which no fault plan counts.
  @Test(arguments: ["stall-before:10", "502-before:4", "code-before=60010:2", "import"])
  func `one lost answer hides no fact`(fault: String) throws {
    let link = ServiceLink(faults: try FaultSchedule(fault == "import" ? [] : [fault]))
    var imports = 0
    link.around = { call, _, serve in
      if call.path.hasSuffix("account_import") { imports += 1 }
      return fault == "import" && imports == 3 ? nil : serve()
    }
    let result = ask(link)
    #expect(seen(result).count == result.facts.count - 2)
    #expect(result.problem == nil)
    expectNoGuess(result, fault)
  }

  @Test func `facts that the service left open are a problem`() throws {
    let result = ask(ServiceLink(faults: try FaultSchedule(["502-before:12-13"])))
    #expect(result.problem?.hasPrefix("the service gave no usable answer for ") == true)
    #expect(result.left == [])
  }

  @Test(
    arguments: [AllFailed.ok, .codeAndItems, .codeOnly], [DenialOrder.editionFirst, .lookupFirst])
  func `a refusal with users is one of users, and one without is not guessed`(
    allFailed: AllFailed, order: DenialOrder
  ) {
    var facts = Facts()
    facts.deletion = .refused
    facts.denialLevel = .item
    facts.denialOrder = order
    facts.allFailed = allFailed
    let answers = seen(ask(ServiceLink(facts: facts)))
    #expect(answers["denial_level"] == (allFailed == .codeOnly ? nil : "item"))
    #expect(answers["deletion"] == "refused")
    #expect(answers["denial_order"] == order.rawValue)
  }

  // MARK: - Presence

  @Test func `a reading that leaves out a known user says nothing of an unknown one`() {
    let link = ServiceLink()
    link.around = { call, _, serve in
      let body = serve()
      // Only where two users are read, and so an unknown or untagged one.
      guard call.path.hasSuffix("get_tag"), JSONValue(call.body)?.firstList?.count == 2 else {
        return body
      }
      return Array(#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","UserTags":[]}"#.utf8)
    }
    let result = ask(link)
    #expect(seen(result).keys.filter { $0.contains("read_") } == [])
    #expect(seen(result)["timpush.clear_unknown"] == nil)
    #expect(result.problem != nil)
  }

  @Test(arguments: ["invalid_id", "duplicate_id"])
  func `a refusal that removes the account is no refusal`(name: String) {
    let link = ServiceLink()
    link.around = { call, _, serve in
      let body = serve()
      guard call.path.hasSuffix("account_delete"),
        let items = JSONValue(call.body)?.firstList, items.count == 2
      else { return body }
      let ids = items.compactMap { UserID($0["UserID"]?.string ?? []) }
      guard name == "invalid_id" ? ids.count == 1 : Set(ids).count == 1 else { return body }
      if let id = ids.first { _ = link.service.users.remove(id) }
      return Self.failure(70402)
    }
    #expect(seen(ask(link))[name] == "other")
  }

  @Test func `ids without an account that are reported as removed are no failures`() {
    let link = ServiceLink()
    link.around = { call, _, serve in
      let text = String(decoding: serve(), as: UTF8.self)
      return Array(text.replacing("70107", with: "0").utf8)
    }
    let result = ask(link)
    #expect(seen(result)["all_failed"] == nil)
    #expect(result.left == [])
  }

  // MARK: - Limits

  @Test(arguments: [(5, 0, 0), (3, 0, 0), (100, 96, 0), (100, 0, 22), (100, 0, 30), (100, 0, 40)])
  func `other limits and stray refusals are no limit of users`(
    rate: Int, others: Int, stray: Int
  ) throws {
    // The reading calls before the bursts are some 40: the stray refusal hits calls of each burst.
    let faults = try FaultSchedule(
      stray == 0 ? [] : (0..<60).map { "throttle:read/\(stray + $0 * 17)" })
    let link = ServiceLink(faults: faults, rate: rate, others: try OtherClients("\(others)"))
    #expect(seen(ask(link))["limit_unit"] != "users")
  }

  /// A service that counts by the seconds of its clock.
  private func clocked(_ facts: Facts, start: Int64) -> ServiceLink {
    let link = ServiceLink(facts: facts, rate: 0, start: start)
    var counts: [String: Int] = [:]
    link.around = { call, time, serve in
      let limit = facts.limitScope == .app ? "" : call.path
      let key = "\(limit) \(time / 1_000_000_000)"
      let users = JSONValue(call.body)?.firstList?.count ?? 1
      let weight = facts.limitUnit == .users ? max(users, 1) : 1
      guard counts[key, default: 0] + weight <= 100 else { return Self.failure(60007) }
      let body = serve()
      let code = JSONValue(body)?["ErrorCode"]?.integer
      if facts.limitRefused == .counted || code == 0 { counts[key, default: 0] += weight }
      return body
    }
    return link
  }

  @Test(arguments: stride(from: 0, to: 1000, by: 100).map(\.self))
  func `a limit by the seconds of a clock is told right or not at all`(phase: Int) {
    for (scope, refused, unit) in [
      (LimitScope.endpoint, LimitRefused.counted, LimitUnit.calls),
      (.endpoint, .notCounted, .calls), (.app, .counted, .calls), (.app, .notCounted, .calls),
      (.endpoint, .counted, .users),
    ] {
      var facts = Facts()
      facts.limitScope = scope
      facts.limitRefused = refused
      facts.limitUnit = unit
      let result = ask(clocked(facts, start: 5_000_000_000 + Int64(phase) * 1_000_000))
      let truth = [
        "limit_scope": scope.rawValue, "limit_refused": refused.rawValue,
        "limit_unit": unit.rawValue,
      ]
      expectNoGuess(result, "phase \(phase)", truth: truth)
      #expect(seen(result)["limit_unit"] != nil)
    }
  }

  @Test func `a limit that ends before another endpoint answers is not told`() {
    var facts = Facts()
    facts.limitScope = .app
    let link = ServiceLink(facts: facts)
    var greetings = 0
    link.around = { call, _, serve in
      greetings = call.path.hasSuffix("account_check") ? greetings + 1 : 0
      // A slow network, once the burst is over.
      if greetings == 104 { link.pause(1_000_000_000) }
      return serve()
    }
    #expect(seen(ask(link))["limit_scope"] == nil)
  }
}
