/// What the sandbox has seen since its start, for tests and for the curious.
struct Counters {
  /// What one endpoint has seen. Times are monotonic nanoseconds.
  struct Calls: Equatable {
    /// Calls with the verdict 0.
    var ok = 0
    /// Calls with any other verdict but 60007.
    var refused = 0
    /// Calls refused with 60007.
    var throttled = 0
    /// Calls that a fault kept from having a verdict and an effect.
    var unserved = 0
    var firstSend: UInt64 = 0
    var lastSend: UInt64 = 0
    /// The least time between two calls as they arrived; nil before the second.
    var minGap: UInt64?

    /// All calls, whatever their verdict.
    var total: Int { ok + refused + throttled + unserved }
  }

  private(set) var calls: [Endpoint: Calls] = [:]
  /// Accounts deleted.
  var removed = 0
  /// Deletions of ids that were not there.
  var deletesOfAbsent = 0
  /// Users who lost at least one tag.
  var cleared = 0
  /// Ids registered again after their account had been removed.
  var reregistered = 0
  /// Accounts deleted under an id that another person had before.
  var removedAgain = 0
  /// Faults dealt, by kind.
  var faults: [Fault.Kind: Int] = [:]
  private var inFlight = 0
  private(set) var maxInFlight = 0

  /// Notes a call and its verdict.
  mutating func count(_ endpoint: Endpoint, code: Int?, at now: UInt64) {
    var seen = calls[endpoint] ?? Calls(firstSend: now)
    if seen.total > 0 {
      let gap = now >= seen.lastSend ? now - seen.lastSend : 0
      seen.minGap = min(seen.minGap ?? gap, gap)
    }
    seen.lastSend = now
    switch code {
    case 0: seen.ok += 1
    case nil: seen.unserved += 1
    case Refusal.overRate.code: seen.throttled += 1
    default: seen.refused += 1
    }
    calls[endpoint] = seen
  }

  /// Notes that a call has come and is not answered yet.
  mutating func enter() {
    inFlight += 1
    maxInFlight = max(maxInFlight, inFlight)
  }

  /// Notes that a call has been answered, or that its caller has gone.
  mutating func leave() {
    inFlight -= 1
  }

  /// The counters as JSON, endpoints in the order of their declaration.
  func json(users: Int) -> JSONText {
    var text = JSONText()
    text.raw("{\"users\":\(users),\"removed\":\(removed),\"deletes_of_absent\":\(deletesOfAbsent)")
    text.raw(",\"cleared\":\(cleared),\"reregistered\":\(reregistered)")
    text.raw(
      ",\"removed_again\":\(removedAgain),\"in_flight\":\(inFlight),\"max_in_flight\":\(maxInFlight),\"faults\":"
    )
    text.object(Fault.Kind.allCases.filter { faults[$0] != nil }) { text, kind in
      text.raw("\"\(kind.rawValue)\":\(faults[kind] ?? 0)")
    }
    text.raw(",\"calls\":")
    text.object(Endpoint.allCases.filter { calls[$0] != nil }) { text, endpoint in
      let seen = calls[endpoint] ?? Calls()
      text.raw("\"\(endpoint.name)\":{\"ok\":\(seen.ok),\"refused\":\(seen.refused)")
      text.raw(
        ",\"throttled\":\(seen.throttled),\"unserved\":\(seen.unserved),\"first_send_ns\":\(seen.firstSend)"
      )
      text.raw(",\"last_send_ns\":\(seen.lastSend),\"min_gap_ns\":")
      text.raw(seen.minGap.map(String.init) ?? "null")
      text.raw("}")
    }
    text.raw("}\n")
    return text
  }
}
