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

/// The offline guards (DESIGN 6): they block items and refuse plans, and never change what is
/// wanted.
package enum Guards {
  /// Prefixes that the service keeps for robots, official accounts and groups (service-api.md 7).
  static let reservedPrefixes = ["@RBT#", "@TOA#", "@TGS#", "@TLS#"]

  /// What is to be said of a plan as a whole.
  package struct Verdict: Equatable, Sendable {
    package var refusals: [Refusal] = []
    package var cautions: [Caution] = []
  }

  /// Gives every item and the whole plan their verdicts.
  package static func judge(_ plan: inout Plan) {
    block(&plan)
    let manifest = plan.manifest
    // What is to be resolved may be sent again, so it counts.
    var planned = [0, 0]
    for item in plan.items where item.block == nil {
      planned[Int(plan.operation(of: item).rawValue)] += 1
    }
    let (clears, removals) = (planned[0], planned[1])
    if removals > manifest.guards.maxRemovals {
      plan.refusals.append(
        .cap(.removeAccount, planned: removals, limit: manifest.guards.maxRemovals))
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
        if isItem {
          plan.items[next].block = block
        } else {
          // Rare: only now are the items so far put aside, to make room for one more.
          if isWhole { items = Array(plan.items[..<next]) }
          isWhole = false
          items.append(Plan.Item(entry: UInt32(index), cause: .done, block: block))
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
  /// (service-api.md 3 and 4).
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

/// Which ids must not be touched.
struct Protection {
  private let admin: UserID
  private let administrator = UserID("administrator")
  private let reserved: [[UInt8]]
  /// Ids without `*`, sorted, with their index in the manifest.
  private let exact: [(id: UserID, index: UInt16)]
  private let globs: [(glob: Glob, index: UInt16)]

  init(_ manifest: Manifest) {
    admin = manifest.app.admin
    reserved = Guards.reservedPrefixes.map { Array($0.utf8) }
    var exact: [(id: UserID, index: UInt16)] = []
    var globs: [(glob: Glob, index: UInt16)] = []
    for (index, pattern) in manifest.guards.protected.enumerated() {
      let index = UInt16(clamping: index)
      if pattern.text.utf8.contains(UInt8(ascii: "*")) {
        globs.append((Glob(pattern.text), index))
      } else if let id = UserID(pattern.text) {
        exact.append((id, index))
      }
    }
    self.exact = exact.sorted { $0.id < $1.id }
    self.globs = globs
  }

  func block(_ id: UserID) -> Block? {
    if id == administrator { return .administrator }
    if id == admin { return .callingAdmin }
    if id[0] == UInt8(ascii: "@"), reserved.contains(where: { id.hasPrefix($0[...]) }) {
      return .reservedPrefix
    }
    if let index = exactIndex(of: id) { return .protected(index) }
    if let match = globs.first(where: { $0.glob.matches(id) }) { return .protected(match.index) }
    return nil
  }

  private func exactIndex(of id: UserID) -> UInt16? {
    let index = exact.firstIndex(notBefore: { $0.id < id })
    return index < exact.count && exact[index].id == id ? exact[index].index : nil
  }
}

/// A pattern of ids in which `*` stands for any bytes, none included.
struct Glob {
  /// The bytes between the stars; one more than there are stars.
  private let parts: [ArraySlice<UInt8>]

  init(_ pattern: String) {
    parts = Array(pattern.utf8).split(
      separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
  }

  /// Whether the whole id fits. Each part is taken at its first place, which is enough for stars.
  func matches(_ id: UserID) -> Bool {
    guard let first = parts.first, let last = parts.last, parts.count > 1 else { return false }
    let count = id.count
    guard first.count + last.count <= count, id.hasPrefix(first),
      id.contains(last, at: count - last.count)
    else { return false }
    var start = first.count
    let end = count - last.count
    for part in parts.dropFirst().dropLast() {
      while start + part.count <= end, !id.contains(part, at: start) { start += 1 }
      guard start + part.count <= end else { return false }
      start += part.count
    }
    return true
  }
}

extension UserID {
  func hasPrefix(_ prefix: ArraySlice<UInt8>) -> Bool { contains(prefix, at: 0) }

  /// Whether the bytes stand at an offset of the id.
  fileprivate func contains(_ bytes: ArraySlice<UInt8>, at offset: Int) -> Bool {
    for (index, byte) in bytes.enumerated() where self[offset + index] != byte { return false }
    return true
  }
}
