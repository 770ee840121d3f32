package import PruneCore
internal import YAML

/// A rule of the applier was broken; the words tell which, and where in the run.
package struct Breach: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}

/// A world in memory: service, state file, journal and clock, through any number of runs.
///
/// `apply` runs the real machine against it, checks the rules that hold for every run
/// (`SimulationChecks`), and can crash at any step; `recover` does what the next run does first.
package final class Simulation {
  package var service: SimulatedService
  package var manifest: Manifest
  package var settings = ApplyMachine.Settings()
  /// How long it takes until an append is on disk, in seconds.
  package var diskDelay: ClosedRange<Double> = 0.004...0.004
  /// The append, counted from 1 in a run, at which the disk fails.
  package var failingAppend: UInt64?
  /// How long after the machine's word a call leaves, in seconds.
  package var sendDelay: ClosedRange<Double> = 0...0

  /// The state file's bytes.
  package private(set) var state: [UInt8] = []
  /// The journal's bytes that are on disk; empty if there is none.
  package private(set) var journal: [UInt8] = []
  package private(set) var now = Instant(nanoseconds: 1_000_000_000)
  private var dice: Dice
  private var runs: UInt64 = 0

  /// The wall clock when the virtual one began.
  private static let epoch: UInt32 = 1_795_000_000
  private static let maxSteps = 300_000

  package init(_ manifest: Manifest, seed: UInt64 = 1) throws {
    self.manifest = manifest
    dice = Dice(seed: seed)
    service = SimulatedService(seed: seed ^ 0xFACE)
    for entry in manifest.entries.list {
      service.accounts.insert(entry.id)
      service.tagged.insert(entry.id)
    }
    write([], serial: 0)
  }

  package var wall: Timestamp {
    Timestamp(seconds: Self.epoch + UInt32(now.nanoseconds / 1_000_000_000))
  }

  /// Lets time pass between runs.
  package func wait(seconds: Double) {
    now = now + .seconds(seconds)
    service.advance(to: now)
  }

  // MARK: - State

  /// Writes a state that holds these records.
  package func write(_ records: [StateRecord], serial: UInt64 = 1) {
    var header = header
    header.serial = serial
    header.records = records.count
    var writer = StateWriter(header)
    for record in records { writer.append(record) }
    state = writer.finish()
  }

  private var header: StateHeader {
    guard let app = SDKAppID(1_400_000_000) else { preconditionFailure("not a number of an app") }
    return StateHeader(app: app, service: .live, lineage: Lineage(7))
  }

  /// The records of the state, with the journal folded in.
  package func records() throws -> [StateRecord] {
    var cursor = try StateCursor(StateReader(ByteSource(state)), changes: changes())
    var records: [StateRecord] = []
    while let record = try cursor.next() { records.append(record) }
    return records
  }

  package func record(_ id: String) throws -> StateRecord? {
    try records().first { $0.id.description == id }
  }

  private func changes() throws -> [StateChange] {
    var reader = try JournalReader(ByteSource(journal, chunkSize: 700))
    guard let header = reader.header else { return [] }
    var fold = JournalFold(run: header.run)
    while let record = try reader.next() {
      guard fold.add(record) else { throw Breach("the journal speaks of an unknown intent") }
    }
    return fold.finish()
  }

  /// Folds the journal into the state, as the next run does; doing it again changes nothing.
  package func recover() throws {
    let serial = try StateReader(ByteSource(state)).header.serial
    let folded = try records()
    write(folded, serial: serial + 1)
    guard try records() == folded else { throw Breach("folding twice differs from folding once") }
    journal = []
  }

  /// The plan against the state as it stands, with the guards' verdicts.
  package func plan() throws -> Plan {
    var cursor = try StateCursor(StateReader(ByteSource(state)), changes: changes())
    var plan = try Planner.plan(manifest, header, &cursor)
    Guards.judge(&plan)
    return plan
  }

  // MARK: - A run

  /// What came of a run; `result` is nil if it crashed.
  package struct Run {
    package var plan: Plan
    package var result: RunResult?
    package var calls: [SimulatedCall] = []
    package var notices: [Notice] = []
    package var renewals = 0
    package var hasAbandoned = false
    package var steps = 0

    /// The users of each call of a kind, the precheck's left out.
    package func ids(_ call: Call) -> [[String]] {
      calls.filter { $0.purpose == .users && $0.call == call }.map { $0.ids.map(\.description) }
    }

    /// The ids of the calls of a step of the precheck, one each.
    package func ids(_ step: SimulatedCall.Purpose) -> [String] {
      calls.filter { $0.purpose == step }.flatMap { $0.ids.map(\.description) }
    }

    /// When the calls of a kind for users left.
    package func sends(_ call: Call) -> [Instant] {
      calls.filter { $0.purpose == .users && $0.call == call }.map(\.sent)
    }

    /// The steps of the precheck that have passed.
    package var passed: [PrecheckStep] {
      notices.compactMap { if case .passed(let step) = $0 { step } else { nil } }
    }

    package var exitCode: Exit? { result.map { Exit($0) } }
    package var counts: OutcomeCounts { result?.counts ?? OutcomeCounts() }
  }

  /// Plans and applies. `events` come by themselves at these seconds of the run; the process dies
  /// before the step `crashAt`.
  package func apply(
    crashAt: Int? = nil, events: [(seconds: Double, event: ApplyEvent)] = []
  ) throws -> Run {
    try recover()
    runs += 1
    let plan = try plan()
    var run = Run(plan: plan)
    let start = now
    var queue = Queue()
    for (seconds, event) in events { queue.add(event, at: start + .seconds(seconds)) }
    var checks = SimulationChecks(plan, settings)
    var disk = SimulatedDisk(
      JournalHeader(
        app: header.app, service: .live, lineage: header.lineage, serial: 1, run: RunID(runs),
        digest: plan.digest()))
    var machine = ApplyMachine(
      plan, settings, seed: dice.next(), at: Moment(instant: now, wall: wall))
    var event = ApplyEvent.started
    var idleTicks = 0
    while true {
      run.steps += 1
      if run.steps == crashAt {
        journal = disk.afterCrash(&dice)
        return run
      }
      guard run.steps < Self.maxSteps else { throw Breach("too many steps") }
      var actions = machine.handle(event, at: Moment(instant: now, wall: wall))
      idleTicks = event == .tick && actions.isEmpty ? idleTicks + 1 : 0
      guard idleTicks < 4 else { throw Breach("woken again and again with nothing to do") }
      try checks.note(event, actions, service)
      var index = 0
      while index < actions.count {
        switch actions[index] {
        case .append(let records, let ticket):
          disk.append(records)
          let at = now + .seconds(Double.random(in: diskDelay, using: &dice))
          let hasFailed = failingAppend.map { ticket.number >= $0 } ?? false
          queue.add(hasFailed ? .journalFailed("no space") : .durable(ticket), at: at)
        case .send(let id, let call, let ids):
          now = now + .seconds(Double.random(in: sendDelay, using: &dice))
          let sent = try checks.send(id, call, ids, at: now, service)
          run.calls.append(sent)
          service.advance(to: now)
          let (reply, after) = service.receive(sent)
          queue.add(.answered(id, reply), at: now + .seconds(after))
          actions += machine.handle(.sent(id), at: Moment(instant: now, wall: wall))
        case .renewSignature: run.renewals += 1
        case .abandon: run.hasAbandoned = true
        case .notice(let notice): run.notices.append(notice)
        case .finish:
          run.result = machine.result
          journal = disk.bytes(hasFailed: failingAppend != nil)
          try checks.finish(machine.result, records(), service)
          if !plan.isRefused, checks.isComplete(machine.result), try !self.plan().isEmpty {
            throw Breach("the plan after a complete apply is not empty")
          }
          return run
        }
        index += 1
      }
      event = try next(&queue, machine.deadline)
      if case .durable(let ticket) = event { disk.sync(ticket) }
      if case .answered(let id, let reply) = event { checks.answered(id, reply) }
      service.advance(to: now)
    }
  }

  /// Moves the clock to what happens next.
  private func next(_ queue: inout Queue, _ deadline: Instant?) throws -> ApplyEvent {
    if let first = queue.first, deadline.map({ first.at <= $0 }) ?? true {
      now = max(now, first.at)
      return queue.removeFirst()
    }
    guard let deadline else { throw Breach("nothing can happen any more, and the run is not over") }
    now = max(now, deadline)
    return .tick
  }
}

/// What will happen, by time; what was added first comes first.
private struct Queue {
  private var list: [(at: Instant, event: ApplyEvent)] = []

  var first: (at: Instant, event: ApplyEvent)? { list.last }

  /// The list runs backwards, so that the next is the last.
  mutating func add(_ event: ApplyEvent, at instant: Instant) {
    let index = list.lastIndex { $0.at > instant }
    list.insert((instant, event), at: index.map { $0 + 1 } ?? 0)
  }

  mutating func removeFirst() -> ApplyEvent { list.removeLast().event }
}

/// The journal on disk: what is written, and how much of it would outlive a crash.
private struct SimulatedDisk {
  private var bytes: [UInt8] = []
  private var durable: Int
  /// Where each append ends.
  private var ends: [Int] = []

  init(_ header: JournalHeader) {
    header.append(to: &bytes)
    durable = bytes.count
  }

  mutating func append(_ records: [JournalRecord]) {
    for record in records { record.append(to: &bytes) }
    ends.append(bytes.count)
  }

  mutating func sync(_ ticket: JournalTicket) {
    durable = max(durable, ends[Int(ticket.number) - 1])
  }

  /// All that was written, or, on a disk that has failed, all that is durable.
  func bytes(hasFailed: Bool) -> [UInt8] { hasFailed ? Array(bytes.prefix(durable)) : bytes }

  /// What was durable, and any part of the rest.
  func afterCrash(_ dice: inout Dice) -> [UInt8] {
    Array(bytes.prefix(durable + dice.below(bytes.count - durable + 1)))
  }
}

// MARK: - Manifests

/// A manifest with these wanted users, whose guards allow everything.
package func simulatedManifest(
  removals: [String] = [], clears: [String] = [], revision: Int = 1, protected: [String] = []
) throws -> Manifest {
  var text = """
    version: 1
    app: {sdk_app_id: 1400000000, region: singapore, admin: admin_1, edition: ultimate,
      enabled: [account_deletion, tag_push]}
    guards: {max_removals: 1000000, max_clears: 1000000, protected: [\
    \(protected.map { "\"\($0)\"" }.joined(separator: ", "))]}
    users:

    """
  for (ids, goal) in [(removals, "account: absent"), (clears, "tags: []")] where !ids.isEmpty {
    let list = ids.map { "\"\($0)\"" }.joined(separator: ", ")
    text += "  - {ids: [\(list)], \(goal), revision: \(revision)}\n"
  }
  let reading = ManifestReader.read(
    ByteSource(Array(text.utf8)), name: "imprune.yaml",
    lists: ListOpener { (_) throws(ListRefusal) in throw .missing })
  guard let manifest = reading.manifest else {
    throw Breach("not a manifest: \(reading.diagnostics.kept)")
  }
  return manifest
}

/// `count` ids that differ in their numbers.
package func ids(_ prefix: String, _ count: Int) -> [String] {
  (0..<count).map { "\(prefix)\(String($0 + 1_000_000).dropFirst())" }
}
