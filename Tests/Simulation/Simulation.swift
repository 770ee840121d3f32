package import PruneCore
internal import PruneEngine
internal import TestSupport

/// A world in memory: service, disk and clock, for any number of runs.
///
/// `apply` does what the command does: the state's real code on a virtual disk, and the real run,
/// with its loop and its journal, against a simulated service. It checks the rules that hold in
/// every run (`SimulationChecks`, `History`, `Ledger`), and can crash at any step and at any disk
/// operation.
package final class Simulation {
  package var service: SimulatedService
  package var manifest: Manifest
  package var settings = ApplyMachine.Settings()
  /// How long an append takes to be written and synced, in seconds.
  package var diskDelay: ClosedRange<Double> = 0.004...0.004
  /// From this append on, counted from 1 in a run, the disk is full.
  package var failingAppend: UInt64?
  /// How long it takes to prepare a call, in seconds.
  package var sendDelay: ClosedRange<Double> = 0...0
  /// How long a call waits for a connection, in seconds, and one in how many does; none if 0.
  package var connecting: (oneIn: Int, seconds: ClosedRange<Double>) = (0, 0...0)
  /// How late a call reaches the service, in seconds.
  package var lateness: ClosedRange<Double> = 0...0
  /// A deliberately broken rule.
  package var mutation: Mutation? {
    didSet { ledger.overlooksWindow = mutation?.overlooksWindow ?? false }
  }
  package var trace: Trace?

  var clock = VirtualClock()
  var stored: DiskState
  var ledger = Ledger()
  var concurrentReader = ConcurrentReader()
  var random: SplitMix64
  /// The current run, or the last one.
  var run = Run()
  var externalProcess: ExternalProcess?
  /// The journal of an earlier run at its end.
  var oldJournal: [UInt8] = []
  private var runs: UInt64 = 0

  package init(_ manifest: Manifest, seed: UInt64 = 1, trace: Trace? = nil) throws {
    self.manifest = manifest
    self.trace = trace
    random = SplitMix64(seed: seed)
    service = SimulatedService(seed: seed ^ 0xFACE)
    stored = DiskState(on: VirtualDisk(seed: seed ^ 0xD15C))
    for entry in manifest.entries.list {
      service.accounts.insert(entry.id)
      service.tagged.insert(entry.id)
    }
    guard let app = SDKAppID(1_400_000_000) else { throw Breach("not a number of an app") }
    try StateStore.create(
      stored.files, StateHeader(app: app, service: .live, lineage: Lineage(7)))
  }

  deinit { concurrentReader.abandon() }

  package var now: Instant { clock.now }
  package var wall: Timestamp { clock.wall }

  /// Advances the clock between runs.
  package func wait(seconds: Double) {
    clock.pass(.seconds(seconds))
    service.advance(to: clock.now)
  }

  /// Second persons removed inside the window: the residue (docs/architecture.md, "Unknown users").
  package var residue: Int { ledger.residue.count }

  func note(_ words: @autoclosure () -> String) {
    guard let trace else { return }
    trace.time = Words.seconds(clock.now)
    trace.add(words())
  }

  // MARK: - State

  /// The state file's bytes, and the journal's; empty if there is none.
  package var state: [UInt8] { stored.bytes }
  package var journal: [UInt8] { stored.journal }

  /// The tags in the tag files, by user, all that the files have of each.
  package var savedTags: [String: [String]] {
    var tags: [String: [String]] = [:]
    for (id, files) in stored.savedTags() { tags["\(id)"] = files.flatMap(\.tags) }
    return tags
  }

  /// How many lines of users the tag files have.
  package var tagLines: Int { stored.savedTags().values.reduce(0) { $0 + $1.count } }

  /// Writes a state with these records.
  package func write(_ records: [StateRecord]) throws { try stored.write(records) }

  /// The records of the state, with the journal folded in.
  package func records() throws -> [StateRecord] { try stored.records() }

  package func record(_ id: String) throws -> StateRecord? {
    try records().first { $0.id.description == id }
  }

  /// Folds the journal into the state, as the next run does; repeating it changes nothing.
  package func recover() throws {
    for _ in 0..<2 {
      try StateStore.recover(stored.files)
      try noteSaved()
    }
  }

  /// Notes that the state was saved: from now on its content must survive everything.
  func noteSaved(isWhole: Bool = false) throws {
    try externalProcess?.repair()
    externalProcess = nil
    let records = try stored.noteSaved()
    try ledger.noteSaved(records, isWhole: isWhole)
    concurrentReader.notePossible { [records] }
  }

  /// The plan against the current state, with the guards' verdicts.
  package func plan() throws -> Plan { try plan(stored.files) }

  private func plan(_ files: StateFiles) throws -> Plan {
    try PlanPipeline(manifest).plan(files).plan
  }

  // MARK: - A run

  /// Recovers, plans, applies and saves, as the command does. `events` come at these seconds of the
  /// run; the process dies before the step `crashAt`.
  package func apply(
    crashAt: Int? = nil, events: [(seconds: Double, event: ApplyEvent)] = []
  ) throws -> Run {
    var faultPlan = FaultPlan()
    faultPlan.lastStep = crashAt
    return try apply(faultPlan, events: events)
  }

  package func apply(
    _ faultPlan: FaultPlan, events: [(seconds: Double, event: ApplyEvent)] = []
  ) throws -> Run {
    runs += 1
    run = Run()
    note("--- run \(runs)")
    if faultPlan.mountsState { stored.disk.mounted = [DiskState.path] }
    if faultPlan.externalChange != nil { try finishReader() }
    let process = process(faultPlan)
    defer { process.before = {} }
    do {
      do {
        try work(process, faultPlan, events)
      } catch  where process.isDead && !(error is Breach) {
        throw ProcessDied()
      }
    } catch is ProcessDied {
      process.isDead = true
      note(faultPlan.cutsPower ? "the power is cut" : "the process dies")
      if faultPlan.cutsPower {
        concurrentReader.die()
        stored.disk.cutPower(keepsNewest: faultPlan.keepsNewest)
      }
      run.result = nil
    } catch let error as StateError {
      note("the state cannot be read: \(error)")
      run.failure = .state(file: DiskState.path, error)
      run.result = nil
    } catch let error as StateStoreError {
      note("the state cannot be used: \(error)")
      run.failure = error
      run.result = nil
    }
    run.operations = process.operations
    run.writes = process.writes
    process.isDead = true
    stored.disk.mounted = []
    ledger.drop()
    try concurrentReader.check()
    if settings.savesTags { try stored.checkTags(service) }
    // What could not be saved is lost.
    if externalProcess != nil { try noteSaved() }
    try stored.check()
    return run
  }

  private func process(_ faultPlan: FaultPlan) -> ProcessDisk {
    let process = ProcessDisk(stored.disk, trace)
    process.overlooked = mutation?.overlooked ?? []
    process.seesNoObstacle = mutation?.overlooksObstacle ?? false
    process.lastsUntil = faultPlan.lastOperation
    process.savesUntil = faultPlan.lastOfSave
    process.failure = faultPlan.failure
    if let mutation { process.alter = mutation.alter }
    process.before = { [unowned self] in
      concurrentReader.move(
        beginning: faultPlan.readers, &random, beside: stored,
        hidingIdentity: mutation?.hidesIdentity ?? false, note: { note($0) })
    }
    return process
  }

  /// Lets the concurrent reader finish.
  package func finishReader() throws { try concurrentReader.finish { note($0) } }

  private func work(
    _ process: ProcessDisk, _ faultPlan: FaultPlan, _ events: [(seconds: Double, event: ApplyEvent)]
  ) throws {
    let files = StateFiles(path: DiskState.path, on: process)
    let lock = try lock(files)
    defer { withExtendedLifetime(lock) {} }
    if mutation?.dropsJournal == true, stored.disk.node(files.journal) != nil {
      stored.disk.remove(files.journal)
    }
    try recover(files, process)
    var plan = try plan(files)
    run.plan = plan
    let isWhole = settings.scope == .whole
    if isWhole, plan.isEmpty {
      try StateStore.close(files)
      plan = try self.plan(files)
    }
    let seen = try StateStore.snapshot(files).status
    var settings = settings
    mutation?.settings(&settings)
    let inbox = Inbox()
    guard isWhole, let state = plan.state else {
      let seed = random.next()
      var world = try SimulatedWorld(self, plan, process, inbox, nil, faultPlan, events)
      if settings.scope == .refresh {
        let (result, inspection) = try Applier.refresh(
          plan, plan.inspection(), settings, seed: seed, in: &world)
        run.result = result
        run.findings = inspection.findings
      } else {
        run.result = try Applier.drive(plan, settings, seed: seed, in: &world)
      }
      return
    }
    let id = RunID(runs)
    stored.history.begin(id)
    let ended: Applier.Ended
    do throws(RunFailure<any Error>) {
      ended = try Applier.run(
        PlannedRun(plan, as: id, state: state, seen: seen, files, lock), settings,
        seed: { random.next() },
        journal: { files in
          concurrentReader.noteJournal()
          return JournalWriter(
            files, tagsAPI: plan.manifest.app.tagsAPI, later: { inbox.jobs.append($0) },
            post: { inbox.events.append($0) })
        },
        in: { (journal) throws(any Error) in
          try SimulatedWorld(self, plan, process, inbox, journal, faultPlan, events)
        })
    } catch {
      throw try cause(of: error, process)
    }
    run.result = ended.result
    try noteRunSaved()
    guard ended.result.stop != .miscounted else {
      throw Breach(.truth, "the counts are not those of the journal")
    }
  }

  private func lock(_ files: StateFiles) throws -> StateLock {
    do throws(StateLock.Failure) {
      return try StateLock(files, holder: "pid 1 of run \(runs)")
    } catch {
      guard case .system(let error) = error else { throw Breach("the lock is not free: \(error)") }
      throw StateStoreError.system(error)
    }
  }

  private func recover(_ files: StateFiles, _ process: ProcessDisk) throws {
    do throws(StateStoreError) {
      try StateStore.recover(files)
    } catch {
      // The state is saved nevertheless.
      if case .journalLeft = error, !process.isDead { try noteSaved() }
      throw error
    }
    try noteSaved()
  }

  /// The cause of a run's failure.
  private func cause(
    of failure: RunFailure<any Error>, _ process: ProcessDisk
  ) throws -> any Error {
    switch failure {
    case .store(let error), .unsaved(_, cause: let error, _): return error
    case .broken(let error): return error
    case .journalLeft(_, let error):
      if !process.isDead { try noteRunSaved() }
      return StateStoreError.journalLeft(file: DiskState.path, error)
    }
  }

  /// Notes that a run was saved. A process that lost its lock saves what it can; the other process
  /// knows which users it has sent.
  private func noteRunSaved() throws {
    try noteSaved(isWhole: externalProcess?.hasTakenLock != true)
  }
}
