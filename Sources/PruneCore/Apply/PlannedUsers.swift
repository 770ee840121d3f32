/// Iterates over the users that a plan changes, in the plan's order, once for each operation.
///
/// It owns the position in the plan's items. It skips blocked items and those that must be resolved
/// first.
struct PlannedUsers {
  private let plan: Plan
  private var cursor = 0

  init(_ plan: Plan) {
    self.plan = plan
  }

  /// Begins again with the plan's first user.
  mutating func rewind() { cursor = 0 }

  /// The next user of an operation; nil if there is none left.
  mutating func next(_ operation: Operation) -> JournalRecord.User? {
    while cursor < plan.items.count {
      let item = plan.items[cursor]
      cursor += 1
      if item.block != nil || item.cause == .unknown { continue }
      let entry = plan.entry(of: item)
      let group = plan.manifest.entries.groups[entry.group]
      if group.operation == operation { return .init(id: entry.id, revision: group.revision) }
    }
    return nil
  }
}
