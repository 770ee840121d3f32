/// Why one item is blocked.
package enum Block: Equatable, Sendable {
  /// By the manifest's `guards.protected`, at this index.
  case protected(UInt16)
  /// `administrator`, which every app has.
  case administrator
  /// The admin that the calls are made as.
  case callingAdmin
  /// A prefix that the service keeps for itself.
  case reservedPrefix
}

/// Why a whole plan is refused. Each is lifted by one setting, which its explanation names.
package enum Refusal: Equatable, Sendable {
  /// More users than a cap allows.
  case cap(Operation, planned: Int, limit: Int)
  /// More removals than the command line allows, though not more than the manifest does.
  case flagCap(planned: Int, limit: Int)
  /// More removals than one change of the manifest may add.
  case newRemovals(planned: Int, limit: Int)
  /// The manifest asks for another number of users than its `expect` says.
  case expectation(Operation, expected: Int, found: Int)
  /// The app's edition does not allow removals (71000).
  case removalsNeedEdition(Edition)
  /// The app has no right to the tag calls (90045).
  case clearsNeedTagPush(Edition)
}

/// What a plan says besides, without refusing.
package enum Caution: Equatable, Sendable {
  /// The documents disagree whether this edition may have the tag calls at all.
  case tagsBelowUltimate(Edition)
  /// With `tags_api: timpush` the right to clear cannot be told from the edition.
  case tagRightsUnknown
}

/// What a plan says of the files that its state was read from.
package enum StateCaution: Equatable, Sendable {
  /// The plan includes what the journal of this run says.
  case journal(RunID)
  /// The state is a link: what is reviewed and committed under its name is not the state.
  case link(String)
}

/// The offline guards (docs/architecture.md, "Guards"): they block items and refuse plans, and
/// never change what is wanted.
package enum Guards {
  /// Prefixes that the service keeps for robots, official accounts and groups (docs/service.md,
  /// "User ids").
  static let reservedPrefixes = ["@RBT#", "@TOA#", "@TGS#", "@TLS#"]

  /// What is to be said of a plan as a whole.
  package struct Verdict: Equatable, Sendable {
    package var refusals: [Refusal] = []
    package var cautions: [Caution] = []
  }

  /// Gives every item and the whole plan their verdicts.
  ///
  /// `maxRemovals` comes from outside the manifest; it may lower the manifest's cap, never raise it.
  package static func judge(_ plan: inout Plan, maxRemovals: Int? = nil) {
    block(&plan)
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
    let verdict = verdict(on: manifest, removals: removals, clears: clears)
    plan.refusals += verdict.refusals
    plan.cautions += verdict.cautions
  }

  /// What is to be said of a manifest alone, whatever the state.
  package static func judge(_ manifest: Manifest) -> Verdict {
    verdict(
      on: manifest, removals: manifest.count(of: .removeAccount),
      clears: manifest.count(of: .clearTags))
  }

  /// The entries of a manifest that must not be touched, whatever the state.
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

  /// Blocks every protected user that is asked for, also one for whom nothing is left to do.
  private static func block(_ plan: inout Plan) {
    let protection = Protection(plan.manifest)
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
          // Rare: only now are the items so far put aside, to make room for one more.
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

  /// Removals need `trial` or `developer`, or the console's switch; clears need `tag_push`
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
