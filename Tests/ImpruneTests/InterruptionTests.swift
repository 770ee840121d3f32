import Foundation
import TestSupport
import Testing

/// Runs that do not finish: signals, crashes, invalid responses.
@Suite struct InterruptionTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace.withKey()
  }

  private static let options = [
    "--edition", "ultimate", "--enabled", "tag_push,account_deletion",
    "--users", "1200", "--tags", "vip",
  ]

  /// A manifest of 1011 removals, the last 11 of absent users, and 190 clears, and an empty state.
  private static func write(_ place: TemporaryWorkspace, _ sandbox: Sandbox) throws {
    let removals = madeIDs(1...1000) + madeIDs(9001...9011)
    try place.write("leavers.txt", removals.joined(separator: "\n") + "\n")
    try place.write("movers.txt", madeIDs(1001...1190).joined(separator: "\n") + "\n")
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port,
        users: """
            - {ids_from: leavers.txt, account: absent}
            - {ids_from: movers.txt, tags: []}
          """))
    if !place.exists("imprune.state") { #expect(try place.imprune("init").code == 0) }
  }

  /// The state after one undisturbed run of that manifest.
  private static let undisturbed = Result {
    let place = try TemporaryWorkspace.withKey()
    let sandbox = try Sandbox(options)
    try write(place, sandbox)
    let apply = try place.imprune("apply", "--auto-approve", "--rate", "100")
    #expect(apply.code == 0)
    return try place.doneRecords()
  }

  /// Checks that several runs did what one run does, in the state and in the service, with nothing
  /// left to do.
  private func expectLikeUndisturbed(
    _ sandbox: Sandbox, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let expected = try Self.undisturbed.get()
    #expect(expected.count == 1201)
    let found = try place.doneRecords()
    #expect(found.count == expected.count, sourceLocation: sourceLocation)
    // The service may take the call in flight of a killed run after the next run has read its users;
    // that run sends them again, and cannot know who of them was absent before.
    let late = zip(found, expected).filter { $0 != $1 }
    #expect(late.count <= 100, sourceLocation: sourceLocation)
    for (found, expected) in late {
      #expect(
        found.replacing("already-absent", with: "removed")
          == expected.replacing("already-absent", with: "removed"),
        sourceLocation: sourceLocation)
    }
    #expect(try sandbox.users() == madeIDs(1001...1200), sourceLocation: sourceLocation)
    #expect(try sandbox.tagged() == madeIDs(1191...1200), sourceLocation: sourceLocation)
    #expect(try sandbox.counters().removed == 1000, sourceLocation: sourceLocation)
    let plan = try place.imprune("plan", "--detailed-exitcode")
    #expect(plan.code == 0, sourceLocation: sourceLocation)
    #expect(plan.out.contains("No changes."), sourceLocation: sourceLocation)
    try place.expectNoSecrets()
  }

  // MARK: - Signals

  @Test(arguments: [
    (SIGINT, Int32(130), "SIGINT"), (SIGTERM, 143, "SIGTERM"), (SIGHUP, 129, "SIGHUP"),
  ])
  func `a signal stops the run cleanly, and the next apply continues`(
    signal: Int32, code: Int32, name: String
  ) throws {
    let sandbox = try Sandbox(Self.options + ["--latency", "50"])
    try Self.write(place, sandbox)
    let run = try place.start("apply", "--auto-approve", "--rate", "3")
    #expect(try eventually { try sandbox.counters().taken("account_delete") >= 5 })
    run.signal(signal)
    let result = place.end(run)
    #expect(result.code == code)
    #expect(result.error.contains("stopping: imprune received \(name)"))
    #expect(result.out.contains("Apply stopped: imprune received \(name)."))
    #expect(result.out.contains("0 unknown"))
    #expect(result.out.hasSuffix("To continue: imprune apply imprune.yaml --rate 3\n"))
    // The run waited for the calls in flight, so nothing is unknown and nothing is left over.
    #expect(!place.exists("imprune.state.journal"))
    let counters = try sandbox.counters()
    #expect(counters.removed < 1000)
    let records = try place.doneRecords()
    #expect(records.count { $0.hasSuffix(" removed -") } == counters.removed)
    #expect(try place.imprune("state", "verify").out.contains("did not finish its plan"))

    let again = try place.imprune("apply", "--auto-approve", "--rate", "100")
    #expect(again.code == 0)
    try expectLikeUndisturbed(sandbox)
  }

  @Test func `after a signal imprune does not wait forever for a response`() throws {
    let service = try FakeService { path in
      path.contains("account_delete")
        ? .silence : .body("{\"ActionStatus\":\"OK\",\"ErrorCode\":0,\"ResultItem\":[]}")
    }
    try place.write(
      "imprune.yaml",
      manifestText(port: service.port, users: "  - {ids: [a, b, c], account: absent}"))
    let run = try place.start("apply", "--auto-approve", "--new-state")
    #expect(eventually { service.paths.contains { $0.contains("account_delete") } })
    run.signal(SIGINT)
    let result = place.end(run)
    #expect(result.code == 130)
    #expect(result.error.contains("Waiting for 1 call in flight"))
    #expect(
      result.out.contains("0 removed, 0 already absent, 0 cleared, 0 failed, 1 unknown, 2 not"))
    #expect(try place.doneRecords() == ["a remove-account - - unknown"])
    #expect(!place.exists("imprune.state.journal"))
  }

  @Test func `outcomes that cannot be saved stay in the journal`() throws {
    let sandbox = try Sandbox(Self.options + ["--latency", "20"])
    try Self.write(place, sandbox)
    let before = try place.bytes("imprune.state")
    let run = try place.start("apply", "--auto-approve", "--rate", "10")
    #expect(try eventually { try sandbox.counters().taken("account_delete") >= 3 })
    // The draft of the new state cannot be created.
    try place.makeFolder("imprune.state.tmp")
    let apply = place.end(run)
    #expect(apply.code == 3)
    #expect(apply.error.contains("could not save the state"))
    #expect(!apply.out.contains("Apply complete!"), "\(apply.text)")
    #expect(apply.error.contains("imprune state recover --state imprune.state"))
    #expect(try place.bytes("imprune.state") == before)
    #expect(place.exists("imprune.state.journal"))
    #expect(try place.imprune("state", "recover").code == 1)
    try place.remove("imprune.state.tmp")
    #expect(
      try place.imprune("state", "recover").out
        == "Folded 1,201 records from the journal into imprune.state.\n")
    try expectLikeUndisturbed(sandbox)
  }

  @Test func `a second signal ends imprune at once, as safely as a crash`() throws {
    let sandbox = try Sandbox(Self.options + ["--latency", "60000"])
    try Self.write(place, sandbox)
    let run = try place.start("apply", "--auto-approve")
    #expect(try eventually { try sandbox.counters().calls["account_check"] != nil })
    run.signal(SIGINT)
    #expect(eventually { run.errorSoFar.contains("stopping: imprune received SIGINT") })
    run.signal(SIGTERM)
    let result = place.end(run)
    #expect(result.code == 143)
    #expect(try place.doneRecords() == [])
  }

  // MARK: - Crashes

  struct Kill: Sendable, CustomTestStringConvertible {
    var endpoint: String
    var calls: Int

    var testDescription: String { "\(endpoint) \(calls)" }
  }

  @Test(arguments: [
    Kill(endpoint: "account_check", calls: 1), Kill(endpoint: "im_remove_all_tags", calls: 1),
    Kill(endpoint: "im_remove_all_tags", calls: 3), Kill(endpoint: "account_delete", calls: 1),
    Kill(endpoint: "account_delete", calls: 2), Kill(endpoint: "account_delete", calls: 3),
    Kill(endpoint: "account_delete", calls: 6), Kill(endpoint: "account_delete", calls: 10),
  ])
  func `a run killed at any point and repeated ends with the same state as one run`(kill: Kill)
    throws
  {
    let sandbox = try Sandbox(Self.options + ["--latency", "100"])
    try Self.write(place, sandbox)
    let run = try place.start("apply", "--auto-approve", "--rate", "3")
    #expect(try eventually { try sandbox.counters().taken(kill.endpoint) >= kill.calls })
    run.signal(SIGKILL)
    #expect(place.end(run).code == nil)
    #expect(place.exists("imprune.state.journal"))
    #expect(try place.doneRecords() == [])
    try place.expectNoSecrets()
    // A plan reads the journal too.
    let plan = try place.imprune("plan")
    #expect(plan.code == 0)
    #expect(plan.error.contains("is in progress or was interrupted"))

    let again = try place.imprune("apply", "--auto-approve", "--rate", "100")
    #expect(again.code == 0)
    #expect(again.error.contains("An earlier run was interrupted"))
    try expectLikeUndisturbed(sandbox)
  }

  @Test func `a run killed repeatedly finishes`() throws {
    let sandbox = try Sandbox(Self.options + ["--latency", "100"])
    try Self.write(place, sandbox)
    // The first removal of each run is its probe.
    for calls in [2, 5, 9, 12] {
      let run = try place.start("apply", "--auto-approve", "--rate", "3")
      #expect(try eventually { try sandbox.counters().taken("account_delete") >= calls })
      run.signal(SIGKILL)
      _ = place.end(run)
    }
    let recover = try place.imprune("state", "recover")
    #expect(recover.code == 0)
    #expect(recover.out.hasPrefix("Folded "))
    let before = try place.bytes("imprune.state")
    #expect(try place.imprune("state", "recover").out.hasPrefix("Nothing to recover"))
    #expect(try place.bytes("imprune.state") == before)
    #expect(try place.imprune("apply", "--auto-approve", "--rate", "100").code == 0)
    try expectLikeUndisturbed(sandbox)
  }

  @Test func `applying half of a manifest and then all of it equals applying all of it`() throws {
    let sandbox = try Sandbox(Self.options)
    try Self.write(place, sandbox)
    let whole = (try place.text("leavers.txt"), try place.text("movers.txt"))
    for (name, text) in [("leavers.txt", whole.0), ("movers.txt", whole.1)] {
      let lines = text.split(separator: "\n")
      try place.write(
        name, lines.enumerated().filter { $0.offset % 2 == 0 }.map { $0.element + "\n" }.joined())
    }
    #expect(try place.imprune("apply", "--auto-approve", "--rate", "100").code == 0)
    try place.write("leavers.txt", whole.0)
    try place.write("movers.txt", whole.1)
    let second = try place.imprune("apply", "--auto-approve", "--rate", "100")
    #expect(second.code == 0)
    #expect(second.out.contains("505 to remove (irreversible), 95 to clear, 601 unchanged"))
    try expectLikeUndisturbed(sandbox)
  }

  // MARK: - Invalid responses

  @Test(arguments: [
    "no JSON at all", "{}", "{\"ErrorCode\":\"0\"}", "{\"ErrorCode\":0,\"ResultItem\":[]}",
    "{\"ErrorCode\":0}", "[1,2",
    "{\"ErrorCode\":0,\"ResultItem\":[{\"UserID\":\"stranger\",\"ResultCode\":0}]}",
  ])
  func `unusable responses leave users unknown, and nothing is lost`(
    rubbish: String
  ) throws {
    let sandbox = try Sandbox(["--users", "0"])
    let service = try FakeService { path in
      if !path.contains("account_check") { return .body(rubbish) }
      return .body(
        """
        {"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ResultItem":[\
        {"UserID":"administrator","ResultCode":0,"AccountStatus":"Imported"},\
        {"UserID":"user_0000001","ResultCode":0,"AccountStatus":"Imported"},\
        {"UserID":"user_0000002","ResultCode":0,"AccountStatus":"Imported"}]}
        """)
    }
    func write(_ port: Int) throws {
      try place.write(
        "imprune.yaml",
        manifestText(
          port: port, users: "  - {ids: [user_0000001, user_0000002], account: absent}"))
    }
    try write(service.port)
    let result = try place.imprune("apply", "--auto-approve", "--new-state")
    #expect(result.code == 3)
    #expect(result.out.contains("0 removed, 0 already absent, 0 cleared, 0 failed, 2 unknown."))
    #expect(
      try place.doneRecords() == [
        "user_0000001 remove-account - - unknown", "user_0000002 remove-account - - unknown",
      ])
    #expect(!place.exists("imprune.state.journal"))
    let plan = try place.imprune("plan")
    #expect(plan.out.contains("? remove unknown  user_0000001"))
    // The service recovers: users are read before anything is sent.
    try write(sandbox.port)
    let again = try place.imprune("apply", "--auto-approve")
    #expect(again.code == 0)
    #expect(service.probes.count == 2)
    // Nothing but the probe was sent for removal.
    let calls = try #require(try sandbox.counters().calls["account_delete"])
    #expect(calls.ok == 1)
    #expect(calls.refused == 0)
    #expect(
      try place.doneRecords() == [
        "user_0000001 remove-account 1 removed -", "user_0000002 remove-account 1 removed -",
      ])
    try place.expectNoSecrets()
  }

  @Test func `a connection cut after the request leaves users unknown`() throws {
    let service = try FakeService { path in
      if path.contains("account_delete") { return .cut }
      return .body(
        """
        {"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ResultItem":[\
        {"UserID":"user_0000001","ResultCode":0,"AccountStatus":"NotImported"}]}
        """)
    }
    try place.write(
      "imprune.yaml",
      manifestText(port: service.port, users: "  - {id: user_0000001, account: absent}"))
    let result = try place.imprune("apply", "--auto-approve", "--new-state")
    // A later read shows that the account is gone: imprune removed it.
    #expect(result.code == 0)
    #expect(result.error.contains("the responses for 1 user were lost"))
    #expect(try place.doneRecords() == ["user_0000001 remove-account 1 removed -"])
  }

  @Test(arguments: [
    FakeService.Answer.body("<html>sign in to the network</html>"), .body("{\"ErrorCode\":true}"),
    .status(302), .status(404),
  ])
  func `a server that is not the service is detected before anything changes`(
    answer: FakeService.Answer
  ) throws {
    let service = try FakeService { _ in answer }
    try place.write(
      "imprune.yaml",
      manifestText(port: service.port, users: "  - {id: user_0000001, account: absent}"))
    let result = try place.imprune("apply", "--auto-approve", "--new-state")
    #expect(result.code == 1)
    #expect(result.out.contains("Apply stopped: "))
    let isPage = if case .body("{\"ErrorCode\":true}") = answer { false } else { true }
    #expect(
      result.out.contains("any proxy or login page") == isPage, "\(result.text)")
    #expect(result.out.contains("No user was changed."))
    #expect(try place.doneRecords() == [])
    #expect(!service.paths.contains { $0.contains("account_delete") })
    try place.expectNoSecrets()
  }
}
