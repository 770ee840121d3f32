internal import PruneCore

/// The rules of every run, checked during the run (docs/architecture.md, "Applying").
struct SimulationChecks {
  private typealias Key = RecordKey

  private let plan: Plan
  private let rate: Int
  private let scope: ApplyMachine.Scope
  private let acceptsAbsent: Bool
  /// The users that may be sent: the plan's unblocked items.
  private var planned: Set<Key> = []
  /// Clears that the plan sends without reading first.
  private var clears: Set<UserID> = []
  /// Unknown records that a higher revision replaces: they are not read, the user is just sent.
  private var lifted: [StateRecord] = []
  private let total: Int

  private struct Kind: Hashable {
    let call: Call
    let purpose: SimulatedCall.Purpose
  }

  private var counts: [Kind: Int] = [:]
  private var lastSend: [Call: Instant] = [:]
  /// The shortest gap between calls of a kind, as the machine asked last.
  var gaps: [Call: Interval] = [:]
  private var flights: [SendID: SimulatedCall] = [:]
  private var precheck: PrecheckChecks
  private var clearChecks: ClearChecks
  /// Users who were sent since their intent was written.
  private var sentSinceIntent: Set<Key> = []
  private var hasRemoved = false
  /// Whether the state recorded an earlier removal before the run.
  var hasRemovedBefore = false
  /// Whether a response of this run confirmed the removal of an existing user.
  private var hasMetExisting = false
  /// Users that this run has recorded as already absent.
  private var absent: Set<UserID> = []
  private var isStopping = false
  /// How many calls of an operation have completed some user.
  private var passes: [Operation: Int] = [:]
  /// Users of intents that are written but not durable, by ticket.
  private var written: [UInt64: [JournalRecord.Intent]] = [:]
  private var intents: [UInt32: JournalRecord.Intent] = [:]
  /// When intents of this run and of earlier ones were written, on the virtual clock.
  private let instant: (Timestamp) -> Instant
  /// Users with a durable intent and no outcome yet: only these may be sent.
  private var open: Set<Key> = []

  /// `instant` returns the earliest time when the wall clock showed a time.
  init(
    _ plan: Plan, _ settings: ApplyMachine.Settings, instant: @escaping (Timestamp) -> Instant
  ) {
    self.plan = plan
    self.instant = instant
    rate = settings.rate.perSecond
    scope = settings.scope
    acceptsAbsent = settings.acceptsAbsent
    clearChecks = ClearChecks(plan, settings)
    precheck = PrecheckChecks(plan, settings)
    var toSend: Set<Key> = []
    for item in plan.items where item.block == nil {
      let key = Key(id: plan.entry(of: item).id, operation: item.operation)
      planned.insert(key)
      guard item.cause != .unknown else { continue }
      toSend.insert(key)
      if key.operation == .clearTags { clears.insert(key.id) }
    }
    lifted = plan.unresolved.filter {
      toSend.contains(Key(id: $0.id, operation: $0.operation))
    }
    total = scope == .whole ? toSend.count + plan.unresolved.count - lifted.count : 0
  }

  // MARK: - Appends and actions

  mutating func noteDurable(_ ticket: JournalTicket) {
    clearChecks.noteDurable(ticket)
    for number in written.keys.sorted() where number <= ticket.number {
      for intent in written.removeValue(forKey: number) ?? [] {
        for user in intent.users {
          open.insert(Key(id: user.id, operation: intent.operation))
        }
      }
    }
  }

  mutating func note(_ action: ApplyAction, _ service: SimulatedService) throws {
    switch action {
    case .saveTags(let tags): clearChecks.save(tags)
    case .append(let records, let ticket):
      clearChecks.append(ticket)
      for record in records { try note(record, ticket, service) }
    case .notice(.stopping): isStopping = true
    case .abandon: flights = [:]
    case .finish where !flights.isEmpty: throw Breach("finished with calls in flight")
    default: break
    }
  }

  private mutating func note(
    _ record: JournalRecord, _ ticket: JournalTicket, _ service: SimulatedService
  ) throws {
    switch record {
    case .intent(let intent):
      guard intents.updateValue(intent, forKey: intent.number) == nil,
        Int(intent.number) == intents.count
      else { throw Breach("intents are not counted from 1") }
      written[ticket.number, default: []].append(intent)
    case .outcome(let outcome):
      guard let intent = intents[outcome.intent], intent.users.count == outcome.users.count else {
        throw Breach("an outcome does not fit its intent")
      }
      // Users who need no call are no step of the ramp.
      let isSent = intent.users.contains {
        sentSinceIntent.contains(Key(id: $0.id, operation: intent.operation))
      }
      for (user, said) in zip(intent.users, outcome.users) {
        guard let said else { continue }
        if case .done(let done) = said {
          let isSent = sentSinceIntent.contains(Key(id: user.id, operation: intent.operation))
          // A user who needs no call was read before the intent.
          let reading = isSent ? nil : clearChecks.lastReading[user.id]
          try check(done, user.id, since: reading ?? instant(intent.time), service)
        }
        if intent.operation == .clearTags { try clearChecks.record(user.id, said) }
        open.remove(Key(id: user.id, operation: intent.operation))
        sentSinceIntent.remove(Key(id: user.id, operation: intent.operation))
        if said == .done(.alreadyAbsent), intent.operation == .removeAccount {
          absent.insert(user.id)
        }
      }
      let hasPassed =
        isSent
        && outcome.users.contains {
          switch $0 {
          case .done, .failed: true
          case .unknown, .notAttempted, nil: false
          }
        }
      if hasPassed { passes[intent.operation, default: 0] += 1 }
    case .resolved(let resolution):
      try check(
        resolution.outcome, resolution.user.id, since: instant(resolution.time), service)
      if resolution.operation == .clearTags {
        try clearChecks.record(resolution.user.id, .done(resolution.outcome))
      }
    }
  }

  /// A user recorded as done must be done, or have been done since the call.
  private func check(
    _ done: DoneOutcome, _ id: UserID, since start: Instant, _ service: SimulatedService
  ) throws {
    let isTrue =
      switch done {
      case .removed, .alreadyAbsent: service.wasAbsent(id, since: start)
      case .cleared: service.wasUntagged(id, since: start)
      }
    guard isTrue || service.pretended.contains(id) else {
      throw Breach(.truth, "\(id) is recorded as \(done.rawValue) and is not")
    }
  }

  // MARK: - Calls

  /// A call is queued, to be sent at once or when its connection is ready.
  mutating func handOver(
    _ id: SendID, _ call: Call, _ ids: [UserID], added: [[String]] = [], at now: Instant,
    _ service: SimulatedService
  ) throws {
    guard (1...100).contains(ids.count), Set(ids).count == ids.count else {
      throw Breach("a batch of \(ids.count)")
    }
    var purpose = try precheck.purpose(of: call, ids, service)
    if purpose == .users, call == .readTags, scope == .whole {
      purpose = clearChecks.purposeOfReading(ids)
    }
    if !purpose.isCheck {
      let isAllowed =
        switch scope {
        case .whole: call != .addTags
        case .refresh: call.onlyReads
        case .restore: call == .readTags || call == .addTags
        case .precheck, .readingPrecheck: false
        }
      guard isAllowed else { throw Breach("\(call) was sent in a run that must not") }
      if let operation = call.operation { try checkChange(operation, ids) }
    } else {
      guard flights.isEmpty else {
        throw Breach("the precheck was under way together with other calls")
      }
    }
    let kind = Kind(call: call, purpose: purpose)
    counts[kind, default: 0] += 1
    var sent = SimulatedCall(
      number: counts[kind, default: 0], call: call, purpose: purpose, ids: ids, sent: now,
      inFlight: flights.values.count { $0.call == call } + 1)
    sent.added = added
    guard flights.updateValue(sent, forKey: id) == nil else {
      throw Breach("a number of a send was used twice")
    }
    let many = flights.values.count { $0.call == call }
    guard many <= 2 * rate else { throw Breach("\(many) calls of a kind in flight") }
  }

  /// A call is sent.
  mutating func send(
    _ id: SendID, at now: Instant, awake: Instant
  ) throws -> SimulatedCall {
    guard !isStopping else { throw Breach(.stop, "sent after the run was stopped") }
    guard var sent = flights[id] else { throw Breach("an unexpected call was sent") }
    if let last = lastSend[sent.call],
      (now - last).seconds * Double(rate) < 1 || now - last < gaps[sent.call] ?? .zero
    {
      throw Breach(.spacing, "two sends to \(sent.call) within \((now - last).seconds) s")
    }
    lastSend[sent.call] = now
    sent.sent = now
    flights[id] = sent
    clearChecks.sent(sent, awake: awake)
    return sent
  }

  private mutating func checkChange(_ operation: Operation, _ ids: [UserID]) throws {
    try precheck.checkChange(operation)
    for id in ids {
      let key = Key(id: id, operation: operation)
      guard planned.contains(key) else { throw Breach(.onlyPlanned, "\(id) is not in the plan") }
      guard open.contains(key) else {
        throw Breach(.intentFirst, "\(id) was sent without a durable intent")
      }
      sentSinceIntent.insert(key)
    }
    if operation == .clearTags {
      try clearChecks.clear(ids)
    } else if !hasRemoved {
      hasRemoved = true
      guard clearChecks.attempted.isSuperset(of: clears) else {
        throw Breach("a removal was sent before all clears")
      }
    }
    let other = operation == .clearTags ? Call.deleteAccounts : .clearTags
    guard !flights.values.contains(where: { $0.call == other }) else {
      throw Breach("clears and removals were under way together")
    }
    let passed = passes[operation, default: 0]
    if passed < 2 {
      guard ids.count <= [1, 10][passed] else { throw Breach("the ramp was not kept") }
      guard flights.isEmpty else { throw Breach("two calls under way on the ramp") }
    }
  }

  /// The kind of the call with this number.
  func call(of id: SendID) -> Call? { flights[id]?.call }

  /// Takes a response as the machine gets it; returns its call, and what it says.
  mutating func answered(_ id: SendID, _ reply: Reply) -> (call: SimulatedCall, answer: Answer?)? {
    guard let call = flights.removeValue(forKey: id) else { return nil }
    var answer: Answer?
    if case .response(200, let body, _) = reply { answer = Answer(json: body) }
    if call.call == .deleteAccounts, call.purpose == .users, let answer, answer.code.number == 0 {
      let existing = call.ids.filter { id in
        let said = answer.users.filter { $0.id == id }
        return !said.isEmpty && said.allSatisfy { $0.code.number == 0 }
      }
      hasMetExisting = hasMetExisting || !existing.isEmpty
    }
    precheck.answered(call, answer)
    clearChecks.answered(call, answer)
    return (call, answer)
  }

  /// The planned revision.
  func revision(_ id: UserID) -> Revision? { plan.item(of: id).map(plan.revision(of:)) }

  // MARK: - The end

  func isComplete(_ result: RunResult) -> Bool {
    let counts = result.counts
    return scope == .whole && result.stop == nil
      && counts.failed + counts.unknown + counts.notAttempted == 0
  }

  /// Users may be recorded as already absent if the operator accepts it, or if an existing user was
  /// found, or if the state records an earlier removal and there are not too many of them.
  private func checkAbsent() throws {
    if acceptsAbsent || hasMetExisting || hasRemovedBefore && absent.count < 111 { return }
    guard absent.isEmpty else {
      throw Breach(
        .absence, "\(absent.count) users are recorded as already absent, and none existed")
    }
  }

  func finish(
    _ result: RunResult, _ records: [StateRecord], _ service: SimulatedService
  ) throws {
    let counts = result.counts
    let sum =
      counts.removed + counts.alreadyAbsent + counts.cleared + counts.failed + counts.unknown
      + counts.notAttempted
    try checkAbsent()
    guard sum == total, counts.notAttempted >= 0 else {
      throw Breach("the counts \(counts) do not add up to \(total)")
    }
    var known: [Key: StateRecord] = [:]
    for record in records { known[Key(id: record.id, operation: record.operation)] = record }
    for id in service.removed.keys where known[Key(id: id, operation: .removeAccount)] == nil {
      throw Breach(.durability, "\(id) was removed, but the state has no record of it")
    }
    switch result.stop {
    case .journal, .filesLost, .deposed: return
    default: break
    }
    guard scope == .whole else { return }
    let unknown = known.values.count { $0.attempt?.status == .unknown && !lifted.contains($0) }
    guard unknown == counts.unknown else {
      throw Breach(
        .durability, "the state has \(unknown) unknown and the run counts \(counts.unknown)")
    }
  }
}
