/// A tag of a user, as bytes.
typealias Tag = [UInt8]

/// The accounts of the app and the tags of each.
struct UserTable {
  private var tagsByUser: [UserID: [Tag]] = [:]

  /// The number of accounts.
  var count: Int { tagsByUser.count }

  /// All ids, sorted by bytes.
  var sortedIDs: [UserID] { tagsByUser.keys.sorted() }

  /// Whether the account exists.
  func contains(_ id: UserID) -> Bool { tagsByUser[id] != nil }

  /// The tags of an account, in the order in which they were added; nil without the account.
  func tags(of id: UserID) -> [Tag]? { tagsByUser[id] }

  /// Makes room for that many accounts at once.
  mutating func reserveCapacity(_ count: Int) { tagsByUser.reserveCapacity(count) }

  /// Makes the account, or gives the existing one these tags.
  mutating func set(_ id: UserID, tags: [Tag]) { tagsByUser[id] = tags }

  /// Removes the account with its tags; false when there was none.
  mutating func remove(_ id: UserID) -> Bool { tagsByUser.removeValue(forKey: id) != nil }
}
