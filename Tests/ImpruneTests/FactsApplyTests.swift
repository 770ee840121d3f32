import Foundation
import TestSupport
import Testing

@testable import imprune_sandbox

/// The built tool against a service of each kind that the documents leave open. The table in
/// docs/service.md, "What imprune does in each case", says the same.
@Suite struct FactsApplyTests {
  /// One way in which the service can behave.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var answer: String

    var testDescription: String { "\(name) \(answer)" }

    static let all = FactsFile.slots.flatMap { slot in
      slot.answers.map { Case(name: slot.name, answer: $0) }
    }

    var facts: [String: String] {
      var facts = [name: answer]
      if name.hasPrefix("denial") { facts["deletion"] = "refused" }
      return facts
    }

    var tagsAPI: String { name.hasPrefix("timpush") ? "timpush" : "all_member_push" }

    /// How an apply ends.
    var ending: Ending {
      switch (String(name.drop { $0 != "." }), answer) {
      case (".calls", "refused"): .refused("90045")
      case (".read_unknown", "empty"): .done("23 removed, 2 already absent, 12 cleared")
      case (".read_unknown", "left_out"): .oneLeft
      case (".read_untagged", "left_out"): .unconfirmed
      default:
        switch (name, answer) {
        case ("denial_order", "lookup_first"): .removalsRefused
        case ("deletion", "refused"), ("denial_level", _), ("denial_order", _): .refused("71000")
        default: .done("23 removed, 3 already absent, 11 cleared")
        }
      }
    }
  }

  enum Ending: Equatable {
    /// Exit code 0, with these counts.
    case done(String)
    /// The unknown user cannot be read and is not attempted: exit code 3.
    case oneLeft
    /// The app may not do it: exit code 4, and no user is changed.
    case refused(String)
    /// The refusal shows only at the first removal, after the clears: exit code 3.
    case removalsRefused
    /// No clear can be confirmed: the run stops after the first user, exit code 3.
    case unconfirmed

    /// Whether every user that exists ends as the manifest wants.
    var isComplete: Bool {
      switch self {
      case .done, .oneLeft: true
      case .refused, .removalsRefused, .unconfirmed: false
      }
    }

    var code: Int32 {
      switch self {
      case .done: 0
      case .refused: 4
      case .oneLeft, .removalsRefused, .unconfirmed: 3
      }
    }
  }

  /// 40 users with tags, one without.
  private static let users =
    madeIDs(1...40).map { $0 + "\tvip,beta\n" }.joined() + "user_plain\n"

  /// A service, and a manifest of 25 removals, two of absent users, and of 12 clears, one of a user
  /// without tags and one of an unknown user.
  private func prepare(
    _ test: Case, _ options: [String] = []
  ) throws -> (TemporaryWorkspace, Sandbox) {
    let place = try TemporaryWorkspace.withKey()
    try place.write("facts.json", factsText(test.facts))
    let sandbox = try Sandbox(
      ["--edition", "trial", "--enabled", "tag_push", "--facts", place.path("facts.json")]
        + options, users: Self.users)
    let removed = madeIDs(1...23) + madeIDs(91...92)
    let cleared = madeIDs(24...33) + ["user_plain", "user_0000093"]
    let manifest = manifestText(
      port: sandbox.port, edition: "trial",
      users: """
          - {ids: [\(removed.joined(separator: ", "))], account: absent}
          - {ids: [\(cleared.joined(separator: ", "))], tags: []}
        """)
    try place.write(
      "imprune.yaml", manifest.replacing("guards:", with: "  tags_api: \(test.tagsAPI)\nguards:"))
    return (place, sandbox)
  }

  /// Checks that everybody else is as before, and that what is recorded as done is done.
  private func expectRight(
    _ place: TemporaryWorkspace, _ sandbox: Sandbox, _ ending: Ending,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let tags = try sandbox.tags()
    for id in madeIDs(34...40) {
      #expect(tags[id] == ["vip", "beta"], "\(id)", sourceLocation: sourceLocation)
    }
    #expect(Set(madeIDs(24...40)).isSubset(of: tags.keys), sourceLocation: sourceLocation)
    #expect(tags["user_plain"] == [], sourceLocation: sourceLocation)
    #expect(
      try sandbox.histories().allSatisfy { $0.removed <= 1 }, sourceLocation: sourceLocation)
    for record in try place.exists("imprune.state") ? place.doneRecords() : [] {
      let id = String(record.prefix { $0 != " " })
      if record.contains(" removed ") {
        #expect(tags[id] == nil, "\(record)", sourceLocation: sourceLocation)
      }
      if record.contains(" cleared ") {
        #expect(tags[id]?.isEmpty != false, "\(record)", sourceLocation: sourceLocation)
      }
    }
    try place.expectNoSecrets()
    guard ending.isComplete else { return }
    #expect(
      Set(tags.keys) == Set(madeIDs(24...40) + ["user_plain"]), sourceLocation: sourceLocation)
    #expect(
      tags.filter { !$0.value.isEmpty }.keys.sorted() == madeIDs(34...40),
      sourceLocation: sourceLocation)
    #expect(
      try place.imprune("plan", "--detailed-exitcode").code == (ending == .oneLeft ? 2 : 0),
      sourceLocation: sourceLocation)
  }

  @Test(arguments: Case.all)
  func `an apply is right whatever the service is like`(test: Case) throws {
    let (place, sandbox) = try prepare(test)
    let apply = ["apply", "--auto-approve", "--rate", "100"]
    let first = try place.imprune(apply + ["--new-state"])
    #expect(first.code == test.ending.code, "\(first.text)")
    try expectRight(place, sandbox, test.ending)
    let counters = try sandbox.counters()
    switch test.ending {
    case .done(let counts): #expect(first.out.contains(counts), "\(first.out)")
    case .oneLeft:
      #expect(
        first.out.contains("23 removed, 2 already absent, 11 cleared, 0 failed, 0 unknown, 1 not"),
        "\(first.out)")
    case .refused(let code):
      #expect(first.text.contains("code \(code)"), "\(first.text)")
      #expect(counters.removed + counters.cleared == 0)
    case .removalsRefused:
      #expect(first.text.contains("code 71000"), "\(first.text)")
      #expect(counters.removed == 0)
      #expect(counters.cleared == 10)
    case .unconfirmed:
      #expect(first.out.contains("could not read whether they are gone"), "\(first.out)")
      #expect(counters.removed == 0)
      #expect(counters.cleared == 1)
    }

    let second = try place.imprune(apply)
    // Without clears, no user is changed before the refusal.
    #expect(
      second.code == (test.ending == .removalsRefused ? 4 : test.ending.code), "\(second.text)")
    #expect(try sandbox.counters().removed == counters.removed)
    try expectRight(place, sandbox, test.ending)
  }

  @Test(arguments: Case.all.filter(\.ending.isComplete))
  func `an apply after a crash is right whatever the service is like`(test: Case) throws {
    // A response to a call that changes users never comes; the users of the call are then unknown.
    let (place, sandbox) = try prepare(test, ["--fault", "stall-after:5"])
    let run = try place.start("apply", "--auto-approve", "--new-state", "--rate", "100")
    #expect(try eventually { try sandbox.counters().faults["stall-after"] == 1 })
    run.signal(SIGKILL)
    #expect(place.end(run).code == nil)
    let next = try place.imprune("apply", "--auto-approve", "--rate", "100")
    #expect(next.code == test.ending.code, "\(next.text)")
    try expectRight(place, sandbox, test.ending)
  }
}
