import Contract
import TestSupport
import Testing

@testable import imprune_sandbox

/// The kit against the service in this process.
@Suite struct ContractChecksTests {
  private static let families: Set<String> = ["all_member_push", "timpush"]

  private func ask(_ link: ServiceLink) -> ContractResult {
    ContractRun.ask(link, run: "0123abcd", families: Self.families) { _ in }
  }

  /// One way in which the service can behave.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var answer: String

    var testDescription: String { "\(name) \(answer)" }

    /// What the sockets show is asked in ContractTests.
    static let all = FactsFile.slots
      .filter { !["keep_alive", "date", "http_version"].contains($0.name) }
      .flatMap { slot in slot.answers.map { Case(name: slot.name, answer: $0) } }
  }

  @Test(arguments: Case.all)
  func `the kit tells each behavior of the service from the others`(test: Case) throws {
    var facts = Facts()
    let slot = try #require(FactsFile.slots.first { $0.name == test.name })
    #expect(slot.set(&facts, test.answer))
    if test.name.hasPrefix("denial") { facts.deletion = .refused }
    // Otherwise no call fails for another reason, which would show whether failures name users.
    if test.answer == "call" { facts.denialOrder = .lookupFirst }
    let link = ServiceLink(facts: facts)
    let result = ask(link)
    let fact = try #require(result.facts.first { $0.name == test.name })
    guard case .seen(let answer, _, _) = fact.finding else {
      Issue.record("\(fact.finding)")
      return
    }
    #expect(answer == test.answer)
    #expect(result.problem == nil)
    expectCleaned(link, result)
  }

  /// Checks that the kit named no other user, and left none of its own but those that it says.
  private func expectCleaned(
    _ link: ServiceLink, _ result: ContractResult,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let prefix = Array("imprune-contract-0123abcd-".utf8)
    let named = link.ids.joined()
    #expect(named.allSatisfy { $0.bytes.starts(with: prefix) }, sourceLocation: sourceLocation)
    let left = link.service.users.sortedIDs.filter { !ServiceLink.others.contains($0) }
    let names = left.map { String(decoding: $0.bytes, as: UTF8.self) }
    #expect(Set(names).isSubset(of: result.left), sourceLocation: sourceLocation)
    for id in ServiceLink.others {
      #expect(link.service.users.tags(of: id) == [[97]], sourceLocation: sourceLocation)
    }
    #expect(result.callCount <= 600, sourceLocation: sourceLocation)
    #expect(link.ids.count <= 770, sourceLocation: sourceLocation)
    #expect(link.nanoseconds < 300_000_000_000, sourceLocation: sourceLocation)
  }

  @Test func `the sandbox reads exactly the facts and answers that the kit writes`() {
    let checks = Check.all
    #expect(checks.map(\.name) == FactsFile.slots.map(\.name))
    for (check, slot) in zip(checks, FactsFile.slots) {
      #expect(Set(check.answers) == Set(slot.answers), "\(check.name)")
      #expect(Set(check.answers).count == check.answers.count, "\(check.name)")
    }
  }

  @Test func `by default the service behaves as imprune expects`() {
    let link = ServiceLink(facts: Facts())
    let result = ask(link)
    for fact in result.facts where fact.name != "date" {
      switch fact.finding {
      case .seen(let answer, _, _): #expect(answer == fact.expected.answer, "\(fact.name)")
      case .notSeen: #expect(fact.name.hasPrefix("denial"), "\(fact.name)")
      }
    }
    #expect(result.importedCount == 24)
    #expect(result.left == [])
    expectCleaned(link, result)
  }

  @Test func `a family without permission is named, and the other one is asked`() {
    var facts = Facts()
    facts.allMemberPush.calls = .refused
    let result = ask(ServiceLink(facts: facts))
    func finding(_ name: String) -> Finding? { result.facts.first { $0.name == name }?.finding }
    #expect(finding("all_member_push.calls") == .seen("refused", detail: "code 90045"))
    #expect(
      finding("all_member_push.read_untagged")
        == .notSeen("the calls of all_member_push are not available"))
    #expect(finding("timpush.read_untagged") == .seen("empty"))
    #expect(
      finding("shared_tags") == .notSeen("the calls of all_member_push are not available"))
  }

  /// An app that does not allow deletion keeps what the kit makes, so the kit makes as little as can
  /// be.
  @Test(arguments: [DenialOrder.editionFirst, .lookupFirst])
  func `the kit makes no accounts that it could not remove`(order: DenialOrder) {
    var facts = Facts()
    facts.deletion = .refused
    facts.denialOrder = order
    let link = ServiceLink(facts: facts)
    let result = ask(link)
    let left = order == .editionFirst ? [] : ["imprune-contract-0123abcd-01"]
    #expect(result.left == left)
    #expect(link.service.users.count == ServiceLink.others.count + left.count)
    #expect(result.facts.first { $0.name == "limit_scope" }?.finding.isSeen == true)
  }

  @Test(arguments: 0..<60)
  func `the kit cleans up whatever the service is like`(seed: Int) {
    var random = SplitMix64(seed: UInt64(seed))
    var facts = Facts()
    for slot in FactsFile.slots where slot.name != "deletion" {
      if let answer = slot.answers.randomElement(using: &random) { _ = slot.set(&facts, answer) }
    }
    let link = ServiceLink(facts: facts)
    let result = ask(link)
    #expect(result.left == [])
    expectCleaned(link, result)
  }

  @Test(arguments: 0..<60)
  func `the kit cleans up, or says what is left, whatever fails`(seed: Int) throws {
    let faults = try FaultSchedule([], odds: seed < 55 ? 0.2 : 1, seed: UInt64(seed))
    let link = ServiceLink(facts: Facts(), faults: faults)
    expectCleaned(link, ask(link))
  }

  @Test(arguments: stride(from: 1, to: 400, by: 9).map(\.self))
  func `the kit cleans up after a signal at any call`(number: Int) {
    let link = ServiceLink(stopsAfter: [number])
    let result = ask(link)
    #expect(result.left == [])
    if result.signal != nil { #expect(result.facts.contains { !$0.finding.isSeen }) }
    expectCleaned(link, result)
  }
}

extension Finding {
  fileprivate var isSeen: Bool {
    if case .seen = self { true } else { false }
  }
}
