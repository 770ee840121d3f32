/// What a change of a manifest does to one of its rules.
package struct RuleChange: Equatable, Sendable {
  package let rule: Rule
  package let effect: Effect
  package let values: Values

  package enum Effect: String, Sendable {
    /// The rule allows more than before, or other things.
    case loosened
    /// It allows less.
    case tightened
    /// It neither allows more nor less.
    case changed
  }

  /// The values before and after.
  package enum Values: Equatable, Sendable {
    /// Nil if the manifest does not set it and there is no default.
    case number(before: Int?, after: Int?)
    case text(before: String?, after: String?)
    /// The items of a list that only the base has, and those that only the change has.
    case list(removed: [String], added: [String])
  }
}

/// The rules of a change compared with those before it.
extension RuleChange {
  /// What differs, in the order of `Rule`. Without a manifest before, only the guards are compared,
  /// with the defaults: the app is new, and with it everything about it.
  static func list(from base: Manifest?, to manifest: Manifest) -> [RuleChange] {
    var changes = guards(from: base?.guards ?? GuardSettings(), to: manifest.guards)
    if let base {
      changes += expectations(from: base.expect, to: manifest.expect)
      changes += app(from: base.app, to: manifest.app)
    }
    return changes
  }

  private static func guards(
    from base: GuardSettings, to guards: GuardSettings
  ) -> [RuleChange] {
    [
      cap(.maxRemovals, base.maxRemovals, guards.maxRemovals),
      cap(.maxClears, base.maxClears, guards.maxClears),
      cap(.maxNewRemovals, base.maxNewRemovals, guards.maxNewRemovals),
      share(base.maxAbsent, guards.maxAbsent),
      protected(base.protected, guards.protected),
    ].compactMap(\.self)
  }

  /// An upper limit; nil is no limit.
  private static func cap(_ rule: Rule, _ before: Int?, _ after: Int?) -> RuleChange? {
    if before == after { return nil }
    return RuleChange(
      rule: rule, effect: before ?? .max < after ?? .max ? .loosened : .tightened,
      values: .number(before: before, after: after))
  }

  private static func share(_ before: Percentage?, _ after: Percentage?) -> RuleChange? {
    if before == after { return nil }
    return RuleChange(
      rule: .maxAbsent,
      effect: before?.number ?? .max < after?.number ?? .max ? .loosened : .tightened,
      values: .text(before: before?.description, after: after?.description))
  }

  private static func protected(
    _ before: [ProtectedPattern], _ after: [ProtectedPattern]
  ) -> RuleChange? {
    let change = list(.protected, before.map(\.text), after.map(\.text)) { _, _ in .tightened }
    guard let change, case .list(let removed, let added) = change.values else { return nil }
    let uncovered = uncovered(removed, by: after)
    // What matters comes first, since a view names only the first entries.
    let rest = Set(uncovered.map { Array($0.utf8) })
    return RuleChange(
      rule: .protected, effect: uncovered.isEmpty ? .tightened : .loosened,
      values: .list(
        removed: uncovered + removed.filter { !rest.contains(Array($0.utf8)) }, added: added))
  }

  /// The entries that protect users whom no entry of the others protects.
  ///
  /// An entry that matches the text of another covers it: its asterisks match those of the other,
  /// whatever these stand for.
  static func uncovered(_ removed: [String], by others: [ProtectedPattern]) -> [String] {
    if removed.isEmpty { return [] }
    let index = PatternIndex(others.map(\.text))
    return removed.filter { text in
      var steps = 0
      return UserID(text).flatMap { index.firstMatch(of: $0, &steps) } == nil
    }
  }

  private static func list(
    _ rule: Rule, _ before: [String], _ after: [String],
    _ effect: (_ removed: [String], _ added: [String]) -> Effect
  ) -> RuleChange? {
    // By bytes: two spellings of a letter are equal strings, but protect different ids.
    let (old, new) = (Set(before.map { Array($0.utf8) }), Set(after.map { Array($0.utf8) }))
    var seen: Set<[UInt8]> = []
    func isNew(_ text: String, beside others: Set<[UInt8]>) -> Bool {
      let bytes = Array(text.utf8)
      return !others.contains(bytes) && seen.insert(bytes).inserted
    }
    let removed = before.filter { isNew($0, beside: new) }
    let added = after.filter { isNew($0, beside: old) }
    if removed.isEmpty, added.isEmpty { return nil }
    return RuleChange(
      rule: rule, effect: effect(removed, added),
      values: .list(removed: removed, added: added))
  }

  /// A number that is expected changes with the users; only its absence checks less.
  private static func expectations(from base: Expect, to expect: Expect) -> [RuleChange] {
    [
      (Rule.expectedRemovals, base.removals, expect.removals),
      (.expectedClears, base.clears, expect.clears),
    ].compactMap { rule, before, after in
      if before == after { return nil }
      return RuleChange(
        rule: rule, effect: after == nil ? .loosened : before == nil ? .tightened : .changed,
        values: .number(before: before, after: after))
    }
  }

  /// Another app, or another address, has other users, so the rules that were reviewed say nothing
  /// about them.
  private static func app(from base: App, to app: App) -> [RuleChange] {
    func single(
      _ rule: Rule, _ before: String?, _ after: String?, _ effect: Effect
    ) -> RuleChange? {
      if before.map({ Array($0.utf8) }) == after.map({ Array($0.utf8) }) { return nil }
      return RuleChange(rule: rule, effect: effect, values: .text(before: before, after: after))
    }
    let rights = rights(from: base, to: app)
    // A region and the address of its host are one service.
    let service = base.endpointText == app.endpointText ? Effect.changed : .loosened
    return [
      single(.appID, base.id.description, app.id.description, .loosened),
      single(.region, base.location.region, app.location.region, service),
      single(.endpoint, base.location.url, app.location.url, service),
      // The admin account of the base is protected only as long as it is the admin.
      single(.admin, base.admin.description, app.admin.description, .loosened),
      single(.edition, base.edition.rawValue, app.edition.rawValue, rights),
      list(.enabled, base.enabled.map(\.rawValue).sorted(), app.enabled.map(\.rawValue).sorted()) {
        removed, added in
        added.isEmpty ? .tightened : .loosened
      },
      single(.tagsAPI, base.tagsAPI.rawValue, app.tagsAPI.rawValue, rights),
    ].compactMap(\.self)
  }

  /// What a change of an app does to the operations that its guards let through.
  private static func rights(from base: App, to app: App) -> Effect {
    let gained = Operation.allCases.contains { Guards.allow($0, app) && !Guards.allow($0, base) }
    let lost = Operation.allCases.contains { !Guards.allow($0, app) && Guards.allow($0, base) }
    return gained ? .loosened : lost ? .tightened : .changed
  }
}

extension Location {
  fileprivate var region: String? {
    if case .region(let region) = self { region.rawValue } else { nil }
  }

  fileprivate var url: String? {
    if case .endpoint(let url) = self { url } else { nil }
  }
}
