/// What becomes of a user whose saved tags are to be restored.
package enum RestoreStatus: Equatable, Sendable {
  /// This many of the saved tags are missing.
  case missing(Int)
  /// The user has all of the saved tags.
  case restored
  /// No account has the id.
  case absent
  /// Some saved tags are missing, and the user has tags that were not saved: somebody else has
  /// tagged the user since.
  case otherTags
  case unread(Finding.Unread)
  /// The service refused to add tags, with this code; 0 if it said that it added them and did not.
  case failed(ServiceCode)

  /// Whether another restore would end in the same way, unless somebody changes the user's tags.
  package var isFinal: Bool {
    switch self {
    case .restored, .absent, .otherTags: true
    case .missing, .unread: false
    case .failed(let code):
      switch ServiceCodes.meaning(of: code, for: .addTags) {
      case .batch, .other: true
      case .done, .transient, .unknown, .throttled, .fatal: false
      }
    }
  }

  /// Whether imprune leaves the user alone on purpose.
  package var isLeftAlone: Bool {
    switch self {
    case .absent, .otherTags: true
    case .missing, .restored, .unread, .failed: false
    }
  }

  /// What reading a user shows, with the tags that the user has.
  init(_ finding: Finding, has: [Tag], saved: [Tag], merges: Bool) {
    switch finding {
    case .absent: self = .absent
    case .unread(let reason): self = .unread(reason)
    case .exists, .tags:
      let has = Set(has)
      let missing = saved.count { !has.contains($0) }
      if missing == 0 {
        self = .restored
      } else if !merges, !has.isSubset(of: saved) {
        self = .otherTags
      } else {
        self = .missing(missing)
      }
    }
  }
}

/// Users whose saved tags are restored: each is read, gets at most ten of the missing tags, and is
/// read again, until none is missing (docs/architecture.md, "Restoring tags").
///
/// It owns the order of the users and what is known of each. Only tags that a user lacks are added,
/// and none is ever taken away, so a restore can be repeated at any time. Nothing is added if it
/// only plans.
package struct Restoration: Sendable {
  /// How many users are to be restored.
  package let count: Int
  /// The user at an index, with the saved tags.
  private let user: @Sendable (Int) -> MergedTags.User
  /// Whether users get their tags although they have others too.
  private let merges: Bool
  /// Whether tags are added; if not, users are only read.
  package let adds: Bool
  /// By index; nil for a user of whom nothing is known yet.
  private var found: [RestoreStatus?]
  /// The missing tags of users who are being restored, or have failed, by index.
  private var missing: [Int: [Tag]] = [:]
  private var cursor = 0
  /// For how many users it is settled.
  package private(set) var settled = 0

  package init(
    count: Int, merges: Bool, adds: Bool, user: @escaping @Sendable (Int) -> MergedTags.User
  ) {
    self.count = count
    self.merges = merges
    self.adds = adds
    self.user = user
    found = Array(repeating: nil, count: count)
  }

  /// No users: every run but a restore.
  static let none = Restoration(count: 0, merges: false, adds: false) { _ in
    preconditionFailure("there is no user")
  }

  /// What is known of a user.
  package func status(at index: Int) -> RestoreStatus { found[index] ?? .unread(.notReached) }

  /// How many tags a user lacks who has failed.
  package func missing(at index: Int) -> Int? { missing[index]?.count }

  package subscript(index: Int) -> MergedTags.User { user(index) }

  /// Whether every user has the tags, or is left alone on purpose.
  package var isWhole: Bool {
    found.allSatisfy {
      switch $0 {
      case .restored, .absent, .otherTags: true
      case .missing, .unread, .failed, nil: false
      }
    }
  }

  /// How many users could not be read, as far as this run has only read.
  package var unread: Int {
    found.count { if case .unread? = $0 { true } else { $0 == nil } }
  }

  /// The users who lack tags, after this run has only read them: to restore them in a second run.
  package func confirmed() -> Restoration {
    let indices = (0..<count).filter {
      if case .missing = found[$0] { true } else { false }
    }
    return Restoration(count: indices.count, merges: merges, adds: true) { [user] in
      user(indices[$0])
    }
  }

  /// The next users to read in one call; nil if all were taken.
  mutating func nextBatch() -> Batch? {
    guard cursor < count else { return nil }
    let end = min(cursor + Call.maxUsers, count)
    defer { cursor = end }
    return Batch(
      purpose: .restore, call: .readTags,
      members: (cursor..<end).map { .init(id: user($0).id, revision: .first, index: $0) })
  }

  /// What follows for a user from reading.
  enum Step: Equatable {
    case settled
    /// Tags are to be added.
    case add
    /// Tags are to be added, and those added last are still missing.
    case stuck
  }

  /// Takes what reading a user shows.
  mutating func take(_ member: Batch.Member, _ finding: Finding, has: [Tag]) -> Step {
    let tags = user(member.index).tags
    // A user who has got some of the tags gets the rest, whatever else has happened since.
    let hasBegun = missing[member.index] != nil
    let status = RestoreStatus(finding, has: has, saved: tags, merges: merges || hasBegun)
    guard adds, case .missing(let count) = status else {
      settle(member, status)
      return .settled
    }
    let before = missing[member.index]?.count
    let has = Set(has)
    missing[member.index] = tags.filter { !has.contains($0) }
    return before.map { count < $0 } ?? true ? .add : .stuck
  }

  /// Settles what becomes of a user.
  mutating func settle(_ member: Batch.Member, _ status: RestoreStatus) {
    precondition(found[member.index] == nil, "a user is restored twice")
    found[member.index] = status
    switch status {
    case .failed: break
    case .missing, .restored, .absent, .otherTags, .unread: missing[member.index] = nil
    }
    settled += 1
  }

  /// The tags to add next to the users of a call.
  func additions(_ batch: Batch) -> [TagAddition] {
    batch.members.map { member in
      let next = missing[member.index]?.prefix(TagAddition.maxTags) ?? []
      precondition(adds && !next.isEmpty, "no tag is missing")
      return TagAddition(id: member.id, tags: Array(next))
    }
  }
}
