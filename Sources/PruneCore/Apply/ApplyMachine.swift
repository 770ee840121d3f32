/// The applier: every decision of a run, with nothing done by itself (docs/architecture.md,
/// "Applying").
///
/// The world hands in events with the moment at which they happen and performs the actions that
/// come back; it calls again with `.tick` at `deadline`. The same events give the same actions.
///
/// A run goes through stages, each begun when the one before has nothing left: the precheck
/// (access, tag access, probe), resolution of what earlier runs left unknown, clears, removals, and
/// resolution of what this run left unknown, which may send again.
package struct ApplyMachine {
  /// How a run is to go.
  package struct Settings: Equatable, Sendable {
    package var rate = Rate.standard
    /// Sends of one batch that may end in a passing failure.
    package var maxAttempts = 5
    /// How long a run may go without any user coming to an end.
    package var patience = Interval.seconds(120)
    /// How old an unanswered intent may be, in seconds, for its user to be sent again, or for a
    /// refusal to be believed; 0 for never.
    package var resendWithin = 600
    /// How long an interrupted run waits for what is in flight.
    package var drain = Interval.seconds(5)
    /// How far the run goes.
    package var scope = Scope.whole
    /// Whether a key is at hand, so that an expired signature can be made anew.
    package var canSign = false
    /// Whether absent users are done even if the run meets no existing user.
    package var acceptsAbsent = false

    package init() {}

    var resendWindow: ResendWindow { ResendWindow(seconds: resendWithin) }
  }

  /// How far a run goes.
  package enum Scope: Equatable, Sendable {
    /// The precheck and all of the plan.
    case whole
    /// The precheck alone, for what the manifest asks for, whatever is done already.
    case precheck
    /// The calls of the precheck that only read.
    case readingPrecheck
  }

  enum Stage: Int, Equatable {
    case access, tagAccess, probe, resolution, clears, removals, ownResolution, finished
  }

  let settings: Settings

  var stage = Stage.access
  var planned: PlannedUsers
  var unresolved = UnresolvedUsers()
  var queue = BatchQueue()
  var journal: JournalBuffer
  var pace: Pace
  var breaker = Breaker()
  /// By operation.
  var absences: [Absence]
  var randomness: Randomness

  var lastEvent: Moment
  var timeout: ProgressTimeout
  var stoppedAt: Instant?
  var stopReason: StopReason?
  var hasSignedAnew = false
  /// Whether it was told that an answer spoke of users by other ids; once is enough.
  var hasToldUnattributed = false
  var reader = ReplyReader()
  var precheck: Precheck
  /// Whether this run has begun to read what earlier runs left unknown.
  var hasBegunResolving = false
  var hasFinished = false
  var tally: Tally
  var actions: [ApplyAction] = []

  package init(_ plan: Plan, _ settings: Settings, seed: UInt64, at now: Moment) {
    planned = PlannedUsers(plan)
    precheck = Precheck(plan, settings.scope)
    self.settings = settings
    journal = JournalBuffer(settings.rate)
    pace = Pace(settings.rate, at: now.instant)
    randomness = Randomness(seed: seed)
    absences = Self.absences(plan, settings)
    lastEvent = now
    timeout = ProgressTimeout(settings.patience, from: now.instant)
    guard settings.scope == .whole else {
      // No user is attempted, so none is left over.
      tally = Tally(total: 0)
      return
    }
    unresolved = UnresolvedUsers(of: plan)
    let counts = plan.counts
    tally = Tally(total: counts.removals + counts.clears + unresolved.count)
  }

  /// Takes an event and says what is to be done.
  package mutating func handle(_ event: ApplyEvent, at now: Moment) -> [ApplyAction] {
    actions.removeAll(keepingCapacity: true)
    if hasFinished { return actions }
    lastEvent = now
    switch event {
    case .started: queue.append(precheck.access())
    case .durable(let ticket):
      journal.noteDurable(ticket, at: now.instant)
      queue.release(upTo: ticket)
    case .journalFailed(let message): stop(.journal(message), at: now)
    case .filesLost(let message): stop(.filesLost(message), at: now)
    case .signingFailed(let message): stop(.unsigned(message), at: now)
    case .networkFailed(let message):
      stop(.unreachable(message), at: now)
      abandon(at: now)
    case .sent(let id, let left): pace.leave(id, at: left)
    case .answered(let id, let reply):
      if let flight = pace.end(id, at: now.instant) {
        take(reader.read(reply, at: now.wall), for: flight, at: now)
      }
    case .tick: break
    case .interrupted(let signal): stop(.signal(signal), at: now)
    case .outputLost(let message): stop(.outputLost(message), at: now)
    }
    pump(at: now)
    return actions
  }

  /// When to call with `.tick`, if nothing else happens before; nil if only events can help.
  package var deadline: Instant? {
    if stage == .finished { return nil }
    if let stoppedAt { return pace.isIdle ? nil : stoppedAt + settings.drain }
    var deadline = timeout.end
    if let due = journal.due { deadline = min(deadline, due) }
    if let wakeTime = queue.wakeTime { deadline = min(deadline, wakeTime) }
    if let batch = queue.next, !isHeldBack(batch),
      let opening = pace.opening(for: batch, at: lastEvent.instant)
    {
      deadline = min(deadline, opening)
    }
    return deadline
  }

  /// What the run came to so far.
  package var result: RunResult {
    tally.result(stop: stopReason, hasBegunResolving: hasBegunResolving)
  }

  /// How far the run is.
  package var progress: Progress {
    Progress(
      stage: stage, settled: tally.settled, total: tally.total,
      rate: pace.rate, limit: settings.rate)
  }

  /// A view of a run under way.
  package struct Progress: Equatable, Sendable {
    let stage: Stage
    package let settled: Int
    package let total: Int
    /// Calls a second to an endpoint at present: less than the limit after "too fast".
    package let rate: Double
    package let limit: Rate

    /// What the run is at, in words.
    package var activity: String {
      switch stage {
      case .access, .tagAccess, .probe: "precheck"
      case .resolution, .ownResolution: "resolving unknown users"
      case .clears: "clearing tags"
      case .removals: "removing accounts"
      case .finished: "saving"
      }
    }
  }

  // MARK: - The engine

  /// Does whatever can be done now.
  private mutating func pump(at now: Moment) {
    while !hasFinished {
      if let due = journal.due, stoppedAt != nil || now.instant >= due { flush(at: now) }
      if let stoppedAt {
        if pace.isIdle { return finish(at: now) }
        if now.instant >= stoppedAt + settings.drain { abandon(at: now) }
        if !pace.isIdle { return }
        continue
      }
      if now.instant >= timeout.end, isBusy {
        stop(.noProgress(settings.patience), at: now)
        continue
      }
      queue.wake(at: now.instant)
      // What is due leaves before anything else is prepared.
      if send(at: now) { continue }
      arm(at: now)
      if send(at: now) { continue }
      if isBusy || stoppedAt != nil { return }
      beginNextStage(at: now)
      if stage == .finished { return finish(at: now) }
    }
  }

  /// Whether the stage has anything under way.
  private var isBusy: Bool { !(queue.isEmpty && pace.isIdle) }

  /// Cuts batches from the plan and writes their intents, a little ahead of their sending.
  private mutating func arm(at now: Moment) {
    switch stage {
    case .access, .tagAccess, .probe, .finished: return
    case .resolution, .ownResolution:
      readUnresolved(at: now)
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

  /// In a long run, users whose answers were lost are not left until its end: later they could not
  /// be sent again any more.
  private mutating func readOldOwn(at now: Moment) {
    if unresolved.asksForReading(settings.resendWindow, at: now.wall) { lineUpOwn() }
    readUnresolved(at: now)
  }

  /// Puts the unresolved users of this run in the line of those to read.
  private mutating func lineUpOwn() {
    actions.append(.notice(.resolvingOwn(users: unresolved.lineUpOwn())))
  }

  /// The next users of an operation: those to send again, then the plan's, in its order.
  private mutating func cutMembers(
    _ operation: Operation, atMost size: Int
  ) -> [Batch.Member] {
    var members = unresolved.takeAgain(operation, atMost: size)
    while members.count < size, !unresolved.hasBegunRound, let user = planned.next(operation) {
      members.append(.init(id: user.id, revision: user.revision, index: members.count))
    }
    return members
  }

  /// Sends one batch if pace and window allow; false if none could be.
  private mutating func send(at now: Moment) -> Bool {
    guard let next = queue.next, !isHeldBack(next), pace.maySend(next, at: now.instant) else {
      return false
    }
    guard let batch = withoutLate(queue.takeNext(), at: now) else { return true }
    precondition(stoppedAt == nil, "a call is sent after the run has stopped")
    if batch.operation != nil { journal.checkDurable(batch.intent) }
    tellPace(of: batch.call)
    let id = pace.handOver(batch, isSignedAnew: hasSignedAnew, at: now.instant)
    actions.append(.send(id, batch.call, batch.ids))
    return true
  }

  /// Tells the world how far apart calls of a kind leave, if that has changed.
  mutating func tellPace(of call: Call) {
    if let gap = pace.newGap(of: call) { actions.append(.pace(call, gap)) }
  }

  /// Leaves out whom an earlier send may have reached too long ago, by another try or before the
  /// machine slept: they stay in doubt. Nil if nobody is left.
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
  private func isHeldBack(_ batch: Batch) -> Bool {
    precheck.isReadingBack && batch.operation != nil
  }

  private mutating func beginNextStage(at now: Moment) {
    planned.rewind()
    switch stage {
    case .access:
      stage = .tagAccess
      if let batch = precheck.tagAccess() { queue.append(batch) }
    case .tagAccess:
      stage = .probe
      if let batch = precheck.probeLook(&randomness) { queue.append(batch) }
    case .probe:
      guard settings.scope == .whole else {
        stage = .finished
        return
      }
      stage = .resolution
      hasBegunResolving = unresolved.count > 0
      for run in unresolved.runs {
        actions.append(.notice(.resolving(users: run.users, run: run.run)))
      }
    case .resolution, .ownResolution: stage = .clears
    case .clears:
      stage = .removals
      // If all clears met absent users only, the removals are just as doubtful.
      if !unresolved.hasOwn(.clearTags) { endAbsence(of: .clearTags, at: now) }
    case .removals:
      guard unresolved.beginRound() else {
        stage = .finished
        for operation in Operation.allCases { endAbsence(of: operation, at: now) }
        return
      }
      stage = .ownResolution
      if unresolved.hasOwn { lineUpOwn() }
    case .finished: break
    }
  }

  private mutating func finish(at now: Moment) {
    if journal.due != nil { flush(at: now) }
    guard journal.isDurable || isJournalBroken else { return }
    hasFinished = true
    countHeld()
    tally.unknown(users: unresolved.left)
    tally.close()
    stage = .finished
    actions.append(.finish(result))
  }

  var isJournalBroken: Bool {
    switch stopReason {
    case .journal, .filesLost: true
    default: false
    }
  }

  // MARK: - The journal

  /// Puts records into the journal: at once, unless they are outcomes and the next intent is near.
  mutating func append(_ records: [JournalRecord], at now: Moment) {
    journal.hold(records, at: now.instant)
    if !isIntentNear || records.contains(where: \.isIntent) { flush(at: now) }
  }

  /// Whether a batch stands ready, whose sending makes room for the next intent; on the ramp, and as
  /// long as clears are read back, each step waits for what became of the one before.
  private var isIntentNear: Bool {
    guard let operation = queue.upcoming?.operation else { return false }
    let isStepwise = operation == .clearTags && precheck.mayReadBack
    return !isStepwise && !pace.isOnRamp(operation)
  }

  private mutating func flush(at now: Moment) {
    actions.append(journal.flush(at: now.instant))
  }
}
