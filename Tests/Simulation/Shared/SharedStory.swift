internal import Bytes
internal import PruneCore
internal import PruneEngine
internal import TestSupport

/// A story of several machines that apply to one shared state at the same time, from one seed: with a
/// bad network, and processes that are stopped or killed; then runs without faults, after which the
/// service and the state must agree.
package final class SharedStory: @unchecked Sendable {
  package private(set) var runs = 0
  package private(set) var deaths = 0
  package private(set) var held = 0
  package private(set) var deposed = 0
  package var turns: Int { scheduler.turns }

  let mutation: SharedMutation?
  var service: SimulatedService
  var checks = StoryChecks()
  var random: SplitMix64
  private let scheduler: Scheduler
  private let store = VirtualStore()
  private let manifest: Manifest
  private let removals: [String]
  private let clears: [String]
  private var settings = ApplyMachine.Settings()
  private var latency = 0.01...0.03
  private var oneIn = 0
  private let trace: Trace?

  /// Plays a story; throws the breach, if there is one.
  package convenience init(
    seed: UInt64, mutation: SharedMutation? = nil, trace: Trace? = nil
  ) throws {
    var random = SplitMix64(seed: seed)
    let (removals, clears) = (
      random.pick([1, 3, 12, 240, 600]), random.pick([0, 0, 2, 15])
    )
    try self.init(random, seed, removals: removals, clears: clears, mutation, trace)
    try play()
  }

  /// Plays a story in which one run is killed at a wait, counted from 1, and its scratch folder is lost.
  package convenience init(users: Int, killedAt wait: Int) throws {
    try self.init(SplitMix64(seed: 1), 1, removals: users, clears: 0, nil, nil)
    latency = 0.02...0.04
    let process = process(1)
    process.killedAt = wait
    begin(process)
    try scheduler.run()
    try judge()
    try finish()
  }

  private init(
    _ random: SplitMix64, _ seed: UInt64, removals: Int, clears: Int, _ mutation: SharedMutation?,
    _ trace: Trace?
  ) throws {
    self.mutation = mutation
    self.trace = trace
    self.removals = ids("r", removals)
    self.clears = ids("c", clears)
    manifest = try simulatedManifest(removals: self.removals, clears: self.clears)
    service = SimulatedService(seed: seed ^ 0xFACE)
    scheduler = Scheduler(seed: seed ^ 0x5EED)
    for entry in manifest.entries.list {
      service.accounts.insert(entry.id)
      service.tagged.insert(entry.id)
    }
    self.random = random
    store.entered = { [unowned self] in
      note($0.run.number, "entry \($0.index): \($0.content.words)")
      checks.entered($0)
    }
    store.replaced = { [unowned self] in
      note(0, "state \($1.version.text) of \($1.save) up to entry \($1.log)")
      checks.replaced($0, $1.log)
    }
  }

  private func play() throws {
    latency = random.pick([0.005...0.03, 0.1...0.2, 0.8...1.5])
    oneIn = random.pick([0, 40, 12])
    // At a low rate, intents are in the log long before their calls are sent.
    if let rate = Rate(random.pick([1, 3, 90])) { settings.rate = rate }
    service.latency = random.pick([0.01...0.05, 0.05...1])
    if random.oneIn(2) {
      service.fault = { _, random in
        random.oneIn(12) ? random.pick([.lost, .lostBeforeEffect, .late(5), .code(60007)]) : nil
      }
    }
    for number in 1...UInt64(2 + random.below(4)) {
      let process = process(number)
      switch random.below(4) {
      case 0: process.killedAt = 1 + random.below(random.pick([20, 120]))
      case 1:
        process.stoppedAt = (
          1 + random.below(random.pick([25, 120])), random.pick([10, 30, 60, 60, 90])
        )
      case 2: process.stoppedAfter = (2 + random.below(6), random.pick([30, 60, 90]))
      default: break
      }
      scheduler.after(
        .seconds(Double.random(in: 0...random.pick([1, 5, 5, 60, 150]), using: &random))
      ) { [self] in
        begin(process)
      }
    }
    try scheduler.run()
    try judge()
    try finish()
  }

  private var processes: [StoryProcess] = []

  private func process(_ number: UInt64) -> StoryProcess {
    let process = StoryProcess(
      number, scheduler, skipsWaits: mutation == .noWait, seed: random.next())
    process.tell = { [unowned self] in note(number, $0) }
    processes.append(process)
    return process
  }

  private func begin(_ process: StoryProcess) {
    runs += 1
    let client = VirtualStoreClient(
      store, process, latency: latency, oneIn: oneIn, seed: random.next(), mutation)
    process.begin { [self] process in try apply(process, client) }
  }

  /// An apply as the command does it.
  private func apply(
    _ process: StoryProcess, _ client: VirtualStoreClient
  ) throws -> (Exit, RunResult?) {
    let shared = SharedState(client, copyAt: "state", on: process.disk, process.time)
    let holder = LogHolder(
      run: RunID(process.number), since: scheduler.wall, host: "m\(process.number)", job: "apply")
    try shared.take(as: holder) { _ in }
    note(process.number, "takes the state")
    let files = shared.files
    let lock = try StateLock(files, holder: "pid \(process.number)", run: holder.run)
    defer { lock.release() }
    try StateStore.recover(files)
    let found = try PlanPipeline(manifest).plan(files)
    if found.plan.isEmpty {
      try StateStore.close(files)
      return (.success, nil)
    }
    let state = try found.plan.state ?? create(files)
    var settings = settings
    settings.isLeased = mutation != .noLease
    guard let log = shared.log else { throw Breach("the state was taken without a log") }
    let ended = try Applier.run(
      PlannedRun(found.plan, as: holder.run, state: state, seen: found.seen, files, lock), settings,
      seed: { random.next() },
      journal: { files in
        JournalWriter(
          files, tagsAPI: manifest.app.tagsAPI, later: { process.add($0) },
          post: { process.post($0) })
      },
      in: { (journal) throws(any Error) in StoryWorld(self, process, journal, log) })
    note(
      process.number,
      "ends: \(ended.result.counts), \(ended.result.stop.map { "\($0)" } ?? "complete")")
    if ended.result.stop == nil { checks.checkComplete(try records()) }
    return (Exit(ended.result), ended.result)
  }

  private func create(_ files: StateFiles) throws -> StateHeader {
    guard let app = SDKAppID(1_400_000_000) else { throw Breach("not a number of an app") }
    let header = StateHeader(app: app, service: .live, lineage: Lineage(random.next()))
    try StateStore.create(files, header)
    return header
  }

  func note(_ run: UInt64, _ words: @autoclosure () -> String) {
    guard let trace else { return }
    trace.time = Words.seconds(scheduler.now)
    trace.add("run \(run) \(words())")
  }

  /// The records of the state in the store.
  private func records() throws -> [StateRecord] {
    guard let state = store.state else { return [] }
    var reader = try StateReader(ByteSource(state.bytes))
    var records: [StateRecord] = []
    while let record = try reader.next() { records.append(record) }
    return records
  }

  // MARK: - The end

  private func judge() throws {
    if let breach = checks.breach { throw breach }
    for process in processes {
      switch process.outcome {
      case .running: throw Breach(.end, "run \(process.number) never ended")
      case .ended, .held: if case .held = process.outcome { held += 1 }
      case .died: deaths += 1
      case .failed(let error):
        note(process.number, "fails: \(error)")
        if let breach = error as? Breach { throw breach }
        try judge(error, process.number)
      }
    }
    processes = []
  }

  /// A bad network and other runs explain most failures; nothing explains a damaged log or state.
  private func judge(_ error: any Error, _ number: UInt64) throws {
    switch error {
    case let error as RunFailure<any Error>:
      switch error {
      case .broken(let error): throw error
      case .store(let error), .unsaved(_, cause: let error, _): try judge(error, number)
      case .journalLeft: break
      }
    // The network, another run that has taken the state, or one that has saved it.
    case StateStoreError.lockTaken, StateStoreError.lost: deposed += 1
    case StateStoreError.system(let error)
    where error.description.contains("has replaced the state"):
      throw Breach(.durability, "run \(number) did not fold into the state that replaced its own")
    case StateStoreError.system, StateStoreError.journalLeft, SharedStoreError.unavailable,
      SharedStoreError.takenOver, SharedStoreError.keptChanging, SharedStoreError.conflict:
      break
    case StateStoreError.state(_, .changed): break
    case SharedStoreError.state(let error): try judge(error, number)
    default: throw Breach(.durability, "run \(number) failed: \(error)")
    }
  }

  /// Runs without faults do the rest.
  private func finish() throws {
    oneIn = 0
    latency = 0.01...0.02
    service.fault = { _, _ in nil }
    for number in 100..<UInt64(106) {
      scheduler.after(.seconds(100)) { [self] in begin(process(number)) }
      try scheduler.run()
      guard let process = processes.last else { throw Breach(.end, "no run began") }
      if case .ended(.success, nil) = process.outcome {
        try judge()
        return try check()
      }
      try judge()
    }
    throw Breach(.end, "six runs without faults did not suffice")
  }

  private func check() throws {
    let records = try records()
    checks.checkComplete(records)
    if let breach = checks.breach { throw breach }
    for id in removals.compactMap({ UserID($0) }) where service.accounts.contains(id) {
      throw Breach(.truth, "\(id) is still there")
    }
    for id in clears.compactMap({ UserID($0) }) where service.tagged.contains(id) {
      throw Breach(.truth, "\(id) has tags")
    }
    guard records.count == removals.count + clears.count, records.allSatisfy({ $0.done != nil })
    else { throw Breach(.durability, "the state lacks users") }
  }
}

extension LogEntry.Content {
  fileprivate var words: String {
    switch self {
    case .open: "open"
    case .records(let bytes): "\(bytes.count) bytes"
    case .close: "close"
    }
  }
}

extension SharedMutation {
  /// The first seed whose story breaks a rule, and the breach.
  package func find(_ seeds: Range<UInt64>) -> (seed: UInt64, breach: String)? {
    for seed in seeds {
      do {
        _ = try SharedStory(seed: seed, mutation: self)
      } catch {
        return (seed, "\(error)")
      }
    }
    return nil
  }
}
