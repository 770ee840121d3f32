/// When the next call may leave, and which are under way (docs/architecture.md, "Applying" and
/// "Pacing").
///
/// It owns one pacer for each endpoint, one ramp for each operation, the window, and the calls under
/// way. No gap is shorter than the pace, and on the ramp one call is under way.
struct Pace {
  /// Nothing new is sent while nothing was answered for so long: the service's own limit.
  private static let longestSilence = Interval.seconds(3)

  /// By call.
  private var pacers: [Pacer]
  /// By operation.
  private var ramps = [Ramp(), Ramp()]
  private var window: Window
  private var flights = Flights()
  /// When a call was last answered, or the first one of several was sent.
  private var lastHeard: Instant

  init(_ rate: Rate, at now: Instant) {
    pacers = Call.allCases.map { _ in Pacer(rate) }
    window = Window(rate)
    lastHeard = now
  }

  /// Whether no call is under way.
  var isIdle: Bool { flights.isEmpty }

  /// How many calls have left and are not answered.
  var departed: Int { flights.departed }

  /// Calls a second at present, to the endpoint that is slowest.
  var rate: Double { pacers.map(\.rate).min() ?? 0 }

  /// Calls of a kind a second at present.
  func rate(of call: Call) -> Double { pacers[Int(call.rawValue)].rate }

  // MARK: - The ramp

  /// How many users the next batch of an operation may have.
  func batchSize(of operation: Operation) -> Int { ramps[Int(operation.rawValue)].size }

  /// Whether only one batch of an operation may be under way.
  func isOnRamp(_ operation: Operation) -> Bool { ramps[Int(operation.rawValue)].isSingle }

  /// Notes that a batch has completed some user; true if that was the last step of the ramp.
  mutating func climb(_ operation: Operation) -> Bool {
    let ramp = Int(operation.rawValue)
    guard ramps[ramp].isSingle else { return false }
    ramps[ramp].answered()
    return !ramps[ramp].isSingle
  }

  // MARK: - Sending

  /// Whether a batch may be handed over now.
  func maySend(_ batch: Batch, at now: Instant) -> Bool {
    hasRoom(for: batch, at: now) && pacers[Int(batch.call.rawValue)].maySend(at: now)
  }

  /// When a batch may be handed over, if nothing else happens before; nil if at once, or if only
  /// events can help.
  func opening(for batch: Batch, at now: Instant) -> Instant? {
    hasRoom(for: batch, at: now) ? pacers[Int(batch.call.rawValue)].opening : nil
  }

  /// Whether one more call may be under way. On the ramp there is only one, also of the halves of a
  /// batch.
  private func hasRoom(for batch: Batch, at now: Instant) -> Bool {
    if flights.isEmpty { return true }
    if let operation = batch.operation, isOnRamp(operation) { return false }
    return flights.count < window.size && now - lastHeard <= Self.longestSilence
  }

  /// Notes that a batch is handed over, to leave at this moment or later.
  mutating func handOver(_ batch: Batch, hasRenewedSignature: Bool, at now: Instant) -> SendID {
    precondition(hasRoom(for: batch, at: now), "a call is sent without room for it")
    if flights.isEmpty { lastHeard = now }
    pacers[Int(batch.call.rawValue)].handedOver(at: now)
    return flights.add(batch, hasRenewedSignature: hasRenewedSignature, at: now)
  }

  /// Notes that a call left at this moment.
  mutating func leave(_ id: SendID, at moment: Instant) {
    guard let flight = flights.leave(id, at: moment) else { return }
    pacers[Int(flight.batch.call.rawValue)].sent(at: moment, isFirst: !flight.hasLeft)
  }

  /// Notes that a call ended; nil if it was given up before.
  mutating func end(_ id: SendID, at now: Instant) -> Flight? {
    guard let flight = flights.end(id) else { return nil }
    if !flight.hasLeft { pacers[Int(flight.batch.call.rawValue)].neverLeft() }
    lastHeard = now
    window.answered(endsRound: flights.isEmpty)
    return flight
  }

  /// Gives up all calls under way, in the order of their sending.
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

  /// Calls of a kind a second at present, if the user should hear of it.
  mutating func newRate(of call: Call) -> Double? { pacers[Int(call.rawValue)].newRate() }

  /// What the run has found out about the rate that an endpoint takes.
  func findings(of call: Call) -> RateFindings { pacers[Int(call.rawValue)].findings }

  /// What the run has found out about the rate that each endpoint takes, of those that refused calls.
  var findings: [RunResult.PaceFinding] {
    Call.allCases.map { .init(call: $0, findings: findings(of: $0)) }
      .filter { $0.findings.refusals > 0 }
  }

  /// The least time between two calls of a kind, if it is another than the last time.
  mutating func newGap(of call: Call) -> Interval? { pacers[Int(call.rawValue)].newGap() }
}
