import JSON

/// The calls that add tags, and what all tag calls share (docs/service.md, "all_member_push" and "Other
/// calls").
extension Service {
  /// The most tags that a call adds to a user.
  static let tagsPerCall = 10
  /// The most tags that a user has.
  static let tagsPerUser = 100
  private static let tagByteLimit = 50

  /// im_add_tag: adds to every user's tags or, when anything is wrong, to no user's.
  mutating func addTags(_ body: JSONValue, record: inout CallRecord) throws(Refusal) {
    let additions = try tagAdditions(
      body, .allMemberPush, limit: Self.tagsPerCall, record: &record)
    guard additions.allSatisfy({ users.contains($0.id) }) else { throw .unknownTagUser }
    for (id, tags) in try tags(after: additions, in: .common) { users.set(id, tags: tags) }
  }

  /// The users of a call with the field UserTags and the tags for each, at most `limit` for a user,
  /// once the call is known to be allowed.
  func tagAdditions(
    _ body: JSONValue, _ family: TagFamily, limit: Int, record: inout CallRecord
  ) throws(Refusal) -> [(id: UserID, tags: [Tag])] {
    guard let list = body["UserTags"]?.array else { throw .badField(.tags) }
    guard (1...Self.batchLimit).contains(list.count) else { throw .badCount(.tags) }
    let additions = try list.map { item throws(Refusal) in
      (id: try tagUser(item["To_Account"]), tags: try tags(item["Tags"]))
    }
    var counts: [UserID: Int] = [:]
    for (id, tags) in additions { counts[id, default: 0] += tags.count }
    guard counts.values.allSatisfy({ $0 <= limit }) else { throw .tooManyTags }
    record.ids = additions.map(\.id)
    try requireTagPush(family)
    return additions
  }

  /// The tags that users would have after additions, which replace those before them or not.
  ///
  /// A user may stand in the list twice, so each addition starts from what came before it.
  func tags(
    after additions: [(id: UserID, tags: [Tag])], in store: TagStore, replacing: Bool = false
  ) throws(Refusal) -> [UserID: [Tag]] {
    var changed: [UserID: [Tag]] = [:]
    for (id, tags) in additions {
      var all = replacing ? [] : changed[id] ?? users.tags(of: id, in: store) ?? []
      for tag in tags where !all.contains(tag) { all.append(tag) }
      guard all.count <= Self.tagsPerUser else { throw .tooManyTags }
      changed[id] = all
    }
    return changed
  }

  /// The users of a call with the field To_Account, once the call is known to be allowed.
  func tagUsers(
    _ body: JSONValue, _ family: TagFamily, record: inout CallRecord
  ) throws(Refusal) -> [UserID] {
    guard let list = body["To_Account"]?.array else { throw .badField(.tags) }
    guard (1...Self.batchLimit).contains(list.count) else { throw .badCount(.tags) }
    let ids = try list.map { item throws(Refusal) in try tagUser(item) }
    record.ids = ids
    try requireTagPush(family)
    return ids
  }

  /// Where a family keeps its tags.
  func store(of family: TagFamily) -> TagStore {
    settings.facts.sharedTags == .separate && family == .timpush ? .timpush : .common
  }

  private func requireTagPush(_ family: TagFamily) throws(Refusal) {
    guard settings.allowsTags(family) else { throw .pushNotEnabled }
  }

  private func tagUser(_ value: JSONValue?) throws(Refusal) -> UserID {
    guard let value else { throw .badField(.tags) }
    guard let bytes = value.string else { throw .accountNotString }
    guard let id = UserID(bytes) else { throw .badField(.tags) }
    return id
  }

  private func tags(_ value: JSONValue?) throws(Refusal) -> [Tag] {
    guard let list = value?.array, !list.isEmpty else { throw .badField(.tags) }
    return try list.map { item throws(Refusal) in
      guard let tag = item.string else { throw .badField(.tags) }
      guard (1...Self.tagByteLimit).contains(tag.count) else { throw .badTag }
      return tag
    }
  }
}
