/// Records the outcomes of users, and ends runs.
extension ApplyMachine {
  /// Releases users that were not sent, or whose refusal says nothing about them: users for whom an
  /// earlier call may have acted are unresolved, the others keep their record.
  mutating func releaseUnsent(_ batch: Batch, at now: Moment) {
    switch batch.purpose {
    // A user of a refresh who is not read keeps the finding that no call has reached it.
    case .access, .probeLook, .probe, .tagAccess, .inspection: break
    case .resolution: leaveUnresolved(batch)
    case .restore: leaveUnrestored(batch, .notReached)
    case .backup, .operation: release(batch.members, of: batch, at: now)
    // They were cleared, or not.
    case .readBack: record(batch, batch.members.map { ($0, .unknown) }, at: now)
    }
  }

  /// Releases some users of a batch that were not sent.
  mutating func release(_ members: [Batch.Member], of batch: Batch, at now: Moment) {
    if members.isEmpty { return }
    if batch.purpose == .readBack { return record(batch, members.map { ($0, .unknown) }, at: now) }
    guard batch.intent == nil else {
      return record(batch, members.map { ($0, $0.unsentOutcome) }, at: now)
    }
    // Their tags were being read, for the first time or after an earlier intent.
    tally.unknown(users: members.count(where: \.isResent))
  }

  /// Writes outcomes to the journal and counts them. `isTaken` says that the service accepted the
  /// call, whether or not its users are known to be done.
  mutating func record(
    _ batch: Batch, _ outcomes: [(Batch.Member, UserOutcome)], isTaken: Bool = false,
    at now: Moment
  ) {
    if outcomes.isEmpty { return }
    guard let operation = batch.decides, let intent = batch.intent else {
      preconditionFailure("an outcome is recorded without an intent")
    }
    var users = [UserOutcome?](repeating: nil, count: intent.size)
    var isSuccess = isTaken
    for (member, said) in outcomes {
      if said == .done(.alreadyAbsent), let outcome = hold(member, of: batch, at: now) {
        users[member.index] = outcome
        isSuccess = true
        continue
      }
      let outcome = member.isUnresolved(by: said) ? .unknown : said
      users[member.index] = outcome
      switch outcome {
      case .done(let done):
        tally.done(done)
        isSuccess = true
      case .failed(let code): tally.failed(member.id, operation, code)
      case .unknown:
        unresolved.add(
          UnresolvedUser(
            operation: operation, id: member.id, revision: member.revision, time: intent.time,
            origin: .own(
              IntentPlace(intent: intent.number, size: intent.size, index: member.index)),
            refusal: said.code.map { ($0, now.instant) }, wanted: member.revision))
      case .notAttempted where member.isResent:
        // An unresolved earlier intent stays unresolved.
        tally.unknown(users: 1)
      case .notAttempted: break
      }
      if outcome != .notAttempted { timeout.note(at: now.instant) }
      switch outcome {
      case .done(.removed), .done(.cleared), .unknown: tally.noteChange()
      case .done(.alreadyAbsent), .failed, .notAttempted: break
      }
    }
    append([.outcome(.init(intent: intent.number, time: now.wall, users: users))], at: now)
    // For a split batch only successes count: failures of its halves say nothing about the service.
    if outcomes.contains(where: { $0.1 != .notAttempted }), isSuccess || !batch.isPart {
      breaker.note(success: isSuccess)
      if let (failed, recent) = breaker.tripped {
        stop(.mostlyFailing(failed: failed, of: recent), at: now)
      }
    }
  }

  // MARK: - Stopping

  /// Stops sending: releases unsent users, cancels queued calls, and lets calls in flight end.
  mutating func stop(_ reason: StopReason, at now: Moment) {
    // Whatever stopped the run before: from now on nothing becomes durable.
    switch reason {
    case .journal, .filesLost, .deposed: stopReason = reason
    default: break
    }
    guard stoppedAt == nil else { return }
    stoppedAt = now.instant
    stopReason = stopReason ?? reason
    actions.append(.cancelQueued)
    actions.append(.notice(.stopping(reason, inFlight: pace.departed)))
    for batch in queue.takeAll() { releaseUnsent(batch, at: now) }
  }

  /// Abandons the calls still in flight after the drain timeout: their users are unknown.
  mutating func abandon(at now: Moment) {
    let left = pace.endAll()
    actions.append(.abandon)
    for flight in left where flight.batch.purpose.isForUsers {
      loseAnswer(flight.batch, "interrupted", at: now)
    }
  }
}
