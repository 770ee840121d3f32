/// Why one item is blocked.
package enum Block: Equatable, Sendable {
  /// The entry of the manifest's `guards.protected` with this index.
  case protected(UInt16)
  /// `administrator`, which every app has.
  case administrator
  /// The admin in whose name calls are made.
  case callingAdmin
  /// A prefix reserved by the service.
  case reservedPrefix
  /// The entry with this index of those that the change removes from `guards.protected`.
  case unprotected(UInt16)
  /// The admin before the change.
  case formerAdmin
  /// The protected entry of a policy with this index, counted over all policies.
  case policy(UInt16)
}

/// Why a whole plan is refused. One setting changes each; its explanation names it.
package enum Refusal: Equatable, Sendable {
  /// More users than a cap allows.
  case cap(Operation, planned: Int, limit: Int)
  /// More removals than the command line allows, though not more than the manifest allows.
  case flagCap(planned: Int, limit: Int)
  /// More removals than one change of the manifest may add.
  case newRemovals(planned: Int, limit: Int)
  /// The manifest has another number of users than its `expect` says.
  case expectation(Operation, expected: Int, found: Int)
  /// More of the users have no account, or could not be read, than `guards.max_absent` allows.
  case absent(users: Int, unread: Int, of: Int, limit: Percentage)
  /// The app's edition does not allow removals (71000).
  case removalsNeedEdition(Edition)
  /// The app does not have the tag calls (90045).
  case clearsNeedTagPush(Edition)
  /// The change loosens a rule and uses it.
  case loosened(RuleUse)
  /// The change edits the state.
  case stateEdited(StateEdits)
  case policy(PolicyRefusal)
}

/// A warning of a plan.
package enum Caution: Equatable, Sendable {
  /// The documentation is contradictory about whether this edition may have the tag calls.
  case tagsBelowUltimate(Edition)
  /// With `tags_api: timpush` the edition does not show whether clears are allowed.
  case tagRightsUnknown
  /// The change edits the state, and `--allow-state-edits` lets it.
  case stateEdited(StateEdits)
}

/// A warning about the files of a plan's state.
package enum StateCaution: Equatable, Sendable {
  /// The plan includes the outcomes in this run's journal.
  case journal(RunID)
  /// The state is a link: the file reviewed and committed under its name is not the state.
  case link(String)
}

/// The offline guards (docs/architecture.md, "Guards"): they block items and refuse plans, and
/// never change what is wanted.
package enum Guards {
  /// Prefixes that the service reserves for robots, official accounts and groups (docs/service.md,
  /// "User ids").
  static let reservedPrefixes = ["@RBT#", "@TOA#", "@TGS#", "@TLS#"]

  /// The verdict on a plan as a whole.
  package struct Verdict: Equatable, Sendable {
    package var refusals: [Refusal] = []
    package var cautions: [Caution] = []
  }

  /// Applies the guards to every item and the whole plan.
  ///
  /// `maxRemovals` is from the command line; it may lower the manifest's cap, never raise it.
  package static func judge(_ plan: inout Plan, maxRemovals: Int? = nil) {
    block(&plan)
    blockUnprotected(&plan)
    let manifest = plan.manifest
    let (removals, clears) = plan.allowed
    if removals > manifest.guards.maxRemovals {
      plan.refusals.append(
        .cap(.removeAccount, planned: removals, limit: manifest.guards.maxRemovals))
    } else if let maxRemovals, removals > maxRemovals {
      plan.refusals.append(.flagCap(planned: removals, limit: maxRemovals))
    }
    if plan.base != nil, let limit = manifest.guards.maxNewRemovals {
      let added = plan.changeCount(of: .removeAccount)
      if added > limit { plan.refusals.append(.newRemovals(planned: added, limit: limit)) }
    }
    if clears > manifest.guards.maxClears {
      plan.refusals.append(.cap(.clearTags, planned: clears, limit: manifest.guards.maxClears))
    }
    plan.refusals += plan.policies
      .refusals(of: manifest.app, removals: removals, clears: clears).map(Refusal.policy)
    let verdict = verdict(on: manifest, removals: removals, clears: clears)
    plan.refusals += verdict.refusals
    plan.cautions += verdict.cautions
    judgeUses(&plan)
  }

  /// Whether the description of an app allows an operation.
  static func allow(_ operation: Operation, _ app: App) -> Bool {
    editionVerdict(app, removals: operation == .removeAccount, clears: operation == .clearTags)
      .refusals.isEmpty
  }

  /// The verdict on a manifest alone, whatever the state.
  package static func judge(_ manifest: Manifest) -> Verdict {
    verdict(
      on: manifest, removals: manifest.count(of: .removeAccount),
      clears: manifest.count(of: .clearTags))
  }

  /// The manifest's entries for protected users, whatever the state.
  package static func blocked(in manifest: Manifest) -> [(entry: Entries.Entry, block: Block)] {
    let protection = Protection(manifest)
    return manifest.entries.list.compactMap { entry in
      protection.block(entry.id).map { (entry, $0) }
    }
  }

  private static func verdict(on manifest: Manifest, removals: Int, clears: Int) -> Verdict {
    var verdict = editionVerdict(manifest.app, removals: removals > 0, clears: clears > 0)
    let expected: [(Operation, Int?)] = [
      (.removeAccount, manifest.expect.removals), (.clearTags, manifest.expect.clears),
    ]
    for (operation, expected) in expected {
      let asked = manifest.count(of: operation)
      if let expected, asked != expected {
        verdict.refusals.append(.expectation(operation, expected: expected, found: asked))
      }
    }
    return verdict
  }

  /// Blocks every protected user in the manifest, even if nothing is left to do.
  private static func block(_ plan: inout Plan) {
    let protection = Protection(plan.manifest, plan.policies)
    var items: [Plan.Item] = []
    var next = 0
    var isWhole = true
    for (index, entry) in plan.manifest.entries.list.enumerated() {
      let isItem = next < plan.items.count && Int(plan.items[next].entry) == index
      if let block = protection.block(entry.id) {
        protection.patterns.forEachMatch(of: entry.id) { plan.unmatchedProtected.remove($0) }
        if isItem {
          plan.items[next].block = block
        } else {
          // Rare: copy the items so far only now, to make room for one more.
          if isWhole { items = Array(plan.items[..<next]) }
          isWhole = false
          let operation = plan.manifest.entries.operation(of: entry)
          items.append(
            Plan.Item(entry: UInt32(index), cause: .done, operation: operation, block: block))
          plan.unchanged -= 1
        }
      }
      if isItem {
        if !isWhole { items.append(plan.items[next]) }
        next += 1
      }
    }
    if !isWhole { plan.items = items }
  }

  /// Removals need `trial` or `developer`, or the feature in the console; clears need `tag_push`
  /// (docs/service.md, "Editions").
  private static func editionVerdict(_ app: App, removals: Bool, clears: Bool) -> Verdict {
    var verdict = Verdict()
    if removals, ![.trial, .developer].contains(app.edition),
      !app.enabled.contains(.accountDeletion)
    {
      verdict.refusals.append(.removalsNeedEdition(app.edition))
    }
    guard clears else { return verdict }
    if app.tagsAPI == .timpush {
      if !app.enabled.contains(.tagPush) { verdict.cautions.append(.tagRightsUnknown) }
    } else if !app.enabled.contains(.tagPush) {
      verdict.refusals.append(.clearsNeedTagPush(app.edition))
    } else if ![.ultimate, .enterprise].contains(app.edition) {
      verdict.cautions.append(.tagsBelowUltimate(app.edition))
    }
    return verdict
  }
}
