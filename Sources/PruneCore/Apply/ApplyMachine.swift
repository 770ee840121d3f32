/// Makes every decision of a run and performs none of them (docs/architecture.md, "Applying").
///
/// The world passes in events with their time and performs the returned actions; it calls again
/// with `.tick` at `deadline`. The same events give the same actions.
///
/// A run goes through stages; each begins when the one before has nothing left: the precheck
/// (access, tag access, probe), resolution of users that earlier runs left unknown, clears (each
/// with a reading of the tags before and after it), removals, and resolution of users that this run
/// left unknown, which may send again.
///
/// The machine itself knows the stages. Its parts hold everything else, each with private state and
/// with invariants that it checks in release builds too: a crash is safe by design, so stopping is
/// better than continuing with an error.
package struct ApplyMachine {
  enum Stage: Int, Equatable {
    case access, tagAccess, probe, resolution, clears, removals, ownResolution, inspection
    case restore, finished
  }

  let settings: Settings

  // MARK: - Parts

  /// The plan's users in order.
  var planned: PlannedUsers
  /// Users who must be read before anything is sent for them.
  var unresolved = UnresolvedUsers()
  /// Users to read for a refresh, and what was found.
  package var inspection: Inspection
  /// Users whose tags are to be restored.
  package var restoration: Restoration
  /// Batches that are not in flight.
  var queue = BatchQueue()
  /// When the next call may be sent, and which are in flight.
  var pace: Pace
  /// Records for the journal, and which of them are durable.
  var journal: JournalBuffer
  var reader = ReplyReader()
  var precheck: Precheck
  var tally: Tally
  var timeline: Timeline
  var timeout: ProgressTimeout
  var breaker = Breaker()
  /// By operation.
  var absences: [Absence]
  var randomness: Randomness

  // MARK: - The run

  /// Until when calls may be sent; nil if the state is not shared.
  var lease: Instant?
  var stage = Stage.access
  /// When and why the run stopped sending.
  var stoppedAt: Instant?
  var stopReason: StopReason?
  var hasRenewedSignature = false
  /// Whether the run has reported a response that names users by other ids; once is enough.
  var hasReportedUnattributed = false
  /// Whether the run has reported that the tags of a cleared user are gone; once is enough.
  var hasReportedReadBack = false
  /// Whether a reading before a clear found no user to clear: then the ramp of clears does not hold
  /// back readings.
  var hasReadUntagged = false
  /// Whether this run has begun to read users that earlier runs left unknown.
  private var hasBegunResolving = false
  private var hasFinished = false
  private var lastEvent: Moment
  /// The actions for the current event.
  var actions: [ApplyAction] = []

  /// A machine for a plan; for a refresh, `inspection` has the users to read, and for a restore
  /// `restoration` those to restore.
  package init(
    _ plan: Plan, _ settings: Settings, inspection: Inspection? = nil,
    restoration: Restoration? = nil, seed: UInt64, at now: Moment
  ) {
    precondition((settings.scope == .refresh) == (inspection != nil), "only a refresh reads users")
    precondition((settings.scope == .restore) == (restoration != nil), "only a restore adds tags")
    self.inspection = inspection ?? .none
    self.restoration = restoration ?? .none
    planned = PlannedUsers(plan)
    // The world tells.
    lease = settings.isLeased ? now.instant : nil
    precheck = Precheck(plan, settings.scope)
    self.settings = settings
    journal = JournalBuffer(settings.rate)
    pace = Pace(settings.rate, at: now.instant)
    randomness = Randomness(seed: seed)
    absences = Self.absences(plan, settings)
    lastEvent = now
    timeout = ProgressTimeout(settings.progressTimeout, from: now.instant)
    timeline = Timeline(from: now.instant)
    guard settings.scope == .whole else {
      // No user is attempted, so none is left over.
      tally = Tally(total: 0)
      return
    }
    unresolved = UnresolvedUsers(of: plan)
    let counts = plan.counts
    tally = Tally(total: counts.removals + counts.clears + unresolved.count)
  }

  /// Takes an event and returns the actions.
  package mutating func handle(_ event: ApplyEvent, at now: Moment) -> [ApplyAction] {
    actions.removeAll(keepingCapacity: true)
    if hasFinished { return actions }
    lastEvent = now
    switch event {
    case .started: queue.append(precheck.access())
    case .durable(let ticket):
      journal.noteDurable(ticket, at: now.instant)
      queue.release(upTo: ticket)
    case .leased(let end): lease = end
    case .journalFailed(let message): stop(.journal(message), at: now)
    case .filesLost(let message): stop(.filesLost(message), at: now)
    case .deposed(let words): stop(.deposed(words), at: now)
    case .signingFailed(let message): stop(.unsigned(message), at: now)
    case .networkFailed(let message):
      stop(.unreachable(message), at: now)
      abandon(at: now)
    case .sent(let id, let left):
      if let call = pace.leave(id, at: left) { timeline.sent(call, at: left) }
    case .answered(let id, let reply):
      if let flight = pace.end(id, at: now.instant) {
        if flight.hasLeft { timeline.answered(after: now.instant - flight.sent, at: now.instant) }
        take(reader.read(reply, at: now.wall), for: flight, at: now)
      }
    case .tick: break
    case .interrupted(let signal): stop(.signal(signal), at: now)
    case .outputLost(let message): stop(.outputLost(message), at: now)
    }
    pump(at: now)
    timeline.note(tally.counts, at: now.instant)
    return actions
  }

  /// When to call with `.tick` if nothing else happens before; nil if only events can help.
  package var deadline: Instant? {
    if stage == .finished { return nil }
    if let stoppedAt { return pace.isIdle ? nil : stoppedAt + settings.drainTimeout }
    var deadline = timeout.end
    if let due = journal.due { deadline = min(deadline, due) }
    if let wakeTime = queue.wakeTime { deadline = min(deadline, wakeTime) }
    guard isLeased(at: lastEvent.instant) else { return deadline }
    for batch in queue.firsts {
      if let opening = pace.opening(for: batch, at: lastEvent.instant) {
        deadline = min(deadline, opening)
      }
    }
    return deadline
  }

  /// The result of the run so far.
  package var result: RunResult {
    var result = tally.result(stop: stopReason, hasBegunResolving: hasBegunResolving)
    result.pace = pace.findings
    result.timeline = timeline
    return result
  }

  // MARK: - Stages

  /// Does everything that can be done now.
  private mutating func pump(at now: Moment) {
    while !hasFinished {
      if let due = journal.due, stoppedAt != nil || now.instant >= due { flush(at: now) }
      if let stoppedAt {
        if pace.isIdle { return finish(at: now) }
        if now.instant >= stoppedAt + settings.drainTimeout { abandon(at: now) }
        if !pace.isIdle { return }
        continue
      }
      if now.instant >= timeout.end, isBusy {
        stop(.noProgress(settings.progressTimeout), at: now)
        continue
      }
      queue.wake(at: now.instant)
      // Send what is due before preparing anything else.
      if send(at: now) { continue }
      arm(at: now)
      if send(at: now) { continue }
      if isBusy || stoppedAt != nil { return }
      beginNextStage(at: now)
      if stage == .finished { return finish(at: now) }
    }
  }

  /// Whether the stage has anything in flight.
  var isBusy: Bool { !(queue.isEmpty && pace.isIdle) }

  /// Begins the next stage when this one has nothing left.
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
        switch settings.scope {
        case .refresh: stage = .inspection
        case .restore: stage = .restore
        case .whole, .precheck, .readingPrecheck: stage = .finished
        }
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
      // If all clears found only absent users, the removals are just as suspect.
      if !unresolved.hasOwn(.clearTags) { endAbsence(of: .clearTags, at: now) }
    case .removals:
      guard unresolved.beginRound() else {
        stage = .finished
        for operation in Operation.allCases { endAbsence(of: operation, at: now) }
        return
      }
      stage = .ownResolution
      if unresolved.hasOwn { lineUpOwn() }
    case .inspection, .restore: stage = .finished
    case .finished: break
    }
  }

  /// Ends the run once every record is durable or can never be.
  private mutating func finish(at now: Moment) {
    if journal.due != nil { flush(at: now) }
    guard journal.isDurable || isJournalBroken else { return }
    hasFinished = true
    countHeld()
    tally.unknown(users: unresolved.left)
    tally.close()
    stage = .finished
    timeline.note(tally.counts, at: now.instant)
    actions.append(.finish(result))
  }

  private var isJournalBroken: Bool {
    switch stopReason {
    case .journal, .filesLost, .deposed: true
    default: false
    }
  }
}
