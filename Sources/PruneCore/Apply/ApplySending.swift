/// Prepares batches, writes their intents, and sends them: intent, durable, send.
extension ApplyMachine {
  /// Makes batches from the plan and writes their intents, a little ahead of sending them.
  mutating func arm(at now: Moment) {
    switch stage {
    case .access, .tagAccess, .probe, .finished: return
    case .resolution, .ownResolution:
      readUnresolved(at: now)
    case .inspection: inspectNext()
    case .clears, .removals:
      readOldOwn(at: now)
      let operation: Operation = stage == .clears ? .clearTags : .removeAccount
      var records: [JournalRecord] = []
      while queue.preparedCount < journal.ahead {
        if pace.isOnRamp(operation), isBusy { break }
        let members = cutMembers(operation, atMost: pace.batchSize(of: operation))
        if members.isEmpty { break }
        let intent = journal.nextIntent(users: members.count, at: now)
        records.append(
          .intent(
            .init(
              number: intent.number, operation: operation, time: intent.time,
              users: members.map { .init(id: $0.id, revision: $0.revision) })))
        queue.arm(
          Batch(
            purpose: .operation, call: Call(performing: operation), intent: intent,
            members: members))
      }
      if !records.isEmpty { append(records, at: now) }
    }
  }

  /// The next users of an operation: first those to send again, then the plan's, in order.
  private mutating func cutMembers(
    _ operation: Operation, atMost size: Int
  ) -> [Batch.Member] {
    var members = unresolved.takeAgain(operation, atMost: size)
    while members.count < size, !unresolved.hasBegunRound, let user = planned.next(operation) {
      members.append(.init(id: user.id, revision: user.revision, index: members.count))
    }
    return members
  }

  /// Sends one batch if rate and window allow; false if none could be sent.
  mutating func send(at now: Moment) -> Bool {
    guard let next = queue.next, !isHeldBack(next), pace.maySend(next, at: now.instant) else {
      return false
    }
    guard let batch = withoutLate(queue.takeNext(), at: now) else { return true }
    precondition(stoppedAt == nil, "a call is sent after the run has stopped")
    if batch.operation != nil { journal.checkDurable(batch.intent) }
    sendPace(of: batch.call)
    let id = pace.handOver(batch, hasRenewedSignature: hasRenewedSignature, at: now.instant)
    actions.append(.send(id, batch.call, batch.ids))
    return true
  }

  /// Updates the gap between calls of a kind if it has changed, and reports a rate that is clearly
  /// different.
  mutating func sendPace(of call: Call) {
    if let gap = pace.newGap(of: call) { actions.append(.pace(call, gap)) }
    if let rate = pace.newRate(of: call) {
      actions.append(
        .notice(.paced(call, rate: rate, of: settings.rate, pace.findings(of: call))))
    }
  }

  /// Leaves out users whom an earlier call may have reached too long ago, by another attempt or
  /// before the machine slept: they stay unresolved. Nil if no user is left.
  private mutating func withoutLate(_ batch: Batch, at now: Moment) -> Batch? {
    guard batch.operation != nil else { return batch }
    let isLate = { [settings] (member: Batch.Member) in
      batch.isLate(member, for: settings.resendWindow, at: now.wall)
    }
    var late = batch
    late.members = batch.members.filter(isLate)
    if late.members.isEmpty { return batch }
    var timely = batch
    timely.members.removeAll(where: isLate)
    releaseUnsent(late, at: now)
    return timely.members.isEmpty ? nil : timely
  }

  /// Whether a batch must wait because a user is being read back.
  func isHeldBack(_ batch: Batch) -> Bool {
    precheck.isReadingBack && batch.operation != nil
  }

  // MARK: - The journal

  /// Writes records to the journal: at once, unless they are outcomes and the next intent is near.
  mutating func append(_ records: [JournalRecord], at now: Moment) {
    journal.hold(records, at: now.instant)
    if !isIntentNear || records.contains(where: \.isIntent) { flush(at: now) }
  }

  /// Whether a batch is ready whose sending makes room for the next intent. On the ramp, and while
  /// clears are read back, each step waits for the result of the one before.
  private var isIntentNear: Bool {
    guard let operation = queue.upcoming?.operation else { return false }
    let isStepwise = operation == .clearTags && precheck.mayReadBack
    return !isStepwise && !pace.isOnRamp(operation)
  }

  /// Appends the records held for the journal.
  mutating func flush(at now: Moment) {
    actions.append(journal.flush(at: now.instant))
  }
}
