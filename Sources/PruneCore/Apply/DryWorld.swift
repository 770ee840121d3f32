/// A world in which nothing is sent: calls that change users succeed at once and are reported to
/// `batch`, so a dry run takes the same path as an apply and selects exactly what it would
/// (docs/architecture.md, "Precheck"). Time passes only as far as the machine waits.
package struct DryWorld: World {
  /// A batch that an apply would send.
  package struct PlannedBatch: Equatable, Sendable {
    package var call: Call
    package var ids: [UserID]
    /// The earliest send time, counted from the first call.
    package var after: Interval
  }

  private let unread: Set<UserID>
  private let batch: (PlannedBatch) -> Void
  private let start: Moment
  private var time: Moment
  private var events: [ApplyEvent] = []
  private var hasIntents = false
  /// Users who were cleared and not read back.
  private var cleared: Set<UserID> = []

  /// Begins at a moment of the real clocks. Users whom the plan's state leaves unresolved cannot be
  /// read, so they stay unresolved, and none is sent again.
  package init(_ plan: Plan, at now: Moment, batch: @escaping (PlannedBatch) -> Void) {
    start = now
    unread = UnresolvedUsers(of: plan).ids
    time = now
    self.batch = batch
  }

  package func now() -> Moment { time }

  package mutating func perform(_ action: ApplyAction, earliest: Instant) {
    switch action {
    case .append(_, let ticket):
      hasIntents = true
      events.append(.durable(ticket))
    case .send(let id, let call, let ids):
      time.instant = max(time.instant, earliest)
      // Users are sent only under an intent, the probe before the first one; a user's id may look
      // like a probe's.
      if call.operation != nil, hasIntents {
        batch(PlannedBatch(call: call, ids: ids, after: time.instant - start.instant))
      }
      events.append(.sent(id, at: time.instant))
      if call == .clearTags { cleared.formUnion(ids) }
      events.append(.answered(id, reply(call, ids)))
    case .saveTags, .addTags, .pace, .cancelQueued, .renewSignature, .abandon, .notice, .finish:
      break
    }
  }

  package mutating func wait(until deadline: Instant?) -> [ApplyEvent] {
    defer { events = [] }
    if events.isEmpty, let deadline, deadline > time.instant {
      let seconds = (deadline - start.instant).seconds
      time = Moment(
        instant: deadline, wall: Timestamp(seconds: start.wall.seconds &+ UInt32(seconds)))
    }
    return events
  }

  /// The response of a service without failures, in which every user has a tag until it is cleared.
  private mutating func reply(_ call: Call, _ ids: [UserID]) -> Reply {
    var body = Array(#"{"ActionStatus":"OK","ErrorCode":0"#.utf8)
    if call == .readTags {
      body.append(contentsOf: #","UserTags":["#.utf8)
      for (index, id) in ids.filter({ !unread.contains($0) }).enumerated() {
        body.append(contentsOf: (index == 0 ? #"{"To_Account":""# : #",{"To_Account":""#).utf8)
        body.appendJSON(id)
        let tags = cleared.remove(id) == nil ? #"["x"]"# : "[]"
        body.append(contentsOf: #"","Tags":\#(tags)}"#.utf8)
      }
      body.append(UInt8(ascii: "]"))
    }
    if call == .deleteAccounts || call == .checkAccounts && ids.allSatisfy(ApplyMachine.isProbe) {
      body.append(contentsOf: #","ResultItem":["#.utf8)
      for (index, id) in ids.enumerated() {
        body.append(contentsOf: (index == 0 ? #"{"UserID":""# : #",{"UserID":""#).utf8)
        body.appendJSON(id)
        body.append(contentsOf: #"","ResultCode":0,"AccountStatus":"NotImported"}"#.utf8)
      }
      body.append(UInt8(ascii: "]"))
    }
    body.append(UInt8(ascii: "}"))
    return .response(status: 200, body: body)
  }
}
