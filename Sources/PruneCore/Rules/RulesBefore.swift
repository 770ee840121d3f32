/// The rules before a change; a plan is judged by the stricter of these and its manifest's.
package struct RulesBefore: Equatable, Sendable {
  /// Those of a manifest; the defaults if there was none.
  package let guards: GuardSettings
  package let expect: Expect
  /// Nil if there was no manifest.
  package let app: App?
  /// How many users the manifest listed, by operation.
  private let listed: [Int]
  /// The entries of `guards.protected` that the change removes, and that no other entry covers.
  package let unprotected: [String]

  init(_ base: Manifest?, _ changes: [RuleChange], _ manifest: Manifest) {
    guards = base?.guards ?? GuardSettings()
    expect = base?.expect ?? Expect()
    app = base?.app
    listed = base?.entries.counts ?? [0, 0]
    unprotected = changes.flatMap { change in
      if change.rule == .protected, case .list(let removed, _) = change.values {
        return RuleChange.uncovered(removed, by: manifest.guards.protected)
      }
      return []
    }
  }

  func count(of operation: Operation) -> Int { listed[Int(operation.rawValue)] }
}

/// A rule that a change loosens, and that the users it adds would break as it was before.
package enum RuleUse: Equatable, Sendable {
  case cap(Operation, planned: Int, before: Int)
  case newRemovals(planned: Int, before: Int)
  case absent(users: Int, unread: Int, of: Int, before: Percentage)
  /// The change drops the number that `expect` had, and lists another number of users.
  case expectation(Operation, before: Int, found: Int)
  /// The app as it was described did not allow the operation.
  case rights(Operation)
  case otherApp(before: SDKAppID)
  case otherService(before: String)

  package var rule: Rule {
    switch self {
    case .cap(.removeAccount, _, _): .maxRemovals
    case .cap(.clearTags, _, _): .maxClears
    case .newRemovals: .maxNewRemovals
    case .absent: .maxAbsent
    case .expectation(.removeAccount, _, _): .expectedRemovals
    case .expectation(.clearTags, _, _): .expectedClears
    case .rights: .enabled
    case .otherApp: .appID
    case .otherService: .region
    }
  }
}

extension Guards {
  /// Refuses a change that loosens a rule and uses it: one person could merge both with one look.
  ///
  /// Only users that the change adds use a rule. Without them a rule can be loosened, also for users
  /// who wait since earlier changes.
  static func judgeUses(_ plan: inout Plan) {
    guard let before = plan.rulesBefore else { return }
    let (removals, clears) = plan.allowed
    let (added, rules) = (plan.added, plan.manifest.guards)
    for (operation, planned, old, new) in [
      (Operation.removeAccount, removals, before.guards.maxRemovals, rules.maxRemovals),
      (.clearTags, clears, before.guards.maxClears, rules.maxClears),
    ] where added[operation] > 0 && old < planned && planned <= new {
      plan.refusals.append(.loosened(.cap(operation, planned: planned, before: old)))
    }
    let change = plan.changeCount(of: .removeAccount)
    if let old = before.guards.maxNewRemovals, added.removals > 0, old < change,
      change <= rules.maxNewRemovals ?? .max
    {
      plan.refusals.append(.loosened(.newRemovals(planned: change, before: old)))
    }
    for (operation, old, new) in [
      (Operation.removeAccount, before.expect.removals, plan.manifest.expect.removals),
      (.clearTags, before.expect.clears, plan.manifest.expect.clears),
    ] where new == nil {
      let found = plan.manifest.count(of: operation)
      if let old, found != old, found != before.count(of: operation) {
        plan.refusals.append(.loosened(.expectation(operation, before: old, found: found)))
      }
    }
    if let app = before.app { judgeUses(of: app, &plan) }
  }

  private static func judgeUses(of before: App, _ plan: inout Plan) {
    let (added, app) = (plan.added, plan.manifest.app)
    for operation in Operation.allCases.reversed()
    where added[operation] > 0 && allow(operation, app) && !allow(operation, before) {
      plan.refusals.append(.loosened(.rights(operation)))
    }
    if added.removals + added.clears == 0 { return }
    if before.id != app.id {
      plan.refusals.append(.loosened(.otherApp(before: before.id)))
    } else if before.endpointText != app.endpointText {
      plan.refusals.append(.loosened(.otherService(before: before.endpointText)))
    }
  }

  /// Blocks users that the change adds and whom the rules before it protected.
  static func blockUnprotected(_ plan: inout Plan) {
    guard let before = plan.rulesBefore else { return }
    let admin = before.app?.admin
    if before.unprotected.isEmpty, admin == nil || admin == plan.manifest.app.admin { return }
    let patterns = PatternIndex(before.unprotected)
    for index in plan.items.indices where plan.items[index].isChange {
      if plan.items[index].block != nil || plan.items[index].cause == .done { continue }
      let id = plan.entry(of: plan.items[index]).id
      var steps = 0
      if id == admin {
        plan.items[index].block = .formerAdmin
      } else if let match = patterns.firstMatch(of: id, &steps) {
        plan.items[index].block = .unprotected(match)
      }
    }
  }
}
