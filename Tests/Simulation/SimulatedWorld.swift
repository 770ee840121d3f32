internal import PruneCore
internal import PruneEngine
internal import TestSupport

/// The process is dead.
struct ProcessDied: Error {}

/// Where a run of a simulation takes place. The loop is the tool's own; here its actions reach the
/// virtual disk, clock and service. It checks every action and event, and injects faults before
/// events.
final class SimulatedWorld: World {
  typealias Failure = any Error

  private unowned let simulation: Simulation
  private let plan: Plan
  private let faultPlan: Simulation.FaultPlan
  private let process: ProcessDisk
  private let inbox: Inbox
  /// Nil if nothing is recorded.
  private let journal: JournalWriter?
  private var checks: SimulationChecks
  private var queue = Queue()
  private var rateGroups: [Call: SimulatedRateGroup] = [:]
  /// False events for the machine, from a mutation.
  private var falseEvents: [ApplyEvent] = []
  /// Whether the machine was woken and has done nothing since, and how often in a row.
  private var isIdle = false
  private var idleTicks = 0
  /// The last durable append when another process changed the run's files.
  private var lastOwned: JournalTicket?

  private static let maxSteps = 300_000

  /// Begins a run with the faults of `faultPlan`; `events` come at these seconds of the run.
  init(
    _ simulation: Simulation, _ plan: Plan, _ process: ProcessDisk, _ inbox: Inbox,
    _ journal: JournalWriter?, _ faultPlan: Simulation.FaultPlan,
    _ events: [(seconds: Double, event: ApplyEvent)]
  ) throws {
    self.simulation = simulation
    self.plan = plan
    self.process = process
    self.inbox = inbox
    self.journal = journal
    self.faultPlan = faultPlan
    checks = SimulationChecks(plan, simulation.settings) { VirtualClock.awake(at: $0) }
    checks.hasRemovedBefore = try simulation.stored.found().records.contains {
      $0.done?.outcome == .removed
    }
    for (seconds, event) in events {
      queue.add(.event(event), at: simulation.clock.now + .seconds(seconds))
    }
    // The loop sends this event to the machine itself.
    _ = try receive(.started)
  }

  func now() -> Moment { simulation.clock.moment }

  // MARK: - Events

  func wait(until deadline: Instant?) throws -> [ApplyEvent] {
    idleTicks = isIdle ? idleTicks + 1 : 0
    guard idleTicks < 4 else { throw Breach(.end, "woken repeatedly with nothing to do") }
    isIdle = false
    if !falseEvents.isEmpty { return [falseEvents.removeFirst()] }
    while true {
      try simulation.concurrentReader.check()
      if inbox.events.isEmpty {
        try advance(deadline)
        if process.isDead { throw ProcessDied() }
        try simulation.letServiceAct()
      } else if let event = try receive(inbox.events.removeFirst()) {
        isIdle = event == .tick
        // The loop treats an empty result as a tick.
        return isIdle ? [] : [event]
      }
    }
  }

  /// Advances the clock to the next event.
  private func advance(_ deadline: Instant?) throws {
    if let first = queue.first, deadline.map({ first.at <= $0 }) ?? true {
      simulation.clock.pass(until: first.at)
      switch queue.removeFirst() {
      case .event(let event): inbox.events.append(event)
      case .job(let job): job()
      case .arrival(let id, let call): try arrive(id, call)
      case .send(let id, let earliest, let before):
        // The real world does not send it after a sleep either.
        if simulation.clock.slept - before < .seconds(1) { return try leave(id, earliest) }
        inbox.events.append(.answered(id, .notSent("the machine slept")))
      }
    } else if let deadline {
      simulation.clock.pass(until: deadline)
      inbox.events.append(.tick)
    } else {
      throw Breach(.end, "no event is left, but the run is not over")
    }
  }

  /// Takes an event on its way to the machine; nil if the machine must not get it.
  private func receive(_ event: ApplyEvent) throws -> ApplyEvent? {
    simulation.run.steps += 1
    let step = simulation.run.steps
    if step == faultPlan.lastStep { throw ProcessDied() }
    guard step < Self.maxSteps else { throw Breach(.end, "too many steps") }
    let isOwner = simulation.externalProcess == nil
    try simulation.inject(faultPlan, step)
    if isOwner, simulation.externalProcess != nil {
      let durable = ([event] + inbox.events).compactMap { event in
        if case .durable(let ticket) = event { ticket } else { nil }
      }
      lastOwned = durable.max() ?? JournalTicket(0)
    }
    var received = event
    switch event {
    case .answered(let id, let reply):
      if let (call, answer) = checks.answered(id, reply) {
        if let mutation = simulation.mutation {
          received = .answered(id, mutation.reply(reply, call))
        }
        simulation.ledger.answered(
          call, reply, answer, at: simulation.wall, window: simulation.settings.resendWithin)
      }
    case .durable(let ticket):
      if let lastOwned, ticket > lastOwned {
        throw Breach(.ownership, "an append was confirmed although a file of the run was lost")
      }
      simulation.stored.history.noteDurable(ticket)
      checks.noteDurable(ticket)
    default: break
    }
    simulation.note("event   \(Words.of(event))")
    guard let mutation = simulation.mutation else { return received }
    return mutation.receives(received)
  }

  // MARK: - Actions

  func perform(_ action: ApplyAction, earliest: Instant) throws {
    isIdle = false
    // What the world is asked for, also by a mutation that keeps it from hearing of it.
    if case .pace(let call, let gap) = action { checks.gaps[call] = gap }
    for action in simulation.mutation?.actions(action) ?? [action] {
      if case .notice = action {} else { simulation.note("action  \(Words.of(action))") }
      try checks.note(action, simulation.service)
      try act(action, earliest)
    }
    try simulation.concurrentReader.check()
  }

  private func act(_ action: ApplyAction, _ earliest: Instant) throws {
    switch action {
    case .saveTags(let tags): journal?.save(tags)
    case .append(let records, let ticket): try append(records, ticket)
    case .send(let id, let call, let ids): try send(id, call, ids, earliest)
    case .addTags(let id, let additions):
      let added = additions.map { $0.tags.map(\.description) }
      try send(id, .addTags, additions.map(\.id), added: added, earliest)
    case .pace(let call, let gap): rateGroups[call, default: SimulatedRateGroup()].gap = gap
    case .cancelQueued:
      for id in queue.removeQueuedSends() {
        inbox.events.append(.answered(id, .notSent("canceled")))
      }
    case .renewSignature: simulation.run.renewals += 1
    case .abandon:
      simulation.run.hasAbandoned = true
      _ = queue.removeQueuedSends()
      simulation.ledger.drop()
    case .notice(let notice): simulation.run.notices.append(notice)
    case .finish(let result): try finish(result)
    }
  }

  private func append(_ records: [JournalRecord], _ ticket: JournalTicket) throws {
    simulation.stored.history.append(records, ticket)
    for case .intent(let intent) in records {
      simulation.ledger.intend(intent, window: simulation.settings.resendWithin)
    }
    try simulation.concurrentReader.notePossible {
      try simulation.stored.history.latest(records.count)
    }
    if let failingAppend = simulation.failingAppend, ticket.number >= failingAppend,
      process.failure == nil
    {
      process.failure = DiskFailure(.noSpace, from: 1, isLasting: true)
    }
    if simulation.mutation?.confirmsEarly == true { falseEvents.append(.durable(ticket)) }
    journal?.append(records, ticket)
    for job in inbox.jobs {
      let delay = Double.random(in: simulation.diskDelay, using: &simulation.random)
      queue.add(.job(job), at: simulation.clock.now + .seconds(delay))
    }
    inbox.jobs = []
  }

  private func send(
    _ id: SendID, _ call: Call, _ ids: [UserID], added: [[String]] = [], _ earliest: Instant
  ) throws {
    simulation.clock.pass(
      .seconds(Double.random(in: simulation.sendDelay, using: &simulation.random)))
    if let journal, !journal.admits(id, call) { return }
    try noteSend(call, ids)
    try checks.handOver(
      id, call, ids, added: added, at: simulation.clock.now, simulation.service)
    let connecting = simulation.connecting
    guard connecting.oneIn > 0, simulation.random.oneIn(connecting.oneIn) else {
      return try leave(id, earliest)
    }
    let delay = Double.random(in: connecting.seconds, using: &simulation.random)
    queue.add(
      .send(id, earliest: earliest, sleptBefore: simulation.clock.slept),
      at: simulation.clock.now + .seconds(delay))
  }

  private func noteSend(_ call: Call, _ ids: [UserID]) throws {
    guard let operation = call.operation else { return }
    if simulation.externalProcess?.hasTakenLock == true {
      throw Breach(.ownership, "users were sent after another process had taken the lock")
    }
    if !process.disk.mounted.isEmpty {
      throw Breach(.ownership, "users were sent although nothing can be saved")
    }
    for id in ids {
      // The probe is not a planned user.
      guard let revision = checks.revision(id) else { continue }
      try simulation.ledger.send(
        RecordKey(id: id, operation: operation), revision, at: simulation.wall,
        window: simulation.settings.resendWithin)
    }
  }

  /// Sends a call once its time has come and the gap of its kind has passed.
  private func leave(_ id: SendID, _ earliest: Instant) throws {
    guard let call = checks.call(of: id) else { throw Breach("an unknown call is sent") }
    simulation.clock.pass(until: rateGroups[call, default: SimulatedRateGroup()].turn(earliest))
    let now = simulation.clock.now
    rateGroups[call, default: SimulatedRateGroup()].last = now
    let sent = try checks.send(id, at: now, awake: simulation.clock.awake)
    simulation.run.calls.append(sent)
    try simulation.letServiceAct()
    if simulation.lateness.upperBound > 0 {
      let delay = Double.random(in: simulation.lateness, using: &simulation.random)
      queue.add(.arrival(id, sent), at: now + .seconds(delay))
    } else {
      try arrive(id, sent)
    }
    inbox.events.append(.sent(id, at: now))
  }

  /// A call reaches the service.
  private func arrive(_ id: SendID, _ call: SimulatedCall) throws {
    let now = simulation.clock.now
    let (reply, after) = simulation.service.receive(call, at: now)
    try simulation.letServiceAct()
    queue.add(.event(.answered(id, reply)), at: now + .seconds(after))
  }

  /// The machine is done; the journal is complete and not folded yet.
  private func finish(_ result: RunResult) throws {
    guard queue.removeQueuedSends().isEmpty else {
      throw Breach("finished with queued calls")
    }
    // Changed files are repaired only after the run.
    if simulation.externalProcess == nil {
      try checks.finish(result, simulation.stored.found().records, simulation.service)
      if !plan.isRefused, checks.isComplete(result), try !simulation.plan().isEmpty {
        throw Breach(.end, "the plan after a complete apply is not empty")
      }
      if journal != nil { simulation.oldJournal = simulation.journal }
    }
    // A full disk has room again, or the state could not be saved.
    if simulation.failingAppend != nil { process.failure = nil }
  }
}

/// What the journal's writer posts.
final class Inbox: @unchecked Sendable {
  var jobs: [@Sendable () -> Void] = []
  var events: [ApplyEvent] = []
}

/// The gap between calls of a kind, and when the last one was sent.
private struct SimulatedRateGroup {
  var gap = Interval.zero
  var last: Instant?

  /// The send time of a call that must not be sent before `earliest`.
  func turn(_ earliest: Instant) -> Instant {
    last.map { max(earliest, $0 + gap) } ?? earliest
  }
}
