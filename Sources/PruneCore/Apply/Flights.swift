/// A call that was handed over to be sent, and not answered yet.
struct Flight {
  var batch: Batch
  /// When it left, or was handed over to leave.
  var sent: Instant
  var hasLeft = false
  /// Whether it went out under the new signature.
  let hasRenewedSignature: Bool
}

/// The calls under way.
///
/// It owns the numbers of sends, counted from 1 without gaps. No user is in two calls about the same
/// operation at once.
struct Flights {
  private var flights: [SendID: Flight] = [:]
  private var users: Set<RecordKey> = []
  private var lastSend: UInt64 = 0

  var isEmpty: Bool { flights.isEmpty }
  var count: Int { flights.count }

  /// How many calls have left.
  var departed: Int { flights.values.count(where: \.hasLeft) }

  /// Adds a call that is handed over at this moment.
  mutating func add(_ batch: Batch, hasRenewedSignature: Bool, at now: Instant) -> SendID {
    for key in batch.keys {
      precondition(users.insert(key).inserted, "a user is in two calls at once")
    }
    lastSend += 1
    let id = SendID(lastSend)
    flights[id] = Flight(batch: batch, sent: now, hasRenewedSignature: hasRenewedSignature)
    return id
  }

  /// Notes that a call left; gives it as it was before, nil if it is not under way any more.
  mutating func leave(_ id: SendID, at moment: Instant) -> Flight? {
    let flight = flights[id]
    flights[id]?.sent = moment
    flights[id]?.hasLeft = true
    return flight
  }

  /// Takes out a call that ended; nil if it is not under way any more.
  mutating func end(_ id: SendID) -> Flight? {
    guard let flight = flights.removeValue(forKey: id) else { return nil }
    for key in flight.batch.keys {
      precondition(users.remove(key) != nil, "a call ends with users that it did not have")
    }
    return flight
  }

  /// Takes out all calls, in the order of their sending.
  mutating func endAll() -> [Flight] {
    defer {
      flights = [:]
      users = []
    }
    return flights.sorted { $0.key.number < $1.key.number }.map(\.value)
  }
}

extension Batch {
  /// The members, with the operation that is performed or asked about.
  fileprivate var keys: some Sequence<RecordKey> {
    let operation: Operation =
      switch call {
      case .checkAccounts, .deleteAccounts: .removeAccount
      case .readTags, .clearTags: .clearTags
      }
    return members.lazy.map { RecordKey(id: $0.id, operation: operation) }
  }
}
