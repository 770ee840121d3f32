/// Resolution of unresolved users: by reading, never by guessing (docs/architecture.md, "Unknown
/// users").
extension ApplyMachine {
  /// Queues batches to read, a little ahead of sending them.
  mutating func readUnresolved(at now: Moment) {
    while queue.readyCount < journal.ahead,
      let batch = unresolved.nextBatch(at: now.instant)
    {
      guard let notBefore = batch.notBefore else {
        queue.append(batch)
        continue
      }
      queue.wait(batch)
      timeout.pause(until: notBefore)
    }
  }

  /// In a long run, read users without a response before the end: later they could not be sent
  /// again.
  mutating func readOldOwn(at now: Moment) {
    if unresolved.asksForReading(settings.resendWindow, at: now.wall) { lineUpOwn() }
    readUnresolved(at: now)
  }

  /// Queues the unresolved users of this run for reading.
  mutating func lineUpOwn() {
    actions.append(.notice(.resolvingOwn(users: unresolved.lineUpOwn())))
  }

  /// Takes the result of reading. A user who is gone or untagged is done. A user who still exists
  /// is refused, or sent again if still wanted and the intent is recent enough; otherwise the user
  /// stays unresolved.
  mutating func resolve(_ flight: Flight, _ said: Statements, at now: Moment) {
    let batch = flight.batch
    var left = batch
    left.members = []
    var tooFast: [Batch.Member] = []
    for member in batch.members {
      let user = unresolved.user(of: member)
      let finding = UnresolvedUser.Status(said[member.id], batch.call)
      if finding != nil { timeout.note(at: now.instant) }
      switch finding {
      case .done(let outcome)?: settle(user, outcome, at: now)
      case .undone?:
        // Later the id may belong to another person, and then reading says nothing about the user
        // of the call.
        let isYoung = settings.resendWindow.isOpen(since: user.time, at: now.wall)
        if isYoung, let refusal = user.refusal {
          fail(user, refusal.code, at: now)
        } else if isYoung, let wanted = user.wanted, user.refusal == nil, stoppedAt == nil {
          unresolved.sendAgain(user, wanted)
        } else {
          left.members.append(member)
          tally.noteStillThere(user.id)
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

  /// Records that an unresolved user is done.
  mutating func settle(_ user: UnresolvedUser, _ outcome: DoneOutcome, at now: Moment) {
    unresolved.close(users: 1)
    tally.done(outcome)
    timeout.note(at: now.instant)
    switch user.origin {
    case .earlier(let run):
      append(
        [
          .resolved(
            .init(
              operation: user.operation, time: user.time, run: run,
              user: .init(id: user.id, revision: user.revision), outcome: outcome))
        ], at: now)
    case .own(let place): append([place.outcome(.done(outcome), at: now.wall)], at: now)
    }
  }

  /// Records that a user whom the service refused, after a call that might have acted, is not done:
  /// the refusal stands.
  private mutating func fail(_ user: UnresolvedUser, _ code: ServiceCode, at now: Moment) {
    guard case .own(let place) = user.origin else {
      preconditionFailure("a refusal is older than the run")
    }
    unresolved.close(users: 1)
    tally.failed(user.id, user.operation, code)
    append([place.outcome(.failed(code), at: now.wall)], at: now)
  }

  /// The users of a reading batch stay unknown and keep their record.
  mutating func leaveUnresolved(_ batch: Batch) {
    unresolved.close(users: batch.members.count)
    tally.unknown(users: batch.members.count)
  }
}
