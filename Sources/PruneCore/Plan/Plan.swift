internal import Bytes

/// The difference between a manifest and a state: a value that can be shown, approved and applied.
///
/// Items are sorted by id, each user once; unchanged users are only counted. The plan is based on
/// what imprune has done, not on the service's data.
package struct Plan: Equatable, Sendable {
  package let manifest: Manifest
  /// The header of the state planned against, or nil if there is no state file.
  package let state: StateHeader?
  package internal(set) var items: [Item] = []
  package internal(set) var unchanged = 0
  /// Every record whose last attempt has no known outcome, wanted or not: each is resolved by
  /// reading before anything is sent (docs/architecture.md, "Unknown users").
  package internal(set) var unresolved: [StateRecord] = []
  /// Completed entries of an unfinished plan: with the items they make up the plan that was
  /// approved for it.
  package internal(set) var doneByUnfinished: [UInt32] = []
  /// Whether the state has a record of a removal or a clear.
  package internal(set) var hasRemovedBefore = false
  package internal(set) var hasClearedBefore = false
  /// Why the whole plan is refused, beyond its blocked items.
  package internal(set) var refusals: [Refusal] = []
  /// The manifest that this one was compared with, as shown to people; nil if there was none.
  package internal(set) var base: String?
  /// What the change does to the rules, and the rules before it; only with a base.
  package internal(set) var ruleChanges: [RuleChange] = []
  package internal(set) var rulesBefore: RulesBefore?
  /// How many items of each operation the base's entries do not ask for, whatever its app.
  package internal(set) var added = Counts()
  /// How the state differs from that before the change; nil if it was not compared.
  package internal(set) var stateEdits: StateEdits?
  /// Warnings that do not refuse the plan.
  package internal(set) var cautions: [Caution] = []
  /// Warnings about the state's files.
  package internal(set) var stateCautions: [StateCaution] = []
  /// The entries of `guards.protected` that match no user of the manifest or the state: their
  /// indices, only the first of equal entries.
  package internal(set) var unmatchedProtected: Set<UInt16> = []
  /// Their texts, in the order of the manifest.
  package var unmatchedProtectedTexts: [String] {
    unmatchedProtected.sorted().map { manifest.guards.protected[Int($0)].text }
  }

  /// The policies that it was judged by, in addition to the manifest's guards.
  package internal(set) var policies = Policies.none
  /// What the service held for the plan's users, if it was asked.
  package internal(set) var refresh: PlanRefresh?

  /// One user to change. 16 bytes.
  package struct Item: Equatable, Sendable {
    /// Index into the manifest's entries.
    package let entry: UInt32
    package let cause: Cause
    /// A copy of the entry's, since it is used so often.
    package let operation: Operation
    package internal(set) var block: Block?
    /// Whether it belongs to the change under review; see `compare(with:)`.
    package internal(set) var isChange = false
  }

  /// Why a user is in the plan.
  package enum Cause: Equatable, Sendable {
    /// Never done.
    case new
    /// Done at a lower revision.
    case again
    /// The last attempt was refused by the service with this code.
    case retry(ServiceCode)
    /// The last attempt has no known outcome: it is resolved first.
    case unknown
    /// Nothing to do, but the user is protected and must not be listed.
    case done
  }

  /// A plan that has nothing to do.
  package init(manifest: Manifest, state: StateHeader?) {
    self.manifest = manifest
    self.state = state
  }

  // MARK: - Counts

  /// How many of each there are.
  package struct Counts: Equatable, Sendable {
    package var removals = 0
    package var clears = 0
    package var unchanged = 0
    package var blocked = 0
    package var unknown = 0

    package subscript(operation: Operation) -> Int {
      get { operation == .removeAccount ? removals : clears }
      set { if operation == .removeAccount { removals = newValue } else { clears = newValue } }
    }
  }

  package var counts: Counts {
    var counts = Counts(unchanged: unchanged)
    for item in items {
      if item.block != nil {
        counts.blocked += 1
      } else if item.cause == .unknown {
        counts.unknown += 1
      } else if item.operation == .removeAccount {
        counts.removals += 1
      } else {
        counts.clears += 1
      }
    }
    return counts
  }

  /// How many users an approval of this plan would allow each operation for, unresolved users
  /// included.
  package var allowed: (removals: Int, clears: Int) {
    var clears = 0
    var removals = 0
    for item in items where item.block == nil {
      if item.operation == .removeAccount { removals += 1 } else { clears += 1 }
    }
    return (removals, clears)
  }

  /// Whether the state has a record of a performed operation.
  package func hasPerformed(_ operation: Operation) -> Bool {
    operation == .removeAccount ? hasRemovedBefore : hasClearedBefore
  }

  /// Whether there is nothing to do and nothing to resolve.
  package var isEmpty: Bool { items.isEmpty && unresolved.isEmpty }

  /// Whether a guard refuses the whole plan.
  package var isRefused: Bool { !refusals.isEmpty || items.contains { $0.block != nil } }

  /// Whether the change loosens a rule.
  package var loosensRules: Bool { ruleChanges.contains { $0.effect == .loosened } }

  /// Whether the change edits the state, as far as it was compared.
  package var editsState: Bool { stateEdits?.isEmpty == false }

  // MARK: - Items

  package func entry(of item: Item) -> Entries.Entry {
    manifest.entries.list[Int(item.entry)]
  }

  /// The item of a user, if the user is in the plan.
  package func item(of id: UserID) -> Item? {
    let index = items.firstIndex(notBefore: { entry(of: $0).id < id })
    return index < items.count && entry(of: items[index]).id == id ? items[index] : nil
  }

  package func revision(of item: Item) -> Revision {
    manifest.entries.revision(of: entry(of: item))
  }

  /// The file that asks for an item, as shown to people, and the line.
  package func source(of item: Item) -> (file: String, line: UInt32) {
    let place = manifest.entries.place(of: entry(of: item))
    return (manifest.files[Int(place.file)], place.line)
  }

  /// The manifest's reason for an item, if any.
  package func reason(of item: Item) -> String? {
    manifest.entries.reason(of: entry(of: item))
  }

  /// `file:line` of an item.
  package func place(of item: Item) -> String {
    manifest.text(of: manifest.entries.place(of: entry(of: item)))
  }

  /// What an approval of this plan would allow, in the order of work: by operation, then id.
  var approvableItems: some Sequence<Item> {
    Operation.allCases.lazy.flatMap { operation in
      items.lazy.filter { $0.block == nil && $0.operation == operation }
    }
  }

  // MARK: - Digest

  /// The digest of everything that may be done, without blocked items.
  package func digest() -> PlanDigest {
    PlanDigest(manifest, entries: items.lazy.filter { $0.block == nil }.map(\.entry))
  }

  /// The unfinished plan that this plan continues, if any: its digest covers this plan's operations
  /// and those its runs have done.
  package func continued() -> Unfinished? {
    guard let unfinished = state?.unfinished else { return nil }
    return PlanDigest(manifest, entries: approvedEntries) == unfinished.digest ? unfinished : nil
  }

  /// The token of the unfinished plan that this plan continues.
  package func continuedToken() -> ApprovalToken? {
    guard let unfinished = continued() else { return nil }
    var counts = [0, 0]
    for index in approvedEntries {
      let entry = manifest.entries.list[Int(index)]
      counts[Int(manifest.entries.operation(of: entry).rawValue)] += 1
    }
    return ApprovalToken(removals: counts[1], clears: counts[0], digest: unfinished.digest)
  }

  private var approvedEntries: [UInt32] {
    (items.filter { $0.block == nil }.map(\.entry) + doneByUnfinished).sorted()
  }
}
