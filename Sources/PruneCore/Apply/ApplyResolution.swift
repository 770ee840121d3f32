/// Resolution of users for whom something was sent and nothing usable came back: by reading, never
/// by guessing (DESIGN 7).
extension ApplyMachine {
  /// What the plan's state leaves unknown, with the revision wanted now, if any.
  static func doubts(of plan: Plan) -> [Doubt] {
    var wanted: [WantedKey: Revision] = [:]
    for item in plan.items where item.cause == .unknown && item.block == nil {
      let key = WantedKey(id: plan.entry(of: item).id, operation: plan.operation(of: item))
      wanted[key] = plan.revision(of: item)
    }
    var doubts: [Doubt] = []
    for record in plan.unresolved {
      guard let attempt = record.attempt else { continue }
      doubts.append(
        Doubt(
          operation: record.operation, id: record.id, revision: attempt.revision,
          time: attempt.time, origin: .earlier(attempt.run),
          wanted: wanted[WantedKey(id: record.id, operation: record.operation)]))
    }
    // Clears first, as everywhere; the order by id stays.
    return doubts.filter { $0.operation == .clearTags }
      + doubts.filter { $0.operation == .removeAccount }
  }

  private struct WantedKey: Hashable {
    let id: UserID
    let operation: Operation
  }

  /// How many doubts each earlier run left, in the order of their first.
  static func runs(of doubts: [Doubt]) -> [(run: RunID, users: Int)] {
    var runs: [(run: RunID, users: Int)] = []
    for case .earlier(let run) in doubts.lazy.map(\.origin) {
      if let index = runs.firstIndex(where: { $0.run == run }) {
        runs[index].users += 1
      } else {
        runs.append((run, 1))
      }
    }
    return runs
  }

  /// The next doubts to read in one call.
  mutating func cutDoubts(at now: Moment) -> Batch? {
    guard cursor < doubts.count else { return nil }
    let operation = doubts[cursor].operation
    var batch = Batch(
      call: Call(resolving: operation), intent: 0, intentSize: 0, intentTime: now.wall,
      members: [])
    while cursor < doubts.count, batch.members.count < Call.maxUsers,
      doubts[cursor].operation == operation
    {
      let doubt = doubts[cursor]
      batch.members.append(.init(id: doubt.id, revision: doubt.revision, index: cursor))
      cursor += 1
    }
    return batch
  }

  /// Takes what was read: gone or untagged is done; still there is sent again while the intent is
  /// young enough and the user still wanted; else the doubt stays.
  mutating func resolve(
    _ batch: Batch, _ said: [UserID: Answer.UserAnswer], at now: Moment
  ) {
    var left = batch
    left.members = []
    for member in batch.members {
      let doubt = doubts[member.index]
      switch Self.isDone(said[member.id], batch.call) {
      case true?:
        settle(doubt, doubt.operation == .removeAccount ? .removed : .cleared, at: now)
      case false?:
        if let wanted = doubt.wanted, now.wall.seconds(since: doubt.time) <= settings.resendWithin,
          stoppedAt == nil
        {
          resend[Int(doubt.operation.rawValue)].append(
            .init(id: doubt.id, revision: wanted, index: 0, isResent: true))
        } else {
          left.members.append(member)
        }
      case nil: left.members.append(member)
      }
    }
    leaveInDoubt(left)
  }

  /// Whether what was read shows the operation done; nil if it shows nothing.
  private static func isDone(_ said: Answer.UserAnswer?, _ call: Call) -> Bool? {
    guard let said else { return nil }
    if call == .readTags {
      if ServiceCodes.meansAbsent(said.code) { return true }
      return said.code.number == 0 ? said.tags.map { $0 == 0 } : nil
    }
    return said.code.number == 0 ? said.isImported.map { !$0 } : nil
  }

  /// Records that a doubt has turned out to be done.
  mutating func settle(_ doubt: Doubt, _ outcome: DoneOutcome, at now: Moment) {
    result.counts.add(outcome)
    settled += 1
    lastProgress = now.instant
    switch doubt.origin {
    case .earlier(let run):
      append(
        [
          .resolved(
            .init(
              operation: doubt.operation, time: doubt.time, run: run,
              user: .init(id: doubt.id, revision: doubt.revision), outcome: outcome))
        ], at: now)
    case .own(let intent, let size, let index):
      var users = [UserOutcome?](repeating: nil, count: size)
      users[index] = .done(outcome)
      append([.outcome(.init(intent: intent, time: now.wall, users: users))], at: now)
    }
  }

  /// The users of a reading batch stay unknown, with the record that they have.
  mutating func leaveInDoubt(_ batch: Batch) {
    guard stage != .access else { return }
    result.counts.unknown += batch.members.count
    settled += batch.members.count
  }
}
