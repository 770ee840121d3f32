import PruneCore

/// What counts toward the limit of 100 calls per second (docs/service.md, "Limits").
extension Check {
  static var limits: [Check] {
    [
      Check(
        "limit_unit", "Does the limit count calls or users?", .assumed("calls"), or: ["users"]
      ) { (interview) throws(NoAnswer) in try interview.askLimitUnit() },
      Check(
        "limit_scope", "Does an endpoint have a limit of its own, or the app one for all?",
        .assumed("endpoint"), or: ["app"]
      ) { (interview) throws(NoAnswer) in
        let finding = try interview.askLimitScope()
        // A second of the clock may have begun in the middle, or new connections took too long.
        if case .notSeen = finding, interview.hasSeenLimit { return try interview.askLimitScope() }
        return finding
      },
      Check(
        "limit_refused", "Do calls count that are refused for what they ask?",
        .assumed("counted"), or: ["not_counted"]
      ) { (interview) throws(NoAnswer) in try interview.askLimitRefused() },
    ]
  }
}

extension Interview {
  /// The time in which a burst shows a limit of calls per second.
  private static let second = Interval.seconds(1)
  /// So many calls break a limit of 100.
  private static let shortBurst = 104
  /// So many break it even if they are spread over two seconds of the service's clock; this many more
  /// than it admits.
  private static let longBurst = 204
  private static let excess = 4

  /// Compares 12 calls for one user each with 12 for 24 users each, 288 in all: more than a limit of 100
  /// users admits, even in two seconds of the service's clock.
  fileprivate mutating func askLimitUnit() throws(NoAnswer) -> Finding {
    let count = 12
    let control = try burst(Array(repeating: greeting, count: count))
    let test = try burst(Array(repeating: ContractCall(.checkAccounts, ids), count: count))
    try requireAnswers(control, [.done, .throttled])
    try requireAnswers(test, [.done, .throttled])
    guard control.refused(in: 0) == 0 else {
      return .notSeen("\(control.refused(in: 0)) of \(count) calls for one user were refused")
    }
    switch test.refused(in: 0) {
    case 0: return test.time < Self.second ? .seen("calls") : tooSlow(count, test.time)
    case 1: return .notSeen("1 of \(count) calls was refused")
    case let refused: return .seen("users", detail: "\(refused) of \(count) refused")
    }
  }

  /// Breaks the limit of an endpoint, calls another endpoint, and makes sure that the limit still holds.
  fileprivate mutating func askLimitScope() throws(NoAnswer) -> Finding {
    let others = Array(
      repeating: ContractCall(.deleteAccounts, Array(strangers.prefix(1))), count: 3)
    let control = try burst(others)
    guard control.refused(in: 0) == 0 else {
      return .notSeen("3 calls to another endpoint are too many for its limit")
    }
    let burst = try burst(
      Array(repeating: greeting, count: Self.shortBurst), others, [greeting])
    let refused = burst.refused(in: 0)
    hasSeenLimit = hasSeenLimit || refused > 1
    guard burst.time < Self.second else { return tooSlow(Self.shortBurst, burst.time) }
    guard refused > 0 else {
      return .notSeen("none of \(Self.shortBurst) calls in \(tenths(burst.time)) s was refused")
    }
    guard burst.refused(in: 2) == 1 else {
      return .notSeen("the limit was over before another endpoint had answered")
    }
    let detail = "\(refused) of \(Self.shortBurst) refused"
    switch burst.refused(in: 1) {
    case 0 where burst.isAnswered(1, [.done, .batch, .fatal, .other]):
      return .seen("endpoint", detail: detail)
    case 0: throw .ofService("another endpoint did not answer")
    case 3: return .seen("app", detail: detail)
    case let others: return .notSeen("\(others) of 3 calls to another endpoint were refused")
    }
  }

  fileprivate mutating func askLimitRefused() throws(NoAnswer) -> Finding {
    guard hasSeenLimit else { return .notSeen("no limit was seen") }
    let burst = try burst(Array(repeating: ContractCall.checkingNone, count: Self.longBurst))
    let throttled = burst.refused(in: 0)
    if throttled >= Self.excess {
      return .seen("counted", detail: "\(throttled) of \(Self.longBurst) refused for their number")
    }
    try requireAnswers(burst, [.done, .throttled, .batch, .fatal, .other])
    guard throttled == 0 else {
      return .notSeen("\(throttled) of \(Self.longBurst) calls were refused for their number")
    }
    let codes = Set(burst.codes[0])
    guard codes.count == 1, codes.first != ServiceCode(0) else {
      return .notSeen("the service did not refuse calls for no account")
    }
    return burst.time < Self.second
      ? .seen("not_counted") : tooSlow(Self.longBurst, burst.time)
  }

  private func requireAnswers(_ burst: Burst, _ classes: [CodeClass]) throws(NoAnswer) {
    guard burst.codes.indices.allSatisfy({ burst.isAnswered($0, classes) }) else {
      throw .ofService("a call of a burst had no usable answer")
    }
  }

  private func tooSlow(_ count: Int, _ time: Interval) -> Finding {
    .notSeen("\(count) calls took \(tenths(time)) s, too long to break a limit")
  }

  private func tenths(_ time: Interval) -> String {
    let tenths = Int(time.seconds * 10)
    return "\(tenths / 10).\(tenths % 10)"
  }
}

extension Interview.Burst {
  /// How many calls of a wave were refused for their number.
  fileprivate func refused(in wave: Int) -> Int {
    codes[wave].count { Self.meaning($0) == .throttled }
  }

  /// Whether every call of a wave has an answer with a code of these classes.
  fileprivate func isAnswered(_ wave: Int, _ classes: [CodeClass]) -> Bool {
    codes[wave].allSatisfy { code in Self.meaning(code).map(classes.contains) ?? false }
  }

  private static func meaning(_ code: ServiceCode?) -> CodeClass? {
    code.map { ServiceCodes.meaning(of: $0, for: .deleteAccounts) }
  }
}
