/// When the next call may be sent, and which calls are in flight (docs/architecture.md, "Applying" and
/// "Pacing").
///
/// It owns one pacer for each endpoint, one ramp for each operation, the window, and the calls in
/// flight. No gap is shorter than the pace, and on the ramp one call is in flight.
struct Pace {
  /// Nothing new is sent after this time without an answer; it is the service's own time limit.
  private static let longestSilence = Interval.seconds(3)

  /// By call.
  private var pacers: [Pacer]
  /// By operation.
  private var ramps = [Ramp(), Ramp()]
  /// For each kind of call.
  private var window: Window
  private var flights = Flights()
  /// When the last call was answered, or the first of several was sent.
  private var lastHeard: Instant

  init(_ rate: Rate, at now: Instant) {
    pacers = Call.allCases.map { _ in Pacer(rate) }
    window = Window(rate)
    lastHeard = now
  }

  /// Whether no call is in flight.
  var isIdle: Bool { flights.isEmpty }

  /// Whether every call in flight is for this purpose.
  func hasOnly(_ purpose: Batch.Purpose) -> Bool { flights.hasOnly(purpose) }

  /// How many calls were sent and are not answered.
  var departed: Int { flights.departed }

  /// The current rate of the slowest endpoint, in calls a second.
  var rate: Double { pacers.map(\.rate).min() ?? 0 }

  /// The current rate of a kind of call, in calls a second.
  func rate(of call: Call) -> Double { pacers[Int(call.rawValue)].rate }

  // MARK: - The ramp

  /// How many users the next batch of an operation may have.
  func batchSize(of operation: Operation) -> Int { ramps[Int(operation.rawValue)].size }

  /// Whether only one batch of an operation may be in flight.
  func isOnRamp(_ operation: Operation) -> Bool { ramps[Int(operation.rawValue)].isSingle }

  /// Notes that a batch completed at least one user; true if that was the last step of the ramp.
  mutating func climb(_ operation: Operation) -> Bool {
    let ramp = Int(operation.rawValue)
    guard ramps[ramp].isSingle else { return false }
    ramps[ramp].answered()
    return !ramps[ramp].isSingle
  }

  // MARK: - Sending

  /// Whether a batch may be queued now.
  func maySend(_ batch: Batch, at now: Instant) -> Bool {
    hasRoom(for: batch, at: now) && pacers[Int(batch.call.rawValue)].maySend(at: now)
  }

  /// When a batch may be queued, if nothing else happens before; nil if now, or if it needs an event.
  func opening(for batch: Batch, at now: Instant) -> Instant? {
    hasRoom(for: batch, at: now) ? pacers[Int(batch.call.rawValue)].opening : nil
  }

  /// Whether one more call may be in flight. On the ramp there is only one, even of a split batch.
  private func hasRoom(for batch: Batch, at now: Instant) -> Bool {
    if flights.isEmpty { return true }
    if let operation = batch.operation, isOnRamp(operation) { return false }
    return flights.count(of: batch.call) < window.size && now - lastHeard <= Self.longestSilence
  }

  /// Notes that a batch is queued, to be sent at this moment or later.
  mutating func handOver(_ batch: Batch, hasRenewedSignature: Bool, at now: Instant) -> SendID {
    precondition(hasRoom(for: batch, at: now), "a call is sent without room for it")
    if flights.isEmpty { lastHeard = now }
    pacers[Int(batch.call.rawValue)].handedOver(at: now)
    return flights.add(batch, hasRenewedSignature: hasRenewedSignature, at: now)
  }

  /// Notes that a call was sent at this moment; returns its kind, unless it was noted before.
  mutating func leave(_ id: SendID, at moment: Instant) -> Call? {
    guard let flight = flights.leave(id, at: moment) else { return nil }
    let call = flight.batch.call
    pacers[Int(call.rawValue)].sent(at: moment, isFirst: !flight.hasLeft)
    return flight.hasLeft ? nil : call
  }

  /// Notes that a call ended; nil if the run gave it up before.
  mutating func end(_ id: SendID, at now: Instant) -> Flight? {
    guard let flight = flights.end(id) else { return nil }
    if !flight.hasLeft { pacers[Int(flight.batch.call.rawValue)].neverLeft() }
    lastHeard = now
    window.answered(endsRound: flights.isEmpty)
    return flight
  }

  /// Gives up all calls in flight, in the order of sending.
  mutating func endAll() -> [Flight] { flights.endAll() }

  // MARK: - The rate

  /// Notes that the service accepted a call.
  mutating func accepted(_ flight: Flight) {
    pacers[Int(flight.batch.call.rawValue)].accepted(sent: flight.sent)
  }

  /// Notes that the service refused a call as too fast.
  mutating func refused(_ flight: Flight, at now: Instant) {
    pacers[Int(flight.batch.call.rawValue)].refused(sent: flight.sent, at: now)
  }

  /// The rate of a kind of call, if it should be reported.
  mutating func newRate(of call: Call) -> Double? { pacers[Int(call.rawValue)].newRate() }

  /// The findings about the rate that an endpoint accepts.
  func findings(of call: Call) -> RateFindings { pacers[Int(call.rawValue)].findings }

  /// The findings about each endpoint that refused calls.
  var findings: [RunResult.PaceFinding] {
    Call.allCases.map { .init(call: $0, rate: rate(of: $0), findings: findings(of: $0)) }
      .filter { $0.findings.refusals > 0 }
  }

  /// The shortest time between two calls of a kind, if it has changed since the last time.
  mutating func newGap(of call: Call) -> Interval? { pacers[Int(call.rawValue)].newGap() }
}
