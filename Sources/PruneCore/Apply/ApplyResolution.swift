/// Resolution of users for whom something was sent and nothing usable came back: by reading, never
/// by guessing (docs/architecture.md, "Unknown users").
extension ApplyMachine {
  /// Lines up what is to be read, a little ahead of its sending.
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

  /// In a long run, users whose answers were lost are not left until its end: later they could not
  /// be sent again any more.
  mutating func readOldOwn(at now: Moment) {
    if unresolved.asksForReading(settings.resendWindow, at: now.wall) { lineUpOwn() }
    readUnresolved(at: now)
  }

  /// Puts the unresolved users of this run in the line of those to read.
  mutating func lineUpOwn() {
    actions.append(.notice(.resolvingOwn(users: unresolved.lineUpOwn())))
  }

  /// Takes what was read: gone or untagged is done; still there is refused, or sent again if the
  /// user is still wanted, while the intent is young enough; else the user stays unresolved.
  mutating func resolve(_ flight: Flight, _ said: Statements, at now: Moment) {
    let batch = flight.batch
    var left = batch
    left.members = []
    var tooFast: [Batch.Member] = []
    for member in batch.members {
      let user = unresolved.user(of: member)
      let finding = UnresolvedUser.Finding(said[member.id], batch.call)
      if finding != nil { timeout.note(at: now.instant) }
      switch finding {
      case .done(let outcome)?: settle(user, outcome, at: now)
      case .undone?:
        // Later the id may be another person's, which says nothing of the one who was sent.
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

  /// Records that an unresolved user turned out to be done.
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

  /// Records that a user whom the service refused, after a send that might have acted, was found
  /// undone: the refusal holds.
  private mutating func fail(_ user: UnresolvedUser, _ code: ServiceCode, at now: Moment) {
    guard case .own(let place) = user.origin else {
      preconditionFailure("a refusal is older than the run")
    }
    unresolved.close(users: 1)
    tally.failed(user.id, user.operation, code)
    append([place.outcome(.failed(code), at: now.wall)], at: now)
  }

  /// The users of a reading batch stay unknown, with the record that they have.
  mutating func leaveUnresolved(_ batch: Batch) {
    unresolved.close(users: batch.members.count)
    tally.unknown(users: batch.members.count)
  }
}
