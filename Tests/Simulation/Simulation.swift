package import PruneCore
internal import PruneEngine
internal import TestSupport
internal import YAML

/// A world in memory: service, disk and clock, through any number of runs.
///
/// `apply` does what the command does: the state's real code on a virtual disk, and the real machine
/// against a simulated service. It checks the rules that hold whatever happens
/// (`SimulationChecks`, `History`, `Ledger`), and can die at any step and at any disk operation.
package final class Simulation {
  package var service: SimulatedService
  package var manifest: Manifest
  package var settings = ApplyMachine.Settings()
  /// How long an append waits until it is written and synced, in seconds.
  package var diskDelay: ClosedRange<Double> = 0.004...0.004
  /// The append, counted from 1 in a run, from which on the disk is full.
  package var failingAppend: UInt64?
  /// How long after the machine's word a call leaves, in seconds.
  package var sendDelay: ClosedRange<Double> = 0...0
  /// How long a call waits for a connection, in seconds, and one in how many does; none if 0.
  package var connecting: (oneIn: Int, seconds: ClosedRange<Double>) = (0, 0...0)
  /// A rule that is broken on purpose.
  package var mutation: Mutation? {
    didSet { ledger.overlooksWindow = mutation?.overlooksWindow ?? false }
  }
  package var trace: Trace?

  package private(set) var now = Instant(nanoseconds: 1_000_000_000)
  /// How long the machine was asleep, which only the wall clock shows.
  private var slept = Interval.seconds(0)
  private let disk: VirtualDisk
  private var history: History
  /// What `found` said last, and the bytes of state and journal that it was made from: the same
  /// bytes are not read twice.
  private var lastFound:
    (
      bytes: (state: [UInt8], journal: [UInt8]), found: (records: [StateRecord], serial: UInt64)
    )?
  private var ledger = Ledger()
  private var reader: SnapshotReader?
  /// It moves once in so many operations of the run, and began when so many journals were made.
  private var readerPace = 1
  private var readerBegan = 0
  private var journals = 0
  private var breach: Breach?
  private var dice: SplitMix64
  private var runs: UInt64 = 0
  private var tamperer: Tamperer?
  /// The journal of an earlier run as it was at some moment.
  private var oldJournal: [UInt8] = []

  /// The wall clock when the virtual one began.
  private static let epoch: UInt32 = 1_795_000_000
  private static let maxSteps = 300_000
  private static let path = "imprune.state"

  package init(_ manifest: Manifest, seed: UInt64 = 1, trace: Trace? = nil) throws {
    self.manifest = manifest
    self.trace = trace
    dice = SplitMix64(seed: seed)
    service = SimulatedService(seed: seed ^ 0xFACE)
    disk = VirtualDisk(seed: seed ^ 0xD15C)
    history = History([], serial: 0)
    for entry in manifest.entries.list {
      service.accounts.insert(entry.id)
      service.tagged.insert(entry.id)
    }
    guard let app = SDKAppID(1_400_000_000) else { throw Breach("not a number of an app") }
    try StateStore.create(
      files(), StateHeader(app: app, service: .live, lineage: Lineage(7)))
  }

  /// A reader left behind by a breach would keep its thread for ever.
  deinit { reader?.finish(isDying: true) }

  package var wall: Timestamp {
    Timestamp(seconds: Self.epoch + UInt32((now + slept).nanoseconds / 1_000_000_000))
  }

  private var moment: Moment { Moment(instant: now, wall: wall) }

  /// Lets time pass between runs.
  package func wait(seconds: Double) {
    now = now + .seconds(seconds)
    service.advance(to: now)
  }

  /// Second persons who were removed inside the window (DESIGN 7: the documented residue).
  package var residue: Int { ledger.residue.count }

  // MARK: - State

  /// The state file's bytes, and the journal's; empty if there is none.
  package var state: [UInt8] { disk.bytes(files().path) }
  package var journal: [UInt8] { disk.bytes(files().journal) }

  /// The state as a process sees it that nothing befalls.
  private func files() -> StateFiles { StateFiles(path: Self.path, on: ProcessDisk(disk)) }

  /// Writes a state that holds these records.
  package func write(_ records: [StateRecord]) throws {
    guard var header = try StateStore.snapshot(files()).header else { throw Breach("no state") }
    header.serial += 1
    header.records = records.count
    var writer = StateWriter(header)
    for record in records { writer.append(record) }
    let node = disk.make(Self.path)
    disk.append(writer.finish(), to: node)
    disk.sync(node)
    disk.syncNames()
    history = History(records, serial: header.serial)
  }

  /// The records of the state, with the journal folded in.
  package func records() throws -> [StateRecord] { try SnapshotReader.read(files()).get().records }

  package func record(_ id: String) throws -> StateRecord? {
    try records().first { $0.id.description == id }
  }

  /// What the state says, for a check: one that cannot be read is one that was lost.
  private func found() throws -> (records: [StateRecord], serial: UInt64) {
    let bytes = (state: state, journal: journal)
    if let lastFound, lastFound.bytes == bytes { return lastFound.found }
    switch SnapshotReader.read(files()) {
    case .success(let reading):
      let found = (reading.records, reading.header?.serial ?? 0)
      // No state and an empty one have the same bytes.
      if reading.header != nil { lastFound = (bytes, found) }
      return found
    case .failure(let error): throw Breach(.durability, "the state cannot be read: \(error)")
    }
  }

  /// Folds the journal into the state, as the next run does; doing it again changes nothing.
  package func recover() throws {
    try StateStore.recover(files())
    try settle()
    try StateStore.recover(files())
    try settle()
  }

  /// Notes that the state was saved: what it says now must outlive everything.
  private func settle(isWhole: Bool = false) throws {
    try tamperer?.repair()
    tamperer = nil
    let (records, serial) = try found()
    try history.settle(records, serial: serial)
    try ledger.settle(records, isWhole: isWhole)
    reader?.possible.append(records)
  }

  /// The plan against the state as it stands, with the guards' verdicts.
  package func plan() throws -> Plan { try plan(files()) }

  private func plan(_ files: StateFiles) throws -> Plan {
    var snapshot = try StateStore.snapshot(files)
    var plan = try Planner.plan(manifest, snapshot.header, &snapshot.cursor)
    Guards.judge(&plan)
    return plan
  }

  // MARK: - A run

  /// The process is dead.
  private struct Death: Error {}

  /// Recovers, plans, applies and saves, as the command does. `events` come by themselves at these
  /// seconds of the run; the process dies before the step `crashAt`.
  package func apply(
    crashAt: Int? = nil, events: [(seconds: Double, event: ApplyEvent)] = []
  ) throws -> Run {
    var trouble = Trouble()
    trouble.lastStep = crashAt
    return try apply(trouble, events: events)
  }

  package func apply(
    _ trouble: Trouble, events: [(seconds: Double, event: ApplyEvent)] = []
  ) throws -> Run {
    runs += 1
    note("--- run \(runs)")
    if trouble.mountsState { disk.mounted = [Self.path] }
    if trouble.tampering != nil { try finishReader() }
    let process = ProcessDisk(disk, trace)
    process.seesNoLoss = mutation?.overlooksLoss ?? false
    process.seesNoObstacle = mutation?.overlooksObstacle ?? false
    process.lastsUntil = trouble.lastOperation
    process.savesUntil = trouble.lastOfSave
    process.failure = trouble.failure
    if let mutation { process.alter = mutation.alter }
    process.before = { [unowned self] in moveReader(trouble) }
    defer { process.before = {} }
    var run = Run()
    do {
      do {
        try work(process, trouble, events, &run)
      } catch  where process.isDead && !(error is Breach) {
        throw Death()
      }
    } catch is Death {
      process.isDead = true
      note(trouble.cutsPower ? "the power is cut" : "the process dies")
      if trouble.cutsPower {
        reader?.finish(isDying: true)
        reader = nil
        disk.cutPower(keepsNewest: trouble.keepsNewest)
      }
      run.result = nil
    } catch let error as StateError {
      note("the state cannot be read: \(error)")
      run.failure = .state(file: Self.path, error)
      run.result = nil
    } catch let error as StateStoreError {
      note("the state cannot be used: \(error)")
      run.failure = error
      run.result = nil
    }
    run.operations = process.operations
    run.writes = process.writes
    process.isDead = true
    disk.mounted = []
    ledger.drop()
    if let breach { throw breach }
    // What could not be saved is forgotten.
    if tamperer != nil { try settle() }
    try history.check(found().records)
    return run
  }

  private func work(
    _ process: ProcessDisk, _ trouble: Trouble,
    _ events: [(seconds: Double, event: ApplyEvent)], _ run: inout Run
  ) throws {
    let files = StateFiles(path: Self.path, on: process)
    let lock: StateLock
    do throws(StateLock.Failure) {
      lock = try StateLock(files, holder: "pid 1 of run \(runs)")
    } catch {
      guard case .system(let error) = error else { throw Breach("the lock is not free: \(error)") }
      throw StateStoreError.system(error)
    }
    defer { withExtendedLifetime(lock) {} }
    if mutation?.forgetsJournal == true, disk.node(files.journal) != nil {
      disk.remove(files.journal)
    }
    try save(process) { () throws(StateStoreError) in try StateStore.recover(files) }
    var plan = try plan(files)
    run.plan = plan
    let isWhole = settings.scope == .whole
    if isWhole, plan.isEmpty {
      try StateStore.close(files)
      plan = try self.plan(files)
    }
    let seen = try StateStore.snapshot(files).status
    guard isWhole, let state = plan.state else {
      _ = try drive(plan, process, nil, trouble, events, &run)
      return
    }
    let id = RunID(runs)
    history.begin(id)
    let runFiles = try StateStore.beginRun(
      files,
      JournalHeader(
        app: state.app, service: state.service, lineage: state.lineage, serial: state.serial,
        run: id, digest: plan.continued()?.digest ?? plan.digest()), lock, seen: seen)
    journals += 1
    let copy = try drive(plan, process, runFiles, trouble, events, &run)
    guard let result = run.result, let copy else { return }
    if tamperer == nil { oldJournal = self.journal }
    var ended = Applier.Ended(result: result, files: runFiles, copy: copy)
    // A process that was robbed of its lock saves what it can; the other knows whom it has sent.
    try save(process, isWhole: tamperer?.isThief != true) { () throws(StateStoreError) in
      try StateStore.finishRun(&ended)
    }
    run.result = ended.result
    guard ended.result.stop != .miscounted else {
      throw Breach(.truth, "the counts are not those of the journal")
    }
  }

  /// Lets a process save the state, which holds from then on, also if the journal could not be
  /// removed.
  private func save(
    _ process: ProcessDisk, isWhole: Bool = false, _ work: () throws(StateStoreError) -> Void
  ) throws {
    do throws(StateStoreError) {
      try work()
    } catch {
      if case .journalLeft = error, !process.isDead { try settle(isWhole: isWhole) }
      throw error
    }
    try settle(isWhole: isWhole)
  }

  private func drive(
    _ plan: Plan, _ process: ProcessDisk, _ files: RunFiles?, _ trouble: Trouble,
    _ events: [(seconds: Double, event: ApplyEvent)], _ run: inout Run
  ) throws -> JournalCopy? {
    let inbox = Inbox()
    let writer = files.map {
      JournalWriter($0, later: { inbox.jobs.append($0) }, post: { inbox.events.append($0) })
    }
    var queue = Queue()
    for (seconds, event) in events { queue.add(.event(event), at: now + .seconds(seconds)) }
    var checks = SimulationChecks(plan, settings) { time in
      Instant(nanoseconds: (Int64(time.seconds) - Int64(Self.epoch)) * 1_000_000_000)
    }
    checks.hasRemovedBefore = try found().records.contains { $0.done?.outcome == .removed }
    var machineSettings = settings
    mutation?.settings(&machineSettings)
    var machine = ApplyMachine(plan, machineSettings, seed: dice.next(), at: moment)
    inbox.events = [.started]
    var lanes: [Call: Lane] = [:]
    var idleTicks = 0
    while true {
      while !inbox.events.isEmpty {
        let event = inbox.events.removeFirst()
        run.steps += 1
        if run.steps == trouble.lastStep { throw Death() }
        guard run.steps < Self.maxSteps else { throw Breach(.end, "too many steps") }
        try befall(trouble, run.steps)
        var heard = event
        if case .answered(let id, let reply) = event,
          let (call, answer) = checks.answered(id, reply)
        {
          if let mutation { heard = .answered(id, mutation.reply(reply, call)) }
          ledger.answered(call, reply, answer, at: wall, window: settings.resendWithin)
        }
        if case .durable(let ticket) = event { history.noteDurable(ticket) }
        note("event   \(Words.of(event))")
        var actions = machine.handle(heard, at: moment)
        idleTicks = event == .tick && actions.isEmpty ? idleTicks + 1 : 0
        guard idleTicks < 4 else { throw Breach(.end, "woken again and again with nothing to do") }
        actions = mutation?.actions(actions) ?? actions
        try checks.note(event, actions, service)
        var index = 0
        while index < actions.count {
          if case .notice = actions[index] {} else { note("action  \(Words.of(actions[index]))") }
          switch actions[index] {
          case .append(let records, let ticket):
            var bytes: [UInt8] = []
            for record in records { record.append(to: &bytes) }
            history.append(records, ticket)
            for case .intent(let intent) in records {
              ledger.intend(intent, window: settings.resendWithin)
            }
            if reader != nil { reader?.possible += try history.latest(records.count) }
            if let failingAppend, ticket.number >= failingAppend, process.failure == nil {
              process.failure = DiskFailure(.noSpace, from: 1, isLasting: true)
            }
            if mutation?.confirmsEarly == true {
              actions += machine.handle(.durable(ticket), at: moment)
            }
            writer?.append(bytes, ticket)
            for job in inbox.jobs {
              queue.add(.job(job), at: now + .seconds(Double.random(in: diskDelay, using: &dice)))
            }
            inbox.jobs = []
          case .send(let id, let call, let ids):
            now = now + .seconds(Double.random(in: sendDelay, using: &dice))
            if call.operation != nil, let loss = files?.lockLoss() {
              inbox.events += [
                .filesLost(loss.description), .answered(id, .notSent(loss.description)),
              ]
              break
            }
            try noteSend(call, ids, checks)
            try checks.handOver(id, call, ids, at: now, service)
            if connecting.oneIn > 0, dice.oneIn(connecting.oneIn) {
              let delay = Double.random(in: connecting.seconds, using: &dice)
              queue.add(.departure(id, sleptBefore: slept), at: now + .seconds(delay))
            } else {
              try leave(id, &lanes, &checks, &queue, inbox, &run)
            }
          case .pace(let call, let gap): lanes[call, default: Lane()].gap = gap
          case .takeBack:
            for id in queue.removeDepartures() {
              inbox.events.append(.answered(id, .notSent("taken back")))
            }
          case .renewSignature: run.renewals += 1
          case .abandon:
            run.hasAbandoned = true
            _ = queue.removeDepartures()
            ledger.drop()
          case .notice(let notice): run.notices.append(notice)
          case .finish:
            guard queue.removeDepartures().isEmpty else {
              throw Breach("finished with calls that have still to leave")
            }
            run.result = machine.result
            try end(plan, machine.result, checks)
            // A full disk has room again, or the state could not be saved either.
            if failingAppend != nil { process.failure = nil }
            return writer?.copy
          }
          index += 1
        }
        if let breach { throw breach }
      }
      if let id = try next(&queue, machine.deadline, inbox) {
        try leave(id, &lanes, &checks, &queue, inbox, &run)
      }
      if process.isDead { throw Death() }
      try letServiceAct()
    }
  }

  /// The machine is done; the journal is whole, and is not folded yet.
  private func end(_ plan: Plan, _ result: RunResult, _ checks: SimulationChecks) throws {
    // What was done to the files is put right only after the run.
    if tamperer != nil { return }
    try checks.finish(result, found().records, service)
    if !plan.isRefused, checks.isComplete(result), try !self.plan().isEmpty {
      throw Breach(.end, "the plan after a complete apply is not empty")
    }
  }

  private func noteSend(_ call: Call, _ ids: [UserID], _ checks: SimulationChecks) throws {
    guard let operation = call.operation else { return }
    if tamperer?.isThief == true {
      throw Breach(.ownership, "users were sent after another process had taken the lock")
    }
    if !disk.mounted.isEmpty {
      throw Breach(.ownership, "users were sent though nothing can be saved")
    }
    for id in ids {
      // The probe is nobody's.
      guard let revision = checks.revision(id) else { continue }
      try ledger.send(
        RecordKey(id: id, operation: operation), revision, at: wall,
        window: settings.resendWithin)
    }
  }

  private func letServiceAct() throws {
    service.advance(to: now)
    for id in service.justRemoved {
      note("service \(id) is removed")
      try ledger.removed(id, at: wall, window: settings.resendWithin)
    }
    service.justRemoved = []
  }

  /// A call leaves, as soon as the gap of its kind allows.
  private func leave(
    _ id: SendID, _ lanes: inout [Call: Lane], _ checks: inout SimulationChecks,
    _ queue: inout Queue, _ inbox: Inbox, _ run: inout Run
  ) throws {
    guard let call = checks.call(of: id) else { throw Breach("nobody knows what leaves") }
    let lane = lanes[call, default: Lane()]
    if let last = lane.last { now = max(now, last + lane.gap) }
    lanes[call, default: Lane()].last = now
    let sent = try checks.send(id, at: now)
    run.calls.append(sent)
    try letServiceAct()
    let (reply, after) = service.receive(sent)
    try letServiceAct()
    queue.add(.event(.answered(id, reply)), at: now + .seconds(after))
    inbox.events.append(.sent(id, at: now))
  }

  /// Moves the clock to what happens next; returns the call whose connection is ready, if it is that.
  private func next(
    _ queue: inout Queue, _ deadline: Instant?, _ inbox: Inbox
  ) throws -> SendID? {
    if let first = queue.first, deadline.map({ first.at <= $0 }) ?? true {
      now = max(now, first.at)
      switch queue.removeFirst() {
      case .event(let event): inbox.events.append(event)
      case .job(let job): job()
      case .departure(let id, let before):
        // The real world does not let it leave then, either.
        if slept - before < .seconds(1) { return id }
        inbox.events.append(.answered(id, .notSent("the machine slept")))
      }
      return nil
    }
    guard let deadline else {
      throw Breach(.end, "nothing can happen any more, and the run is not over")
    }
    now = max(now, deadline)
    inbox.events.append(.tick)
    return nil
  }

  // MARK: - What befalls a run

  private func befall(_ trouble: Trouble, _ step: Int) throws {
    if let tampering = trouble.tampering, tampering.step == step, !journal.isEmpty {
      try tamper(tampering.kind)
    }
    // What the service did before comes before.
    try letServiceAct()
    if let sleep = trouble.sleep, sleep.step == step {
      note("the machine sleeps for \(sleep.seconds) s")
      slept = .seconds(slept.seconds + sleep.seconds)
      service.hasten(by: .seconds(sleep.seconds))
      try letServiceAct()
    }
    if let often = trouble.registrations, dice.oneIn(often) {
      let entries = manifest.entries.list
      if !entries.isEmpty { register(entries[dice.below(entries.count)].id) }
    }
  }

  private func tamper(_ kind: Tampering) throws {
    note("tampering: \(kind)")
    let tamperer = Tamperer(kind, disk, files())
    // What the thief does may be read back only when it is done.
    if tamperer.isThief || kind == .copiesState {
      try tamperer.act()
      let header = try StateStore.snapshot(files()).header
      history.replace(try recordsAlone(), serial: header?.serial ?? 0)
    } else {
      try tamperer.act()
    }
    self.tamperer = tamperer
  }

  /// The records of the state itself.
  private func recordsAlone() throws -> [StateRecord] {
    var reader = try StateReader(ByteSource(state))
    var records: [StateRecord] = []
    while let record = try reader.next() { records.append(record) }
    return records
  }

  /// Puts a journal of an earlier run beside the state: the next run must see that the two do not
  /// belong together, or that nothing in it is new. Somebody then merges the two.
  package func putBackOldJournal() throws {
    let files = files()
    guard journal.isEmpty, let serial = try StateStore.snapshot(files).header?.serial,
      let old = try JournalReader(ByteSource(oldJournal)).header, old.serial != serial
    else { return }
    note("an old journal is put back")
    let bytes = mutation?.forgesSerial == true ? try Self.forge(oldJournal, serial) : oldJournal
    let node = disk.make(files.journal)
    disk.append(bytes, to: node)
    disk.sync(node)
    disk.syncNames()
    do throws(StateStoreError) {
      try StateStore.recover(files)
    } catch {
      guard case .journal(_, .otherSerial) = error else { throw error }
      let before = try recordsAlone()
      try StateStore.mergeJournal(files)
      let after = try recordsAlone()
      try Self.checkMerge(before, after)
      history = History(after, serial: try StateStore.snapshot(files).header?.serial ?? 0)
    }
    try settle()
  }

  /// What a merge with an older journal must not undo.
  private static func checkMerge(_ before: [StateRecord], _ after: [StateRecord]) throws {
    var known: [RecordKey: StateRecord] = [:]
    for record in after { known[record.key] = record }
    for record in before {
      let now = known[record.key]
      guard now?.done?.revision ?? Revision.first >= record.done?.revision ?? Revision.first,
        record.attempt?.status != .unknown || now?.attempt?.status == .unknown || now?.done != nil
      else { throw Breach(.durability, "an older journal has undone what the state knew") }
    }
  }

  private static func forge(_ bytes: [UInt8], _ serial: UInt64) throws -> [UInt8] {
    guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
      var header = try JournalReader(ByteSource(bytes)).header
    else { return bytes }
    header.serial = serial
    header.base = nil
    var forged: [UInt8] = []
    header.append(to: &forged)
    return forged + bytes[(end + 1)...]
  }

  /// Somebody registers under an id, if it is nobody's, or gets tags.
  private func register(_ id: UserID) {
    let isNew = !service.accounts.contains(id)
    service.register(id, at: now + slept, isTagged: dice.oneIn(2))
    guard isNew else { return }
    note("service \(id) is registered anew")
    ledger.registered(id, at: wall)
  }

  /// Lets another process read a little.
  private func moveReader(_ trouble: Trouble) {
    guard breach == nil else { return }
    do {
      if let reader {
        guard reader.steps < reader.stillAfter || journals > readerBegan, dice.oneIn(readerPace)
        else { return }
        reader.step()
        if reader.isDone { try judgeReader() }
      } else if let often = trouble.readers, dice.oneIn(often) {
        let process = ProcessDisk(disk)
        process.hidesIdentity = mutation?.hidesIdentity ?? false
        reader = SnapshotReader(
          process, path: Self.path, possible: try history.possible(),
          stillAfter: dice.below(20))
        readerPace = dice.pick([1, 2, 8])
        readerBegan = journals
        note("reader  begins")
      }
    } catch let error as Breach {
      breach = error
    } catch {
      breach = Breach("\(error)")
    }
  }

  /// Lets the reader come to its end.
  package func finishReader() throws {
    guard let reader else { return }
    reader.finish()
    try judgeReader()
  }

  private func judgeReader() throws {
    guard let reader, let result = reader.result else { return }
    self.reader = nil
    note("reader  ends")
    switch result {
    case .success(let reading):
      guard reader.possible.contains(reading.records) else {
        throw Breach(.oneMoment, "a reader saw what was true at no moment")
      }
    case .failure(.restless): break
    case .failure(let error): throw Breach(.oneMoment, "a reader failed: \(error)")
    }
  }

  func note(_ words: @autoclosure () -> String) {
    guard let trace else { return }
    trace.time = Words.seconds(now)
    trace.add(words())
  }
}

/// What comes from the journal's writer.
private final class Inbox: @unchecked Sendable {
  var jobs: [@Sendable () -> Void] = []
  var events: [ApplyEvent] = []
}

/// How far apart calls of a kind leave, and when the last one did.
private struct Lane {
  var gap = Interval.zero
  var last: Instant?
}
