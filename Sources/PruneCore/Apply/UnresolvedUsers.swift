/// Users for whom earlier runs, or this one, sent a call and got no usable response
/// (docs/architecture.md, "Unknown users").
///
/// It owns the order of reading. A user is in one place at a time: found in this run and not
/// queued, queued, being read, or read and to be sent again. Each user taken for reading is closed
/// once: completed, left unknown, or queued to be sent again.
struct UnresolvedUsers {
  /// How often the users of this run are read and sent again.
  private static let maxRounds = 3
  /// The refusal grace period: how long after a refusal the effect of an earlier call may still
  /// appear. The service gives up a call after 3 s (docs/service.md, "Timeouts"); this is a little
  /// more than three times as long.
  private static let gracePeriod = Interval.seconds(10)

  private var line: [UnresolvedUser] = []
  /// How many queued users were taken for reading.
  private var taken = 0
  /// How many of those are not closed.
  private var reading = 0
  /// Users found in this run who are not queued.
  private var own: [UnresolvedUser] = []
  /// Users to send again, by operation.
  private var again: [[Batch.Member]] = [[], []]
  private var rounds = 0

  init() {}

  /// What the plan's state leaves unknown, with the revision wanted now, if any. A user with a
  /// higher wanted revision is sent, whatever the lower one's outcome.
  init(of plan: Plan) {
    var users: [UnresolvedUser] = []
    for record in plan.unresolved {
      guard let attempt = record.attempt else { continue }
      let item = plan.item(of: record.id).flatMap {
        $0.block == nil && $0.operation == record.operation ? $0 : nil
      }
      if let item, item.cause != .unknown { continue }
      users.append(
        UnresolvedUser(
          operation: record.operation, id: record.id, revision: attempt.revision,
          time: attempt.time, origin: .earlier(attempt.run), wanted: item.map(plan.revision(of:))))
    }
    // Clears first, as everywhere; otherwise in the order of ids.
    line =
      users.filter { $0.operation == .clearTags }
      + users.filter { $0.operation == .removeAccount }
  }

  /// How many users were ever queued.
  var count: Int { line.count }

  /// The users that were ever queued.
  var ids: Set<UserID> { Set(line.lazy.map(\.id)) }

  /// How many users each earlier run left, in order of first appearance.
  var runs: [(run: RunID, users: Int)] {
    var runs: [(run: RunID, users: Int)] = []
    for case .earlier(let run) in line.lazy.map(\.origin) {
      if let index = runs.firstIndex(where: { $0.run == run }) {
        runs[index].users += 1
      } else {
        runs.append((run, 1))
      }
    }
    return runs
  }

  // MARK: - Users of this run

  /// Adds a user found in this run.
  mutating func add(_ user: UnresolvedUser) { own.append(user) }

  var hasOwn: Bool { !own.isEmpty }

  func hasOwn(_ operation: Operation) -> Bool { own.contains { $0.operation == operation } }

  /// Whether the oldest user of this run must be read before the run's end.
  func asksForReading(_ window: ResendWindow, at now: Timestamp) -> Bool {
    own.first.map { window.asksForReading(since: $0.time, at: now) } ?? false
  }

  /// Queues this run's users; returns how many. Refused users are read later than the others.
  mutating func lineUpOwn() -> Int {
    defer { own = [] }
    line += own.filter { $0.refusal == nil } + own.filter { $0.refusal != nil }
    return own.count
  }

  /// Begins another round, which reads the users that this run left; false if there are none, or
  /// all rounds are used.
  mutating func beginRound() -> Bool {
    guard hasOwn || again.contains(where: { !$0.isEmpty }), rounds < Self.maxRounds else {
      return false
    }
    rounds += 1
    return true
  }

  /// Whether a round has begun, so that all of the plan was sent.
  var hasBegunRound: Bool { rounds > 0 }

  // MARK: - Reading

  /// The next users to read in one call.
  mutating func nextBatch(at now: Instant) -> Batch? {
    guard taken < line.count else { return nil }
    let first = line[taken]
    var batch = Batch(purpose: .resolution, call: Call(resolving: first.operation), members: [])
    while taken < line.count, batch.members.count < Call.maxUsers,
      line[taken].operation == first.operation,
      (line[taken].refusal == nil) == (first.refusal == nil)
    {
      let user = line[taken]
      batch.members.append(.init(id: user.id, revision: user.revision, index: taken))
      if let refusal = user.refusal {
        batch.notBefore = max(batch.notBefore ?? now, refusal.at + Self.gracePeriod)
      }
      taken += 1
    }
    reading += batch.members.count
    return batch
  }

  /// The user of a reading batch's member.
  func user(of member: Batch.Member) -> UnresolvedUser {
    precondition(member.index < taken, "a user was read who was not taken for it")
    return line[member.index]
  }

  /// Notes that users being read are completed or left unknown.
  mutating func close(users: Int) {
    precondition(users <= reading, "more users are resolved than were read")
    reading -= users
  }

  // MARK: - Sending again

  /// Notes that a user being read is not done and must be sent again with this revision.
  mutating func sendAgain(_ user: UnresolvedUser, _ revision: Revision) {
    close(users: 1)
    again[Int(user.operation.rawValue)].append(
      .init(id: user.id, revision: revision, index: 0, sentBefore: user.time))
  }

  /// Takes the next users to send again.
  mutating func takeAgain(_ operation: Operation, atMost size: Int) -> [Batch.Member] {
    let count = min(size, again[Int(operation.rawValue)].count)
    var members = Array(again[Int(operation.rawValue)].prefix(count))
    for index in members.indices { members[index].index = index }
    again[Int(operation.rawValue)].removeFirst(count)
    return members
  }

  /// How many users stay unknown when the run ends.
  var left: Int {
    precondition(reading == 0, "the run ends while users are being read")
    return own.count + line.count - taken + again[0].count + again[1].count
  }
}
