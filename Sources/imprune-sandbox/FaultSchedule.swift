/// Which calls fail and how: by call number, or at random with a seed.
///
/// Calls count from 1 in the order of their arrival. Calls that change users (including the probe of a
/// precheck) and calls that read count separately.
struct FaultSchedule {
  /// A fault and the calls that it is for, as text `FAULT:CALLS`: `drop-after:7`, `502-before:3-5`,
  /// `stall-after:read/2`.
  struct Rule: Equatable {
    var fault: Fault
    var effect: Endpoint.Effect
    var numbers: ClosedRange<Int>
  }

  private var rules: [Rule] = []
  private var odds = 0.0
  private var kinds: [Fault] = []
  private var chance = Chance(seed: 0)

  /// Nothing goes wrong.
  init() {}

  /// Faults as text: with calls, for those; without calls, for each call with probability `odds`. If
  /// every fault has calls, random faults can be of any kind that the response shows.
  init(_ texts: [String], odds: Double = 0, seed: UInt64 = 0) throws(BadValue) {
    for text in texts {
      let (name, calls) = text.cut(at: ":")
      let fault = try Fault(name)
      if let calls {
        let (effect, numbers) = try Self.calls(calls)
        rules.append(Rule(fault: fault, effect: effect, numbers: numbers))
      } else {
        guard odds > 0 else {
          throw BadValue(
            description: "'\(text)' does not say which calls fail. Add the call numbers, as in "
              + "\(text):7, or use --fault-odds")
        }
        kinds.append(fault)
      }
    }
    self.odds = odds
    if kinds.isEmpty { kinds = Fault.Kind.allCases.filter(\.shows).map { Fault($0) } }
    chance = Chance(seed: seed)
  }

  /// The fault of the endpoint's call with this number; nil if nothing goes wrong.
  func fault(of endpoint: Endpoint, number: Int) -> Fault? {
    guard let effect = endpoint.effect else { return nil }
    let rule = rules.first {
      $0.effect == effect && $0.numbers.contains(number) && $0.fault.fits(endpoint)
    }
    if let rule { return rule.fault }
    guard odds > 0 else { return nil }
    let call = "\(effect) \(number)"
    guard chance.fraction(call) < odds else { return nil }
    let fitting = kinds.filter { $0.fits(endpoint) }
    guard !fitting.isEmpty else { return nil }
    return fitting[Int(chance.fraction("kind of \(call)") * Double(fitting.count))]
  }

  /// Reads `[read/]N[-M]`.
  private static func calls(
    _ text: String
  ) throws(BadValue) -> (effect: Endpoint.Effect, numbers: ClosedRange<Int>) {
    let isOfReads = text.hasPrefix("read/")
    let bounds = text.dropFirst(isOfReads ? "read/".count : 0)
      .split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { Int($0) }
    guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, first >= 1, last >= first
    else {
      throw BadValue(
        description: "'\(text)' is not a call number: 7 is the seventh call that changes users, "
          + "7-9 are three of them, read/7 is the seventh call that reads")
    }
    return (isOfReads ? .reads : .changes, first...last)
  }
}
