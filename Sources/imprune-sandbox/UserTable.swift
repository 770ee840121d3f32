/// A tag of a user, as bytes.
typealias Tag = [UInt8]

/// Where tags are kept: in the one store of both families, or in one that only timpush sees.
enum TagStore {
  case common
  case timpush
}

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
    var timpushTags: [Tag] = []
    var history = History()

    subscript(store: TagStore) -> [Tag]? {
      get { tags == nil || store == .common ? tags : timpushTags }
      set {
        if tags == nil { history.registered += 1 }
        if store == .common { tags = newValue } else { timpushTags = newValue ?? [] }
        if tags == nil { tags = [] }
      }
    }

    /// Gives back the tags until now.
    mutating func clear(_ store: TagStore) -> [Tag] {
      guard let before = self[store], !before.isEmpty else { return [] }
      self[store] = []
      history.cleared += 1
      return before
    }

    mutating func remove() -> Int {
      guard tags != nil else { return 0 }
      tags = nil
      timpushTags = []
      history.removed += 1
      return Int(history.removed)
    }
  }

  private var entries: [UserID: Entry] = [:]

  /// How many accounts have each tag.
  private var holders: [Tag: Int] = [:]

  /// The number of accounts.
  private(set) var count = 0

  /// The number of different tags.
  var tagCount: Int { holders.count }

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

  /// The same in one of the stores.
  func tags(of id: UserID, in store: TagStore) -> [Tag]? { entries[id]?[store] }

  /// The same table with these accounts alone, to try a call on; `tagCount` counts the tags of all.
  func only(_ ids: [UserID]) -> UserTable {
    var table = self
    table.entries = [:]
    for id in ids { table.entries[id] = entries[id] }
    return table
  }

  /// Makes room for that many accounts at once.
  mutating func reserveCapacity(_ count: Int) { entries.reserveCapacity(count) }

  /// Makes the account, or gives the existing one these tags.
  mutating func set(_ id: UserID, tags: [Tag], in store: TagStore = .common) {
    let before = entries[id]?[store]
    if before == nil { count += 1 }
    entries[id, default: Entry()][store] = tags
    drop(before ?? [])
    for tag in tags { holders[tag, default: 0] += 1 }
  }

  /// Drops the tags of an account; false when there were none.
  mutating func clear(_ id: UserID, in store: TagStore = .common) -> Bool {
    let before = entries[id]?.clear(store) ?? []
    drop(before)
    return !before.isEmpty
  }

  /// Removes the account with its tags; says how many have been removed under this id, or 0 when
  /// there was none to remove.
  mutating func remove(_ id: UserID) -> Int {
    for store in [TagStore.common, .timpush] { drop(entries[id]?[store] ?? []) }
    let removed = entries[id]?.remove() ?? 0
    if removed > 0 { count -= 1 }
    return removed
  }

  /// Notes that an account no longer has these tags.
  private mutating func drop(_ tags: [Tag]) {
    for tag in tags {
      holders[tag, default: 0] -= 1
      if holders[tag] == 0 { holders[tag] = nil }
    }
  }
}
