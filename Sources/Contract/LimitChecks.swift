import PruneCore

/// What counts toward the limit of 100 calls per second (docs/service.md, "Limits").
extension Check {
  private static let limit = 100
  /// A burst that breaks a limit of 100.
  private static let burst = 104

  static var limits: [Check] {
    [
      Check(
        "limit_unit", "Does the limit count calls or users?", .assumed("calls"), or: ["users"]
      ) { (interview) throws(NoAnswer) in
        // 144 users in 6 calls.
        let calls = Array(repeating: ContractCall(.checkAccounts, interview.ids), count: 6)
        let (codes, time) = try interview.burst(calls)
        if codes.contains(where: isThrottle) { return .seen("users") }
        return time < .seconds(1) ? .seen("calls") : .notSeen(tooSlow(calls.count, time))
      },
      Check(
        "limit_scope", "Does an endpoint have a limit of its own, or the app one for all?",
        .assumed("endpoint"), or: ["app"]
      ) { (interview) throws(NoAnswer) in
        // A call to another endpoint follows at once.
        let others = Array(
          repeating: ContractCall(.deleteAccounts, Array(interview.strangers.prefix(1))), count: 3)
        let (codes, time) = try interview.burst(
          Array(repeating: interview.greeting, count: burst) + others)
        let refused = codes.prefix(burst).count(where: isThrottle)
        interview.hasSeenLimit = refused > 0
        guard refused > 0 else {
          return time < .seconds(1)
            ? .notSeen("none of \(burst) calls in \(tenths(time)) s was refused")
            : .notSeen(tooSlow(burst, time))
        }
        let isShared = codes.suffix(others.count).contains(where: isThrottle)
        return .seen(isShared ? "app" : "endpoint", detail: "\(refused) of \(burst) refused")
      },
      Check(
        "limit_refused", "Do calls count that are refused for what they ask?",
        .assumed("counted"), or: ["not_counted"]
      ) { (interview) throws(NoAnswer) in
        guard interview.hasSeenLimit else { return .notSeen("no limit was seen") }
        let (codes, time) = try interview.burst(
          Array(repeating: ContractCall.checkingNone, count: burst))
        if codes.contains(where: isThrottle) { return .seen("counted") }
        guard codes.allSatisfy({ $0.map { $0.number != 0 } ?? false }) else {
          return .notSeen("the service did not refuse calls for no account")
        }
        return time < .seconds(1) ? .seen("not_counted") : .notSeen(tooSlow(burst, time))
      },
    ]
  }

  private static func isThrottle(_ code: ServiceCode?) -> Bool {
    code.map { ServiceCodes.meaning(of: $0, for: .checkAccounts) == .throttled } ?? false
  }

  private static func tooSlow(_ count: Int, _ time: Interval) -> String {
    "\(count) calls took \(tenths(time)) s, too long to break a limit"
  }

  private static func tenths(_ time: Interval) -> String {
    let tenths = Int(time.seconds * 10)
    return "\(tenths / 10).\(tenths % 10)"
  }
}
