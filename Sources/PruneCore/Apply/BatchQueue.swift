/// The batches of a stage that are not in flight.
///
/// It owns their order. A batch that changes users is armed until its intent is durable, then
/// ready; a retried batch waits first. Intents become durable in the order of their batches.
struct BatchQueue {
  /// Batches whose intent is not durable yet.
  private var armed: [Batch] = []
  /// Batches that may be sent as soon as the rate allows.
  private var ready: [Batch] = []
  /// Batches that must wait until their own time.
  private var waiting: [Batch] = []

  var isEmpty: Bool { armed.isEmpty && ready.isEmpty && waiting.isEmpty }

  /// The batch to send next; nil if none is ready.
  var next: Batch? { ready.first }

  /// The batch to send next, ready or not.
  var upcoming: Batch? { ready.first ?? armed.first }

  var readyCount: Int { ready.count }

  /// How many batches are ready, or will be once their intents are on disk.
  var preparedCount: Int { armed.count + ready.count }

  /// When the first waiting batch becomes ready.
  var wakeTime: Instant? { waiting.lazy.compactMap(\.notBefore).min() }

  /// Adds a batch whose intent is to be made durable.
  mutating func arm(_ batch: Batch) {
    guard batch.operation != nil, let intent = batch.intent else {
      preconditionFailure("a batch without an intent is armed")
    }
    if let last = armed.last?.intent {
      precondition(last.number < intent.number, "intents are out of order")
      precondition(last.ticket <= intent.ticket, "intents are written out of order")
    }
    armed.append(checked(batch))
  }

  /// Makes ready the batches whose intents are durable.
  mutating func release(upTo ticket: JournalTicket) {
    while let intent = armed.first?.intent, intent.ticket <= ticket {
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

  /// Takes the batch to send next.
  mutating func takeNext() -> Batch {
    precondition(!ready.isEmpty, "no batch is ready")
    return ready.removeFirst()
  }

  /// Takes all batches.
  mutating func takeAll() -> [Batch] {
    defer { self = BatchQueue() }
    return armed + ready + waiting
  }

  private func checked(_ batch: Batch) -> Batch {
    precondition(!batch.members.isEmpty, "a batch has no users")
    precondition(batch.members.count <= Call.maxUsers, "a batch has too many users")
    return batch
  }
}
