import JSON

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

  /// The counters as one line of JSON with its line end, endpoints in the order of their
  /// declaration.
  func line(users: Int) -> [UInt8] {
    var json = JSONText()
    json.object { json in
      json.field("users", users)
      json.field("removed", removed)
      json.field("deletes_of_absent", deletesOfAbsent)
      json.field("cleared", cleared)
      json.field("reregistered", reregistered)
      json.field("removed_again", removedAgain)
      json.field("in_flight", inFlight)
      json.field("max_in_flight", maxInFlight)
      json.key("faults")
      json.object { json in
        for kind in Fault.Kind.allCases {
          if let count = faults[kind] { json.field(kind.rawValue, count) }
        }
      }
      json.key("calls")
      json.object { json in
        for endpoint in Endpoint.allCases {
          guard let seen = calls[endpoint] else { continue }
          json.key(endpoint.name)
          json.object { json in seen.write(into: &json) }
        }
      }
    }
    return json.bytes + [UInt8(ascii: "\n")]
  }
}

extension Counters.Calls {
  fileprivate func write(into json: inout JSONText) {
    json.field("ok", ok)
    json.field("refused", refused)
    json.field("throttled", throttled)
    json.field("unserved", unserved)
    json.field("first_send_ns", firstSend)
    json.field("last_send_ns", lastSend)
    json.field("min_gap_ns", minGap)
  }
}
