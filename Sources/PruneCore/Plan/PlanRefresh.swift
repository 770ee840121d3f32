internal import Bytes

/// What the service held for the users of a plan when they were read; it changes nothing about what
/// the plan does, and is not part of its token.
package struct PlanRefresh: Equatable, Sendable {
  /// By index of the plan's items; nil for blocked items, which are not read.
  fileprivate let findings: [Finding?]
  /// The manifest's entries, by index, whose removal is done and whose users exist again. imprune
  /// leaves them alone: the id may belong to another person.
  package let registeredAgain: [UInt32]
  package let counts: Counts
  /// How many users of the manifest whose removal is done were read, and how many could not be.
  package let removed: (read: Int, unread: Int)
  /// Why the first of all users who could not be read was not.
  package let firstUnread: Finding.Unread?
  /// How many of `registeredAgain` the JSON lists.
  static let shownAgain = 1000

  /// How many of the plan's users the service holds, or not.
  package struct Counts: Equatable, Sendable {
    /// Accounts to remove that exist.
    package var existing = 0
    /// Users without an account.
    package var absent = 0
    /// Users whose tags are to be cleared, who have tags.
    package var tagged = 0
    /// Users whose tags are to be cleared, who have none.
    package var untagged = 0
    /// Users who could not be read.
    package var unread = 0

    /// How many were read.
    package var read: Int { existing + absent + tagged + untagged }

    mutating func add(_ finding: Finding) {
      switch finding {
      case .exists: existing += 1
      case .absent: absent += 1
      case .tags(let count): if count > 0 { tagged += 1 } else { untagged += 1 }
      case .unread: unread += 1
      }
    }
  }

  package static func == (left: PlanRefresh, right: PlanRefresh) -> Bool {
    left.findings == right.findings && left.registeredAgain == right.registeredAgain
      && left.counts == right.counts && left.removed == right.removed
      && left.firstUnread == right.firstUnread
  }

  /// How many users could not be read in all.
  package var unread: Int { counts.unread + removed.unread }

  /// The finding for the item at an index; nil if it was not to be read.
  package subscript(item: Int) -> Finding? { findings[item] }
}

extension Plan {
  /// The users to read for a refresh: all that the plan changes, then the removed users of the
  /// manifest, who may exist again.
  package func inspection() -> Inspection {
    let removed = removedEntries
    return Inspection(count: items.count + removed.count) { [self] index in
      if index < items.count {
        let item = items[index]
        if item.block != nil { return nil }
        return RecordKey(id: entry(of: item).id, operation: item.operation)
      }
      let entry = manifest.entries.list[Int(removed[index - items.count])]
      return RecordKey(id: entry.id, operation: .removeAccount)
    }
  }

  /// What a refresh has found for an item of this plan; nil if it was not read.
  package func finding(of item: Item) -> Finding? {
    guard let refresh else { return nil }
    // Items are sorted by entry.
    let index = items.firstIndex(notBefore: { $0.entry < item.entry })
    return refresh[index]
  }

  /// Adds what a refresh has found, and judges it by `guards.max_absent`.
  package mutating func add(_ inspection: Inspection) {
    let removed = removedEntries
    precondition(
      inspection.count == items.count + removed.count, "the refresh is of another plan")
    var counts = PlanRefresh.Counts()
    var findings: [Finding?] = []
    findings.reserveCapacity(items.count)
    for (item, finding) in zip(items, inspection.findings) {
      findings.append(item.block == nil ? finding : nil)
      if item.block == nil { counts.add(finding) }
    }
    let past = zip(removed, inspection.findings[items.count...])
    refresh = PlanRefresh(
      findings: findings, registeredAgain: past.filter { $0.1 == .exists }.map(\.0),
      counts: counts, removed: Self.count(past.map(\.1)),
      firstUnread: (findings.lazy.compactMap(\.self) + past.map(\.1)).lazy.compactMap {
        if case .unread(let reason) = $0 { reason } else { nil }
      }.first)
    // A user who could not be read may be absent too.
    let (missing, whole) = (counts.absent + counts.unread, counts.read + counts.unread)
    if let limit = manifest.guards.maxAbsent, !limit.allows(missing, of: whole) {
      refusals.append(
        .absent(users: counts.absent, unread: counts.unread, of: whole, limit: limit))
    } else if let before = rulesBefore?.guards.maxAbsent, added.removals + added.clears > 0,
      !before.allows(missing, of: whole)
    {
      refusals.append(
        .loosened(
          .absent(users: counts.absent, unread: counts.unread, of: whole, before: before)))
    }
  }

  private static func count(_ findings: some Sequence<Finding>) -> (read: Int, unread: Int) {
    var (read, unread) = (0, 0)
    for finding in findings {
      if case .unread = finding { unread += 1 } else { read += 1 }
    }
    return (read, unread)
  }

  /// The manifest's removals that are done, by index of their entries.
  private var removedEntries: [UInt32] {
    var entries: [UInt32] = []
    var next = 0
    for (index, entry) in manifest.entries.list.enumerated() {
      if next < items.count, Int(items[next].entry) == index {
        next += 1
      } else if manifest.entries.operation(of: entry) == .removeAccount {
        entries.append(UInt32(index))
      }
    }
    return entries
  }
}
