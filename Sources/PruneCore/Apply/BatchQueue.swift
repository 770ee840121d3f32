/// The batches of a stage that are not in flight.
///
/// It owns their order. A batch that changes users is armed until its intent is durable, then
/// ready; a retried batch waits first. A clear whose tags were read is set aside until there is room
/// for its intent. Appends become durable in the order of their batches.
struct BatchQueue {
  /// Clears whose tags were read, without an intent.
  private var read: [Batch] = []
  /// Batches whose intent is not durable yet.
  private var armed: [Batch] = []
  /// Batches that may be sent as soon as the rate allows.
  private var ready: [Batch] = []
  /// Batches that must wait until their own time.
  private var waiting: [Batch] = []

  var isEmpty: Bool { read.isEmpty && isEmptyButRead }

  /// Whether nothing is under way but clears that were read.
  var isEmptyButRead: Bool { armed.isEmpty && ready.isEmpty && waiting.isEmpty }

  /// Whether every batch is for this purpose.
  func holdsOnly(_ purpose: Batch.Purpose) -> Bool {
    read.isEmpty && armed.isEmpty && ready.allSatisfy { $0.purpose == purpose }
      && waiting.allSatisfy { $0.purpose == purpose }
  }

  /// The first ready batch of each kind of call, in order: each kind has its own pace.
  var firsts: some Sequence<Batch> {
    var seen: UInt8 = 0
    return ready.lazy.filter { batch in
      let kind: UInt8 = 1 << batch.call.rawValue
      defer { seen |= kind }
      return seen & kind == 0
    }
  }

  /// The batch that changes users to send next, ready or not.
  var upcomingChange: Batch? { ready.first { $0.operation != nil } ?? armed.first }

  var readyCount: Int { ready.count }

  /// How many batches that read tags are ready.
  var readyReads: Int { ready.count { $0.call == .readTags } }

  /// How many batches that change users are ready, or will be once their intents are on disk.
  var preparedCount: Int { armed.count + ready.count { $0.operation != nil } }

  /// How many clears wait for their intents.
  var readCount: Int { read.count }

  /// When the first waiting batch becomes ready.
  var wakeTime: Instant? { waiting.lazy.compactMap(\.notBefore).min() }

  /// Sets a clear aside whose tags were read.
  mutating func setAside(_ batch: Batch) {
    precondition(batch.tagsRead != nil && batch.intent == nil, "no clear that lacks an intent")
    read.append(checked(batch))
  }

  /// Takes the next clear whose tags were read, at most this many of its users.
  mutating func takeRead(atMost size: Int) -> Batch? {
    guard var batch = read.first else { return nil }
    if batch.members.count <= size { return read.removeFirst() }
    read[0].members.removeFirst(size)
    batch.members.removeLast(batch.members.count - size)
    return batch
  }

  /// Adds a batch that must wait until its append is durable.
  mutating func arm(_ batch: Batch) {
    guard batch.operation != nil, batch.intent != nil, let ticket = batch.ticket else {
      preconditionFailure("a batch without an intent is armed")
    }
    if let last = armed.last?.ticket {
      precondition(last <= ticket, "batches are armed out of order")
    }
    armed.append(checked(batch))
  }

  /// Makes ready the batches whose appends are durable.
  mutating func release(upTo ticket: JournalTicket) {
    while let first = armed.first?.ticket, first <= ticket {
      ready.append(armed.removeFirst())
    }
  }

  /// Adds a batch behind the others.
  mutating func append(_ batch: Batch) { ready.append(checked(batch)) }

  /// Adds batches before the others.
  mutating func prepend(_ batches: [Batch]) {
    ready.insert(contentsOf: batches.map(checked), at: 0)
  }

  /// Keeps a batch until its own time.
  mutating func wait(_ batch: Batch) {
    precondition(batch.notBefore != nil, "a batch waits for no moment")
    waiting.append(checked(batch))
  }

  /// Makes ready the batches whose time has come.
  mutating func wake(at now: Instant) {
    for index in waiting.indices.reversed() {
      if let notBefore = waiting[index].notBefore, notBefore > now { continue }
      ready.insert(waiting.remove(at: index), at: 0)
    }
  }

  /// Takes the first ready batch of a kind of call.
  mutating func takeFirst(_ call: Call) -> Batch {
    guard let index = ready.firstIndex(where: { $0.call == call }) else {
      preconditionFailure("no batch is ready")
    }
    return ready.remove(at: index)
  }

  /// Takes all batches.
  mutating func takeAll() -> [Batch] {
    defer { self = BatchQueue() }
    return read + armed + ready + waiting
  }

  private func checked(_ batch: Batch) -> Batch {
    precondition(!batch.members.isEmpty, "a batch has no users")
    precondition(batch.members.count <= Call.maxUsers, "a batch has too many users")
    return batch
  }
}
