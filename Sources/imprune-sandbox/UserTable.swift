/// A tag of a user, as bytes.
typealias Tag = [UInt8]

/// The accounts of the app and the tags of each, and what became of those before them.
struct UserTable {
  /// What an id has seen.
  struct History: Equatable {
    /// How many persons have had an account under it.
    var registered: UInt32 = 0
    /// How many of them were removed.
    var removed: UInt32 = 0
    /// How often somebody lost tags.
    var cleared: UInt32 = 0
  }

  /// An id that was ever in use; without tags, not even none, if there is no account now.
  private struct Entry {
    var tags: [Tag]?
    var history = History()

    /// Whether the account is new.
    mutating func set(_ tags: [Tag]) -> Bool {
      let isNew = self.tags == nil
      if isNew { history.registered += 1 }
      self.tags = tags
      return isNew
    }

    mutating func clear() -> Bool {
      guard tags?.isEmpty == false else { return false }
      tags = []
      history.cleared += 1
      return true
    }

    mutating func remove() -> Int {
      guard tags != nil else { return 0 }
      tags = nil
      history.removed += 1
      return Int(history.removed)
    }
  }

  private var entries: [UserID: Entry] = [:]

  /// The number of accounts.
  private(set) var count = 0

  /// All ids that have an account, sorted by bytes.
  var sortedIDs: [UserID] { entries.filter { $0.value.tags != nil }.keys.sorted() }

  /// The first id by bytes that has an account and is none of these.
  func first(besides ids: [UserID]) -> UserID? {
    entries.lazy.filter { $0.value.tags != nil && !ids.contains($0.key) }.map(\.key).min()
  }

  /// All ids for which more happened than to be registered once, sorted by bytes.
  var histories: [(id: UserID, history: History)] {
    entries.filter { $0.value.history != History(registered: 1) }
      .map { ($0.key, $0.value.history) }.sorted { $0.id < $1.id }
  }

  /// Whether the account exists.
  func contains(_ id: UserID) -> Bool { entries[id]?.tags != nil }

  /// Whether there was an account, and there is none now.
  func isFreed(_ id: UserID) -> Bool { entries[id].map { $0.tags == nil } ?? false }

  /// The tags of an account, in the order in which they were added; nil without the account.
  func tags(of id: UserID) -> [Tag]? { entries[id]?.tags }

  /// Makes room for that many accounts at once.
  mutating func reserveCapacity(_ count: Int) { entries.reserveCapacity(count) }

  /// Makes the account, or gives the existing one these tags.
  mutating func set(_ id: UserID, tags: [Tag]) {
    let isNew = entries[id, default: Entry()].set(tags)
    if isNew { count += 1 }
  }

  /// Drops the tags of an account; false when there were none.
  mutating func clear(_ id: UserID) -> Bool { entries[id]?.clear() ?? false }

  /// Removes the account with its tags; says how many have been removed under this id, or 0 when
  /// there was none to remove.
  mutating func remove(_ id: UserID) -> Int {
    let removed = entries[id]?.remove() ?? 0
    if removed > 0 { count -= 1 }
    return removed
  }
}
