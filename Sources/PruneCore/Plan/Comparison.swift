/// The manifest before a change.
package struct Base: Equatable, Sendable {
  /// As shown to people, such as `origin/main`.
  package var name: String
  /// Nil if there was none.
  package var manifest: Manifest?
  /// The state before the change; nil to compare with none.
  package var state: StateBefore?
  /// The command that restores the state before the change; nil if there was none.
  package var restore: String?
  /// Whether a state that the change edits is accepted.
  package var allowsStateEdits: Bool

  package init(
    name: String, manifest: Manifest?, state: StateBefore? = nil, restore: String? = nil,
    allowsStateEdits: Bool = false
  ) {
    self.name = name
    self.manifest = manifest
    self.state = state
    self.restore = restore
    self.allowsStateEdits = allowsStateEdits
  }
}

/// What one change of the manifest, such as a pull request, adds to a plan, and what would be done
/// without it: the backlog.
extension Plan {
  /// Marks the items that `base`, the manifest before the change, does not ask for equally
  /// (operation and revision); all items if there was none, or if it has another app or another
  /// service, where it asked for none of these users.
  package mutating func compare(with base: Base) {
    self.base = base.name
    ruleChanges = RuleChange.list(from: base.manifest, to: manifest)
    rulesBefore = RulesBefore(base.manifest, ruleChanges, manifest)
    let isComparable =
      base.manifest?.app.id == manifest.app.id
      && base.manifest?.app.endpointText == manifest.app.endpointText
    let before = base.manifest?.entries ?? Entries()
    var next = 0
    for index in items.indices {
      let entry = entry(of: items[index])
      while next < before.list.count, before.list[next].id < entry.id { next += 1 }
      let isListed =
        next < before.list.count && before.list[next].id == entry.id
        && before.operation(of: before.list[next]) == items[index].operation
        && before.revision(of: before.list[next]) == revision(of: items[index])
      items[index].isChange = !isListed || !isComparable
      if !isListed { added[items[index].operation] += 1 }
    }
  }

  /// How many unblocked items of an operation the change asks for; unknown users count, since they
  /// may be sent again.
  package func changeCount(of operation: Operation) -> Int {
    items.count { $0.isChange && $0.block == nil && $0.operation == operation }
  }

  /// How many unblocked items of an operation there would be without the change.
  package func backlogCount(of operation: Operation) -> Int {
    items.count { !$0.isChange && $0.block == nil && $0.operation == operation }
  }
}
