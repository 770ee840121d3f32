/// Prepares batches, writes their intents, and sends them: intent, durable, send.
extension ApplyMachine {
  /// Makes batches from the plan and writes their intents, a group at a time and a little ahead of
  /// sending them.
  mutating func arm(at now: Moment) {
    switch stage {
    case .access, .tagAccess, .probe, .finished: return
    case .resolution, .ownResolution:
      readUnresolved(at: now)
    case .inspection: inspectNext()
    case .restore: restoreNext()
    case .clears, .removals:
      readOldOwn(at: now)
      let operation: Operation = stage == .clears ? .clearTags : .removeAccount
      let readsFirst = operation == .clearTags && settings.savesTags
      if queue.preparedCount < journal.ahead { writeIntents(of: operation, readsFirst, at: now) }
      if readsFirst { readTagsAhead() }
    }
  }

  private mutating func writeIntents(
    of operation: Operation, _ readsFirst: Bool, at now: Moment
  ) {
    let rate = pace.rate(of: Call(performing: operation))
    let wanted = max(journal.ahead, queue.preparedCount + JournalBuffer.group(atRate: rate))
    var records: [JournalRecord] = []
    while queue.preparedCount < wanted,
      var batch = readsFirst
        ? nextRead() : nextBatch(operation, atMost: pace.batchSize(of: operation))
    {
      records.append(writeIntent(&batch, at: now))
      queue.arm(batch)
    }
    if !records.isEmpty { append(records, at: now) }
  }

  /// The next clear whose tags were read, in steps on the ramp.
  private mutating func nextRead() -> Batch? {
    if pace.isOnRamp(.clearTags), !(queue.isEmptyButRead && pace.isIdle) { return nil }
    return queue.takeRead(atMost: pace.batchSize(of: .clearTags))
  }

  /// Reads the tags of the next users to clear, as long as clears do not pile up behind.
  private mutating func readTagsAhead() {
    let aside = max(journal.ahead, min(settings.rate.perSecond, Rate.limit) / 4)
    while queue.readyReads < Self.readsAhead, queue.readCount < aside, let batch = nextReading() {
      queue.append(batch.turned(into: .backup, .readTags))
    }
  }

  /// The next users to read before a clear. On the ramp they are those of its next step; but as long
  /// as no user has tags there is no step to wait for.
  private mutating func nextReading() -> Batch? {
    guard pace.isOnRamp(.clearTags), hasReadUntagged else {
      return nextBatch(.clearTags, atMost: pace.batchSize(of: .clearTags))
    }
    guard queue.holdsOnly(.backup), pace.hasOnly(.backup) else { return nil }
    let members = cutMembers(.clearTags, atMost: Call.maxUsers)
    return members.isEmpty ? nil : Batch(purpose: .operation, call: .clearTags, members: members)
  }

  /// How many batches of reads are ready: the one to send next, and one more.
  static let readsAhead = 2

  /// The next batch of an operation, without an intent; nil if there is none, or on the ramp while
  /// another one is under way.
  private mutating func nextBatch(_ operation: Operation, atMost size: Int) -> Batch? {
    if pace.isOnRamp(operation), isBusy { return nil }
    let members = cutMembers(operation, atMost: size)
    if members.isEmpty { return nil }
    return Batch(purpose: .operation, call: Call(performing: operation), members: members)
  }

  /// Gives a batch the next intent, and returns its record.
  mutating func writeIntent(_ batch: inout Batch, at now: Moment) -> JournalRecord {
    guard let operation = batch.decides else { preconditionFailure("nothing is intended") }
    for index in batch.members.indices { batch.members[index].index = index }
    let intent = journal.nextIntent(users: batch.members.count, at: now)
    batch.intent = intent
    batch.ticket = intent.ticket
    return .intent(
      .init(
        number: intent.number, operation: operation, time: intent.time,
        users: batch.members.map { .init(id: $0.id, revision: $0.revision) }))
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
    let next = queue.firsts.first {
      pace.maySend($0, at: now.instant)
    }
    guard let next, isLeased(at: now.instant) else { return false }
    guard let timely = withoutLate(queue.takeFirst(next.call), at: now),
      let batch = withFreshTags(timely, at: now)
    else { return true }
    precondition(stoppedAt == nil, "a call is sent after the run has stopped")
    if batch.operation != nil { journal.checkDurable(batch) }
    sendPace(of: batch.call)
    let id = pace.handOver(batch, hasRenewedSignature: hasRenewedSignature, at: now.instant)
    if batch.call == .addTags { tally.noteChange() }
    actions.append(
      batch.call == .addTags
        ? .addTags(id, restoration.additions(batch)) : .send(id, batch.call, batch.ids))
    return true
  }

  /// Whether the run may send calls as far as its hold on a shared state is concerned. If not, it
  /// waits: the log is being appended to.
  func isLeased(at now: Instant) -> Bool { lease.map { now < $0 } ?? true }

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

  // MARK: - The journal

  /// Writes records to the journal: at once, unless they are outcomes and the next intent is near.
  mutating func append(_ records: [JournalRecord], at now: Moment) {
    journal.hold(records, at: now.instant)
    if !isIntentNear || records.contains(where: \.isIntent) { flush(at: now) }
  }

  /// Whether a batch is ready whose sending makes room for the next intent. On the ramp, each step
  /// waits for the result of the one before.
  private var isIntentNear: Bool {
    guard let operation = queue.upcomingChange?.operation else { return false }
    return !pace.isOnRamp(operation)
  }

  /// Appends the records held for the journal.
  mutating func flush(at now: Moment) {
    actions.append(journal.flush(at: now.instant))
  }
}
