/// A plan that was saved to be approved: what it allows, and where it came from.
///
/// It is an approval, never a source of ids: an apply makes its plan anew from manifest, lists and
/// state, and goes on only if that is what was saved, or what is left of it (DESIGN 5).
package struct SavedPlan: Equatable, Sendable {
  package var app: SDKAppID
  package var endpoint: String
  package var provenance: Provenance
  /// Nil if there was no state.
  package var lineage: Lineage?
  package var serial: UInt64
  package var manifest: String
  package var unchanged: Int
  /// Sorted by operation and id.
  package var items: [Item]

  /// One user that may be touched.
  package struct Item: Equatable, Sendable {
    package var operation: Operation
    package var id: UserID
    package var revision: Revision
    package var reason: String?
    package var place: String

    package init(
      operation: Operation, id: UserID, revision: Revision, reason: String?, place: String
    ) {
      self.operation = operation
      self.id = id
      self.revision = revision
      self.reason = reason
      self.place = place
    }
  }

  /// Saves what a plan would do.
  package init(_ plan: Plan, _ provenance: Provenance) {
    let manifest = plan.manifest
    app = manifest.app.id
    endpoint = manifest.app.location.endpoint?.description ?? ""
    self.provenance = provenance
    lineage = plan.state?.lineage
    serial = plan.state?.serial ?? 0
    self.manifest = manifest.files.first ?? ""
    unchanged = plan.unchanged
    items = []
    for item in plan.approvableItems {
      let entry = plan.entry(of: item)
      items.append(
        Item(
          operation: item.operation, id: entry.id, revision: plan.revision(of: item),
          reason: manifest.entries.reason(of: entry), place: plan.place(of: item)))
    }
  }

  package init(
    app: SDKAppID, endpoint: String, provenance: Provenance, lineage: Lineage?, serial: UInt64,
    manifest: String, unchanged: Int, items: [Item]
  ) {
    self.app = app
    self.endpoint = endpoint
    self.provenance = provenance
    self.lineage = lineage
    self.serial = serial
    self.manifest = manifest
    self.unchanged = unchanged
    self.items = items
  }

  package func count(of operation: Operation) -> Int { items.count { $0.operation == operation } }

  /// The digest of what it allows; equal to that of the plan that it was made from.
  package var digest: PlanDigest { PlanDigest(app: app, items) }

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
    /// Items that would be done and are not in the saved plan, and items of the saved plan that are
    /// neither to be done nor done; the first few of each, and how many there are.
    case items(added: [Item], addedCount: Int, missing: [Item], missingCount: Int)
  }

  /// How many items of a mismatch are named.
  private static let named = 10

  /// Whether this saved plan allows `plan`: nil if it is the same, or what is left of it.
  package func mismatch(with plan: Plan) -> Mismatch? {
    let now = SavedPlan(plan, provenance)
    if now.app != app { return .app(saved: app, now: now.app) }
    if now.endpoint != endpoint { return .endpoint(saved: endpoint, now: now.endpoint) }
    // Without a state there is no lineage yet; the apply that began from there has made one.
    if let lineage, lineage != now.lineage { return .lineage }
    var (added, missing): ([Item], [Item]) = ([], [])
    var (addedCount, missingCount) = (0, 0)
    var (left, right) = (0, 0)
    func note(_ item: Item, _ list: inout [Item], _ count: inout Int) {
      count += 1
      if list.count < Self.named { list.append(item) }
    }
    while left < items.count || right < now.items.count {
      if right == now.items.count || (left < items.count && items[left].precedes(now.items[right]))
      {
        if !isDone(items[left], plan) { note(items[left], &missing, &missingCount) }
        left += 1
      } else if left == items.count || now.items[right].precedes(items[left]) {
        note(now.items[right], &added, &addedCount)
        right += 1
      } else {
        left += 1
        right += 1
      }
    }
    if addedCount + missingCount == 0 { return nil }
    return .items(
      added: added, addedCount: addedCount, missing: missing, missingCount: missingCount)
  }

  /// Whether the manifest still asks for an item and the state says that it is done.
  private func isDone(_ item: Item, _ plan: Plan) -> Bool {
    let entries = plan.manifest.entries
    let index = entries.list.firstIndex(notBefore: { $0.id < item.id })
    guard index < entries.list.count, entries.list[index].id == item.id else { return false }
    let entry = entries.list[index]
    // What is to be done would stand in the plan.
    let next = plan.items.firstIndex(notBefore: { $0.entry < index })
    return entries.operation(of: entry) == item.operation
      && entries.revision(of: entry) == item.revision
      && (next == plan.items.count || plan.items[next].entry != index)
  }
}

extension SavedPlan.Item {
  /// The order of a saved plan: operation, id, revision.
  func precedes(_ other: SavedPlan.Item) -> Bool {
    if operation != other.operation { return operation < other.operation }
    if id != other.id { return id < other.id }
    return revision < other.revision
  }
}
