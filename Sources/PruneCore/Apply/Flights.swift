/// A queued call without a response yet.
struct Flight {
  var batch: Batch
  /// When it was sent, or was queued to be sent.
  var sent: Instant
  var hasLeft = false
  /// Whether it has the renewed signature.
  let hasRenewedSignature: Bool
}

/// The calls in flight.
///
/// It owns the numbers of calls, counted from 1 without gaps. No user is in two calls about the
/// same operation at once.
struct Flights {
  private var flights: [SendID: Flight] = [:]
  private var users: Set<RecordKey> = []
  private var lastSend: UInt64 = 0
  /// By call.
  private var counts = Call.allCases.map { _ in 0 }

  var isEmpty: Bool { flights.isEmpty }

  /// How many calls of a kind are in flight.
  func count(of call: Call) -> Int { counts[Int(call.rawValue)] }

  /// Whether every call is for this purpose.
  func hasOnly(_ purpose: Batch.Purpose) -> Bool {
    flights.values.allSatisfy { $0.batch.purpose == purpose }
  }

  /// How many calls were sent.
  var departed: Int { flights.values.count(where: \.hasLeft) }

  /// Adds a call that is queued at this moment.
  mutating func add(_ batch: Batch, hasRenewedSignature: Bool, at now: Instant) -> SendID {
    for key in batch.keys {
      precondition(users.insert(key).inserted, "a user is in two calls at once")
    }
    lastSend += 1
    counts[Int(batch.call.rawValue)] += 1
    let id = SendID(lastSend)
    flights[id] = Flight(batch: batch, sent: now, hasRenewedSignature: hasRenewedSignature)
    return id
  }

  /// Notes that a call was sent; returns it as it was before, nil if it is not in flight any more.
  mutating func leave(_ id: SendID, at moment: Instant) -> Flight? {
    let flight = flights[id]
    flights[id]?.sent = moment
    flights[id]?.hasLeft = true
    return flight
  }

  /// Removes a call that ended; nil if it is not in flight any more.
  mutating func end(_ id: SendID) -> Flight? {
    guard let flight = flights.removeValue(forKey: id) else { return nil }
    counts[Int(flight.batch.call.rawValue)] -= 1
    for key in flight.batch.keys {
      precondition(users.remove(key) != nil, "a call ends with users that it did not have")
    }
    return flight
  }

  /// Removes all calls, in the order of sending.
  mutating func endAll() -> [Flight] {
    defer {
      flights = [:]
      users = []
      counts = Call.allCases.map { _ in 0 }
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
      case .readTags, .clearTags, .addTags: .clearTags
      }
    return members.lazy.map { RecordKey(id: $0.id, operation: operation) }
  }
}
