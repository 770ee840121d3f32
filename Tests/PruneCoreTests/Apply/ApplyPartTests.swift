import Testing

@testable import PruneCore

/// The parts of the machine, each of which stops the process rather than break its invariants
/// (docs/architecture.md, "Applying").
@Suite struct ApplyPartTests {
  private static func at(_ seconds: Double) -> Instant {
    Instant(nanoseconds: 0) + .seconds(seconds)
  }

  private static func moment(_ seconds: UInt32) -> Moment {
    Moment(instant: at(Double(seconds)), wall: Timestamp(seconds: seconds))
  }

  private static func ids(_ users: [String]) -> [UserID] { users.compactMap { UserID($0) } }

  /// A batch with an intent in the next append.
  private static func batch(_ users: [String], _ journal: inout JournalBuffer) -> Batch {
    let intent = journal.nextIntent(users: users.count, at: moment(0))
    var batch = Batch(
      purpose: .operation, call: .deleteAccounts, intent: intent,
      members: ids(users).enumerated().map { .init(id: $1, revision: .first, index: $0) })
    batch.ticket = intent.ticket
    return batch
  }

  private static func hold(_ batch: Batch, _ journal: inout JournalBuffer) {
    let users = batch.members.map { JournalRecord.User(id: $0.id, revision: $0.revision) }
    let record = JournalRecord.Intent(
      number: batch.intent?.number ?? 0, operation: .removeAccount, time: moment(0).wall,
      users: users)
    journal.hold([.intent(record)], at: at(0))
  }

  // MARK: - Intent, durable, send

  @Test func `a batch is ready once its intent is durable`() {
    var journal = JournalBuffer(.standard)
    var queue = BatchQueue()
    let batch = Self.batch(["a", "b"], &journal)
    queue.arm(batch)
    Self.hold(batch, &journal)
    #expect(!journal.isDurable)
    guard case .append(let records, let ticket) = journal.flush(at: Self.at(0)) else {
      Issue.record("nothing was appended")
      return
    }
    #expect(records.count == 1)
    #expect(Array(queue.firsts) == [])
    #expect(queue.upcomingChange == batch)
    journal.noteDurable(ticket, at: Self.at(0.01))
    queue.release(upTo: ticket)
    #expect(journal.isDurable)
    journal.checkDurable(batch)
    #expect(queue.takeFirst(.deleteAccounts) == batch)
    #expect(queue.isEmpty)
  }

  @Test func `users are never sent before their intent is durable`() async {
    await #expect(processExitsWith: .failure) {
      var journal = JournalBuffer(.standard)
      let batch = ApplyPartTests.batch(["a"], &journal)
      ApplyPartTests.hold(batch, &journal)
      _ = journal.flush(at: ApplyPartTests.at(0))
      journal.checkDurable(batch)
    }
  }

  @Test func `only a requested append becomes durable`() async {
    await #expect(processExitsWith: .failure) {
      var journal = JournalBuffer(.standard)
      journal.noteDurable(JournalTicket(1), at: ApplyPartTests.at(0))
    }
  }

  @Test func `an intent is always part of the append that it waits for`() async {
    await #expect(processExitsWith: .failure) {
      var journal = JournalBuffer(.standard)
      let batch = ApplyPartTests.batch(["a"], &journal)
      _ = ApplyPartTests.batch(["b"], &journal)
      ApplyPartTests.hold(batch, &journal)
      _ = journal.flush(at: ApplyPartTests.at(0))
    }
  }

  // MARK: - Calls under way

  @Test func `a user may be in a second call after the first one ended`() {
    var journal = JournalBuffer(.standard)
    var pace = Pace(.standard, at: Self.at(0))
    let batch = Self.batch(["a"], &journal)
    let first = pace.handOver(batch, hasRenewedSignature: false, at: Self.at(0))
    #expect(pace.leave(first, at: Self.at(0)) == batch.call)
    #expect(pace.departed == 1)
    #expect(pace.end(first, at: Self.at(1))?.batch == batch)
    #expect(pace.end(first, at: Self.at(1)) == nil)
    #expect(pace.isIdle)
    let second = pace.handOver(batch, hasRenewedSignature: false, at: Self.at(2))
    #expect(second == SendID(2))
    #expect(pace.departed == 0)
  }

  @Test func `no user is in two calls at once`() async {
    await #expect(processExitsWith: .failure) {
      var journal = JournalBuffer(.standard)
      var flights = Flights()
      let batch = ApplyPartTests.batch(["a", "b"], &journal)
      _ = flights.add(batch, hasRenewedSignature: false, at: ApplyPartTests.at(0))
      let other = ApplyPartTests.batch(["b"], &journal)
      _ = flights.add(other, hasRenewedSignature: false, at: ApplyPartTests.at(1))
    }
  }

  @Test func `no gap is shorter than the rate allows`() async {
    await #expect(processExitsWith: .failure) {
      var pacer = Pacer(.standard)
      pacer.handedOver(at: ApplyPartTests.at(1))
      pacer.handedOver(at: ApplyPartTests.at(1.011))
    }
  }

  // MARK: - The tally

  @Test func `held users count as completed, once`() throws {
    let id = try #require(UserID("a"))
    var tally = Tally(total: 5)
    tally.hold()
    tally.hold()
    tally.done(.removed)
    #expect(tally.settled == 3)
    tally.acceptHeld(users: 1)
    tally.refuseHeld(id, .removeAccount)
    tally.unknown(users: 1)
    #expect(tally.settled == 4)
    tally.close()
    let counts = tally.result(stop: nil, hasBegunResolving: false).counts
    #expect(counts.removed == 1 && counts.alreadyAbsent == 1 && counts.failed == 1)
    #expect(counts.unknown == 1 && counts.notAttempted == 1)
  }

  @Test func `a run never completes more users than it has`() async {
    await #expect(processExitsWith: .failure) {
      var tally = Tally(total: 2)
      tally.hold()
      tally.done(.cleared, users: 2)
    }
  }

  @Test func `no user is held at the end`() async {
    await #expect(processExitsWith: .failure) {
      var tally = Tally(total: 2)
      tally.hold()
      tally.close()
    }
  }

  // MARK: - Rules

  @Test(arguments: [
    (600, 1000, 1599, true), (600, 1000, 1600, false), (600, 1000, 401, true),
    (600, 1000, 400, false), (0, 1000, 1000, false),
  ])
  func `the resend window excludes both of its ends`(
    seconds: Int, intent: UInt32, now: UInt32, isOpen: Bool
  ) {
    let window = ResendWindow(seconds: seconds)
    #expect(
      window.isOpen(since: Timestamp(seconds: intent), at: Timestamp(seconds: now)) == isOpen)
  }

  @Test func `a user with contradictory results is unknown`() throws {
    let ids = Self.ids(["a", "b", "c"])
    let batch = Batch(
      purpose: .resolution, call: .checkAccounts,
      members: ids.enumerated().map { .init(id: $1, revision: .first, index: $0) })
    let users = [
      Answer.UserAnswer(id: ids[0], code: ServiceCode(0), isImported: true),
      Answer.UserAnswer(id: ids[1], code: ServiceCode(0), isImported: true),
      Answer.UserAnswer(id: ids[0], code: ServiceCode(0), isImported: false),
      Answer.UserAnswer(id: ids[1], code: ServiceCode(0), isImported: true),
    ]
    let said = Statements(Answer(code: ServiceCode(0), users: users), about: batch)
    #expect(said.contradicts(ids[0]) && said[ids[0]] == nil)
    #expect(!said.contradicts(ids[1]) && said[ids[1]]?.isImported == true)
    #expect(!said.contradicts(ids[2]) && said[ids[2]] == nil)
    #expect(!said.mayNameOthers && !said.isEmpty)
  }
}
