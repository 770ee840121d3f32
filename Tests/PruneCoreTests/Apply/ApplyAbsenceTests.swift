import PruneCore
import Simulation
import TestSupport
import Testing

/// A run that finds only absent users probably has the wrong app, region or list.
struct ApplyAbsenceTests {
  /// A world whose users to remove are all absent except these.
  private func world(_ users: Int, except: [String] = []) throws -> Simulation {
    let world = try Simulation(simulatedManifest(removals: ids("r", users)))
    world.service.accounts = Set(except.compactMap { UserID($0) })
    return world
  }

  /// The same with a state that records an earlier removal.
  private func experienced(_ users: Int, except: [String] = []) throws -> Simulation {
    let world = try world(users, except: except)
    try world.write([
      StateRecord(
        id: #require(UserID("earlier")), operation: .removeAccount,
        done: .init(revision: .first, outcome: .removed, time: world.wall, run: RunID(1)))
    ])
    return world
  }

  private func expectStopped(
    _ run: Simulation.Run, _ world: Simulation, users: Int, failed: Int? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(
      run.result?.stop == .onlyAbsent(.removeAccount, users: users),
      sourceLocation: sourceLocation)
    #expect(run.exitCode == .appliedInPart, sourceLocation: sourceLocation)
    #expect(run.counts.failed == failed ?? users, sourceLocation: sourceLocation)
    #expect(run.counts.alreadyAbsent == 0, sourceLocation: sourceLocation)
    #expect(!run.notices.contains(.onlyAbsent), sourceLocation: sourceLocation)
    let records = try world.records().filter { $0.id.description != "earlier" }
    #expect(records.count == failed ?? users, sourceLocation: sourceLocation)
    for record in records {
      #expect(record.done == nil, sourceLocation: sourceLocation)
      #expect(
        record.attempt?.status == .failed(ServiceCode(70107)), sourceLocation: sourceLocation)
    }
    // The next plan asks for all of them again.
    let plan = try world.plan()
    #expect(plan.items.count == run.plan?.items.count, sourceLocation: sourceLocation)
  }

  // MARK: - Without a recorded removal

  @Test(arguments: [1, 2, 3, 4])
  func `a small list of absent users stops the run`(users: Int) throws {
    let world = try world(users)
    let run = try world.apply()
    try expectStopped(run, world, users: users)
    #expect(run.result?.failures.map(\.code.number) == Array(repeating: 70107, count: users))
    #expect(run.counts.notAttempted == 0)
  }

  @Test(arguments: [(5, 5), (11, 11), (12, 11), (3000, 11)])
  func `five absent users and no existing user stop the run`(users: Int, sent: Int) throws {
    let world = try world(users)
    let run = try world.apply()
    try expectStopped(run, world, users: sent)
    #expect(run.ids(.deleteAccounts).flatMap { $0 }.count == sent)
    #expect(run.counts.notAttempted == users - sent)
    #expect(run.result?.hasChangedUsers == false)
  }

  @Test func `four absent users and one existing user are done`() throws {
    for index in 0..<5 {
      let world = try world(5, except: ["r00000\(index)"])
      let run = try world.apply()
      #expect(run.exitCode == .success)
      #expect(run.counts.removed == 1)
      #expect(run.counts.alreadyAbsent == 4)
      #expect(run.counts.failed == 0)
      #expect(run.result?.failures == [])
      #expect(try world.records().allSatisfy { $0.done != nil })
      #expect(try world.plan().isEmpty)
    }
  }

  @Test func `later absent users are recorded as already absent at once`() throws {
    let world = try world(300, except: ["r000000"])
    let run = try world.apply()
    #expect(run.exitCode == .success)
    #expect(run.counts.alreadyAbsent == 299)
  }

  @Test func `accepting absent users records them as already absent`() throws {
    for users in [1, 12, 300] {
      let world = try world(users)
      _ = try world.apply()
      world.settings.acceptsAbsent = true
      let run = try world.apply()
      #expect(run.exitCode == .success)
      #expect(run.counts.alreadyAbsent == users)
      #expect(!run.notices.contains(.onlyAbsent))
      #expect(try world.plan().isEmpty)
      #expect(try world.records().allSatisfy { $0.done?.outcome == .alreadyAbsent })
    }
  }

  @Test func `accepted absent users do not prove that users exist`() throws {
    let world = try world(1)
    world.settings.acceptsAbsent = true
    _ = try world.apply()
    world.settings.acceptsAbsent = false
    world.manifest = try simulatedManifest(removals: ids("r", 3))
    let run = try world.apply()
    #expect(run.result?.stop == .onlyAbsent(.removeAccount, users: 2))
  }

  @Test func `a failed user does not prove that users exist`() throws {
    let world = try world(3)
    world.service.refused = [try #require(UserID("r000001")): 12345]
    let run = try world.apply()
    #expect(run.result?.stop == .onlyAbsent(.removeAccount, users: 2))
    #expect(run.counts.failed == 3)
    #expect(try world.records().allSatisfy { $0.done == nil })
  }

  @Test func `a user found gone after a lost response does not prove that users exist`() throws {
    let world = try world(3)
    world.service.fault = script([.deleteAccounts: [1: .lost]])
    let run = try world.apply()
    #expect(run.result?.stop == .onlyAbsent(.removeAccount, users: 2))
    #expect(run.counts.removed == 1)
    #expect(run.counts.failed == 2)
    #expect(run.exitCode == .appliedInPart)
  }

  @Test func `a user removed by a repeated call proves that users exist`() throws {
    let world = try world(3, except: ["r000000"])
    world.service.fault = script([.deleteAccounts: [1: .lostBeforeEffect]])
    let run = try world.apply()
    #expect(run.exitCode == .success)
    #expect(run.counts.removed == 1)
    #expect(run.counts.alreadyAbsent == 2)
  }

  @Test func `a run that ends for another reason leaves absent users failed`() throws {
    let world = try world(4)
    world.service.latency = 1...1
    let run = try world.apply(events: [(4.5, .interrupted(.interrupt))])
    #expect(run.result?.stop == .signal(.interrupt))
    #expect(run.exitCode == .interrupted)
    #expect(run.counts.alreadyAbsent == 0)
    #expect(run.counts.failed == run.ids(.deleteAccounts).flatMap { $0 }.count)
    #expect(run.counts.failed > 0)
    // The next run counts from zero.
    try expectStopped(try world.apply(), world, users: 4)
  }

  @Test func `a crash while absent users are held leaves them to the next run`() throws {
    for step in 1..<60 {
      let world = try world(12)
      let first = try world.apply(crashAt: step)
      #expect(try world.records().allSatisfy { $0.done == nil })
      if !first.hasDied { break }
      let second = try world.apply()
      guard case .onlyAbsent? = second.result?.stop else {
        Issue.record("step \(step): \(String(describing: second.result?.stop))")
        continue
      }
      #expect(second.counts.alreadyAbsent == 0)
    }
  }

  @Test func `71000 takes precedence over absent users`() throws {
    let world = try world(12, except: ["r000005"])
    world.service.refused = [try #require(UserID("r000005")): 71000]
    let run = try world.apply()
    #expect(run.exitCode == .refused)
    #expect(run.counts.alreadyAbsent == 0)
  }

  @Test func `absent users do not trip the breaker`() throws {
    let world = try experienced(60_000)
    world.settings.rate = try #require(Rate(100))
    world.service.latency = 2...2
    let run = try world.apply()
    guard case .onlyAbsent? = run.result?.stop else {
      Issue.record("\(String(describing: run.result?.stop))")
      return
    }
  }

  // MARK: - With a recorded removal

  @Test(arguments: [1, 5, 12, 110])
  func `fewer than 111 absent users are done if the state records a removal`(
    users: Int
  ) throws {
    let world = try experienced(users)
    let run = try world.apply()
    #expect(run.exitCode == .success)
    #expect(run.counts.alreadyAbsent == users)
    #expect(run.notices.contains(.onlyAbsent) == (users > 1))
  }

  @Test(arguments: [111, 300])
  func `111 absent users at the start stop the run under any state`(users: Int) throws {
    let world = try experienced(users)
    let run = try world.apply()
    guard case .onlyAbsent(.removeAccount, let absent)? = run.result?.stop else {
      Issue.record("\(String(describing: run.result?.stop))")
      return
    }
    #expect(absent >= 111)
    #expect(run.exitCode == .appliedInPart)
    #expect(run.counts.alreadyAbsent == 0)
    #expect(run.counts.failed + run.counts.notAttempted == users)
    world.settings.acceptsAbsent = true
    #expect(try world.apply().counts.alreadyAbsent == users)
  }

  @Test func `one existing user among the first 111 lets the run continue`() throws {
    for existing in ["r000000", "r000060", "r000110"] {
      let world = try experienced(300, except: [existing])
      let run = try world.apply()
      #expect(run.exitCode == .success)
      #expect(run.counts.alreadyAbsent == 299)
      #expect(run.counts.removed == 1)
      #expect(try world.plan().isEmpty)
    }
  }

  @Test func `fewer than 111 absent users are done at the end of a run whose other users failed`()
    throws
  {
    let world = try experienced(120)
    for id in ids("r", 20).compactMap({ UserID($0) }) { world.service.refused[id] = 12345 }
    let run = try world.apply()
    #expect(run.result?.stop == nil)
    #expect(run.counts.failed == 20)
    #expect(run.counts.alreadyAbsent == 100)
    #expect(run.exitCode == .appliedInPart)
    #expect(try world.records().count { $0.done?.outcome == .alreadyAbsent } == 100)
  }

  // MARK: - Clears

  private func clears(_ users: Int, except: [String] = []) throws -> Simulation {
    let world = try Simulation(
      simulatedManifest(removals: ["z"], clears: ids("c", users)))
    for id in ids("c", users) where !except.contains(id) {
      let id = try #require(UserID(id))
      world.service.refused[id] = 70107
      world.service.accounts.remove(id)
      world.service.tagged.remove(id)
    }
    return world
  }

  @Test(arguments: [1, 3, 12])
  func `clears that find only absent users stop the run before any removal`(
    users: Int
  ) throws {
    let world = try clears(users)
    let run = try world.apply()
    #expect(run.result?.stop == .onlyAbsent(.clearTags, users: users))
    #expect(run.exitCode == .appliedInPart)
    #expect(run.counts.failed == users)
    #expect(run.ids(.deleteAccounts).isEmpty)
    #expect(try world.records().allSatisfy { $0.done == nil })
    world.settings.acceptsAbsent = true
    let again = try world.apply()
    #expect(again.exitCode == .success)
    #expect(again.counts.alreadyAbsent == users)
    #expect(again.counts.removed == 1)
  }

  @Test func `one cleared user makes the others already absent`() throws {
    for existing in ["c000000", "c000003"] {
      let world = try clears(4, except: [existing])
      let run = try world.apply()
      #expect(run.exitCode == .success)
      #expect(run.counts.cleared == 1)
      #expect(run.counts.alreadyAbsent == 3)
    }
  }

  @Test func `removals prove nothing for clears, nor clears for removals`() throws {
    let world = try clears(2, except: ["c000000"])
    world.service.accounts.remove(try #require(UserID("z")))
    let run = try world.apply()
    #expect(run.result?.stop == .onlyAbsent(.removeAccount, users: 1))
    #expect(run.counts.cleared == 1)
    #expect(run.counts.alreadyAbsent == 1)
  }

  // MARK: - The plan

  @Test func `a plan knows which operations its state records`() throws {
    let world = try world(1)
    #expect(try !world.plan().hasPerformed(.removeAccount))
    func record(_ operation: Operation, _ outcome: DoneOutcome) throws -> StateRecord {
      StateRecord(
        id: try #require(UserID("x")), operation: operation,
        done: .init(revision: .first, outcome: outcome, time: world.wall, run: RunID(1)))
    }
    try world.write([record(.clearTags, .alreadyAbsent), record(.removeAccount, .alreadyAbsent)])
    #expect(try !world.plan().hasPerformed(.removeAccount))
    #expect(try !world.plan().hasPerformed(.clearTags))
    try world.write([record(.clearTags, .cleared), record(.removeAccount, .alreadyAbsent)])
    #expect(try !world.plan().hasPerformed(.removeAccount))
    #expect(try world.plan().hasPerformed(.clearTags))
    try world.write([record(.clearTags, .alreadyAbsent), record(.removeAccount, .removed)])
    #expect(try world.plan().hasPerformed(.removeAccount))
    #expect(try !world.plan().hasPerformed(.clearTags))
  }
}
