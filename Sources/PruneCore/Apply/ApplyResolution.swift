/// Resolution of users for whom something was sent and nothing usable came back: by reading, never
/// by guessing (docs/architecture.md, "Unknown users").
extension ApplyMachine {
  /// What the plan's state leaves unknown, with the revision wanted now, if any. A user whom a
  /// higher revision lifts is sent whatever became of the lower one, so it is no doubt.
  static func doubts(of plan: Plan) -> [UnresolvedUser] {
    var doubts: [UnresolvedUser] = []
    for record in plan.unresolved {
      guard let attempt = record.attempt else { continue }
      let item = plan.item(of: record.id).flatMap {
        $0.block == nil && $0.operation == record.operation ? $0 : nil
      }
      if let item, item.cause != .unknown { continue }
      doubts.append(
        UnresolvedUser(
          operation: record.operation, id: record.id, revision: attempt.revision,
          time: attempt.time, origin: .earlier(attempt.run), wanted: item.map(plan.revision(of:))))
    }
    // Clears first, as everywhere; the order by id stays.
    return doubts.filter { $0.operation == .clearTags }
      + doubts.filter { $0.operation == .removeAccount }
  }

  /// How many doubts each earlier run left, in the order of their first.
  static func runs(of doubts: [UnresolvedUser]) -> [(run: RunID, users: Int)] {
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

  /// How long after a refusal the effect of an earlier send may still come. The service gives up on
  /// a call after 3 s (docs/service.md, "Timeouts"); this is three times as long, and a little.
  static let settling = Interval.seconds(10)

  /// Lines up what is to be read, a little ahead of its sending.
  mutating func lineUpDoubts(at now: Moment) {
    while queue.readyCount < journal.ahead, let batch = cutDoubts(at: now) {
      guard let notBefore = batch.notBefore else {
        queue.append(batch)
        continue
      }
      queue.wait(batch)
      timeout.excuse(until: notBefore)
    }
  }

  /// The next doubts to read in one call.
  private mutating func cutDoubts(at now: Moment) -> Batch? {
    guard doubtCursor < doubts.count else { return nil }
    let first = doubts[doubtCursor]
    var batch = Batch(
      purpose: .resolution, call: Call(resolving: first.operation), intent: nil, members: [])
    while doubtCursor < doubts.count, batch.members.count < Call.maxUsers,
      doubts[doubtCursor].operation == first.operation,
      (doubts[doubtCursor].refusal == nil) == (first.refusal == nil)
    {
      let doubt = doubts[doubtCursor]
      batch.members.append(.init(id: doubt.id, revision: doubt.revision, index: doubtCursor))
      if let refusal = doubt.refusal {
        batch.notBefore = max(batch.notBefore ?? now.instant, refusal.at + Self.settling)
      }
      doubtCursor += 1
    }
    return batch
  }

  /// Takes what was read: gone or untagged is done; still there is refused, or sent again if the
  /// user is still wanted, while the intent is young enough; else the doubt stays.
  mutating func resolve(
    _ flight: Flight, _ said: Statements, at now: Moment
  ) {
    let batch = flight.batch
    var left = batch
    left.members = []
    var tooFast: [Batch.Member] = []
    for member in batch.members {
      let doubt = doubts[member.index]
      let finding = Finding(said[member.id], batch.call)
      if finding != nil { timeout.note(at: now.instant) }
      switch finding {
      case .done(let outcome)?: settle(doubt, outcome, at: now)
      case .undone?:
        // Later the id may be another person's, which says nothing of the one who was sent.
        let isYoung = settings.resendWindow.isOpen(since: doubt.time, at: now.wall)
        if isYoung, let refusal = doubt.refusal {
          fail(doubt, refusal.code, at: now)
        } else if isYoung, let wanted = doubt.wanted, doubt.refusal == nil, stoppedAt == nil {
          resend[Int(doubt.operation.rawValue)].append(
            .init(id: doubt.id, revision: wanted, index: 0, sentBefore: doubt.time))
        } else {
          left.members.append(member)
          tally.noteStillThere(doubt.id)
        }
      case nil:
        let code = said[member.id]?.code
        if code.map({ ServiceCodes.meaning(of: $0, for: batch.call) }) == .throttled {
          tooFast.append(member)
        } else {
          left.members.append(member)
        }
      }
    }
    leaveUnresolved(left)
    slowDown(flight, for: tooFast, at: now)
  }

  /// What was read of a user whose operation is in doubt.
  private enum Finding: Equatable {
    case done(DoneOutcome)
    case undone

    /// Nil if what was said shows nothing.
    init?(_ said: Answer.UserAnswer?, _ call: Call) {
      guard let said else { return nil }
      if call == .readTags, ServiceCodes.meansAbsent(said.code) {
        self = .done(.alreadyAbsent)
      } else if said.code.number != 0 {
        return nil
      } else if let tags = said.tags {
        self = tags == 0 ? .done(.cleared) : .undone
      } else if let isImported = said.isImported {
        self = isImported ? .undone : .done(.removed)
      } else {
        return nil
      }
    }
  }

  /// Records that a doubt has turned out to be done.
  mutating func settle(_ doubt: UnresolvedUser, _ outcome: DoneOutcome, at now: Moment) {
    tally.done(outcome)
    timeout.note(at: now.instant)
    switch doubt.origin {
    case .earlier(let run):
      append(
        [
          .resolved(
            .init(
              operation: doubt.operation, time: doubt.time, run: run,
              user: .init(id: doubt.id, revision: doubt.revision), outcome: outcome))
        ], at: now)
    case .own(let place): append([place.outcome(.done(outcome), at: now.wall)], at: now)
    }
  }

  /// Records that a user whom the service refused, after a send that might have acted, was found
  /// undone: the refusal holds.
  private mutating func fail(_ doubt: UnresolvedUser, _ code: ServiceCode, at now: Moment) {
    guard case .own(let place) = doubt.origin else { return }
    tally.failed(doubt.id, doubt.operation, code)
    append([place.outcome(.failed(code), at: now.wall)], at: now)
  }

  /// The users of a reading batch stay unknown, with the record that they have.
  mutating func leaveUnresolved(_ batch: Batch) {
    tally.unknown(users: batch.members.count)
  }
}
