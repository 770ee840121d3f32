internal import Bytes

/// A plan saved for approval: what it allows, and its origin.
///
/// It is an approval, never a source of ids: an apply makes its plan again from manifest, lists and
/// state, and continues only if that equals the saved plan, or the rest of it
/// (docs/architecture.md, "Approval").
package struct SavedPlan: Equatable, Sendable {
  package var app: SDKAppID
  package var endpoint: String
  package var provenance: Provenance
  /// Nil if there was no state.
  package var lineage: Lineage?
  package var serial: UInt64
  package var manifest: String
  package var unchanged: Int
  package var judgment: PlanJudgment
  /// Sorted by operation and id.
  package var items: [Item]

  /// One user that may change.
  package struct Item: Equatable, Sendable {
    package var id: UserID
    package var reason: String?
    /// The manifest or the list that asks for it, and the line.
    package var file: String
    package var line: UInt32
    package var revision: Revision
    package var operation: Operation
    /// What the service held for the user when the plan was made; nil if it was not read. It decides
    /// nothing.
    package var finding: Finding?

    package init(
      operation: Operation, id: UserID, revision: Revision, reason: String?, file: String,
      line: UInt32, finding: Finding? = nil
    ) {
      self.operation = operation
      self.id = id
      self.revision = revision
      self.reason = reason
      self.file = file
      self.line = line
      self.finding = finding
    }

    /// An item of a plan.
    init(_ item: Plan.Item, of plan: Plan) {
      let (file, line) = plan.source(of: item)
      self.init(
        operation: item.operation, id: plan.entry(of: item).id, revision: plan.revision(of: item),
        reason: plan.reason(of: item), file: file, line: line)
    }

    /// `file:line`.
    package var place: String { "\(file):\(line)" }
  }

  package init(
    app: SDKAppID, endpoint: String, provenance: Provenance, lineage: Lineage?, serial: UInt64,
    manifest: String, unchanged: Int, judgment: PlanJudgment = PlanJudgment(), items: [Item]
  ) {
    self.app = app
    self.endpoint = endpoint
    self.provenance = provenance
    self.lineage = lineage
    self.serial = serial
    self.manifest = manifest
    self.unchanged = unchanged
    self.judgment = judgment
    self.items = items
  }

  package func count(of operation: Operation) -> Int { items.count { $0.operation == operation } }

  /// What the service held for its users when the plan was made; nil if they were not read.
  package var refreshCounts: PlanRefresh.Counts? {
    var counts = PlanRefresh.Counts()
    for item in items {
      if let finding = item.finding { counts.add(finding) }
    }
    return counts == PlanRefresh.Counts() ? nil : counts
  }

  /// The digest of what it allows; equal to that of its source plan.
  package var digest: PlanDigest { PlanDigest(app: app, endpoint: endpoint, items) }

  package var token: ApprovalToken {
    ApprovalToken(
      removals: count(of: .removeAccount), clears: count(of: .clearTags), digest: digest)
  }

  // MARK: - Approval

  /// Why a saved plan does not allow another.
  package enum Mismatch: Equatable, Sendable {
    case app(saved: SDKAppID, now: SDKAppID)
    case endpoint(saved: String, now: String)
    case lineage
    /// Items of the plan that are not in the saved plan, and items of the saved plan that are
    /// neither pending nor done; the first few of each, and how many there are.
    case items(added: [Item], addedCount: Int, missing: [Item], missingCount: Int)
  }

  /// How many items of a mismatch are listed.
  private static let named = 10

  /// Whether this saved plan allows `plan`: nil if it is the same, or the rest of it.
  package func mismatch(with plan: Plan) -> Mismatch? {
    let app = plan.manifest.app
    if app.id != self.app { return .app(saved: self.app, now: app.id) }
    let endpoint = app.endpointText
    if endpoint != self.endpoint { return .endpoint(saved: self.endpoint, now: endpoint) }
    // Without a state there is no lineage yet; the first apply has created one.
    if let lineage, lineage != plan.state?.lineage { return .lineage }
    var (added, missing) = (Named(), Named())
    var next = 0
    for item in plan.approvableItems {
      let key = Key(item, of: plan)
      while next < items.count, Key(items[next]) < key {
        if !isDone(items[next], plan) { missing.add(items[next]) }
        next += 1
      }
      if next < items.count, Key(items[next]) == key {
        next += 1
      } else {
        added.add(Item(item, of: plan))
      }
    }
    for item in items[next...] where !isDone(item, plan) { missing.add(item) }
    if added.count + missing.count == 0 { return nil }
    return .items(
      added: added.items, addedCount: added.count, missing: missing.items,
      missingCount: missing.count)
  }

  /// The items of one side of a mismatch: the first few, and how many there are.
  private struct Named {
    var items: [Item] = []
    var count = 0

    mutating func add(_ item: @autoclosure () -> Item) {
      count += 1
      if items.count < SavedPlan.named { items.append(item()) }
    }
  }

  /// What identifies an item, in the order of a saved plan: operation, id, revision.
  private struct Key: Comparable {
    let operation: Operation
    let id: UserID
    let revision: Revision

    init(_ item: Item) {
      (operation, id, revision) = (item.operation, item.id, item.revision)
    }

    init(_ item: Plan.Item, of plan: Plan) {
      (operation, id, revision) = (item.operation, plan.entry(of: item).id, plan.revision(of: item))
    }

    static func < (left: Key, right: Key) -> Bool {
      (left.operation, left.id, left.revision) < (right.operation, right.id, right.revision)
    }
  }

  /// Whether the manifest still asks for an item and the state records it as done.
  private func isDone(_ item: Item, _ plan: Plan) -> Bool {
    let entries = plan.manifest.entries
    let index = entries.list.firstIndex(notBefore: { $0.id < item.id })
    guard index < entries.list.count, entries.list[index].id == item.id else { return false }
    let entry = entries.list[index]
    // A pending item would be in the plan.
    let next = plan.items.firstIndex(notBefore: { $0.entry < index })
    return entries.operation(of: entry) == item.operation
      && entries.revision(of: entry) == item.revision
      && (next == plan.items.count || plan.items[next].entry != index)
  }
}
