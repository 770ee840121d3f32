import JSON

/// The newer tag endpoints, timpush: unknown users go to ErrorList, the others are served
/// (docs/service.md, "timpush").
extension Service {
  private static let absentCode = 70107
  private static let tagsPerApp = 1000

  /// timpush/clear_all_tags.
  mutating func timpushClearAllTags(
    _ body: JSONValue, record: inout CallRecord, into json: inout JSONText
  ) throws(Refusal) {
    let ids = try tagUsers(body, record: &record)
    for id in ids where users.contains(id) { clearTags(of: id) }
    writeErrorList(among: ids, record: &record, into: &json)
  }

  /// timpush/get_tag.
  func timpushGetTags(
    _ body: JSONValue, record: inout CallRecord, into json: inout JSONText
  ) throws(Refusal) {
    let ids = try tagUsers(body, record: &record)
    writeTags(of: ids.filter(users.contains), into: &json)
    writeErrorList(among: ids, record: &record, into: &json)
  }

  /// timpush/add_tag: adds to the tags of the users who exist, or replaces them; to no user's when a
  /// limit is exceeded.
  mutating func timpushAddTags(
    _ body: JSONValue, record: inout CallRecord, into json: inout JSONText
  ) throws(Refusal) {
    let replacing = try replacesTags(body["Replace"])
    let limit = replacing ? Self.tagsPerUser : Self.tagsPerCall
    let additions = try tagAdditions(body, limit: limit, record: &record)
    let known = additions.filter { users.contains($0.id) }
    try setTags(try tags(after: known, replacing: replacing))
    writeErrorList(among: additions.map(\.id), record: &record, into: &json)
  }

  private func replacesTags(_ value: JSONValue?) throws(Refusal) -> Bool {
    guard let value else { return false }
    guard let number = value.integer, (0...1).contains(number) else { throw .badJSON(.tags) }
    return number == 1
  }

  /// Gives accounts these tags, unless the app would then have too many different ones.
  private mutating func setTags(_ changed: [UserID: [Tag]]) throws(Refusal) {
    let before = changed.keys.map { (id: $0, tags: users.tags(of: $0) ?? []) }
    // A users file may start the app with more.
    let limit = max(Self.tagsPerApp, users.tagCount)
    for (id, tags) in changed { users.set(id, tags: tags) }
    guard users.tagCount > limit else { return }
    for (id, tags) in before { users.set(id, tags: tags) }
    throw .tooManyAppTags
  }

  /// Writes ErrorList with those of the ids that have no account, or nothing when all have one.
  private func writeErrorList(
    among ids: [UserID], record: inout CallRecord, into json: inout JSONText
  ) {
    let absent = ids.filter { !users.contains($0) }
    if absent.count < ids.count { record.items[0] = ids.count - absent.count }
    guard !absent.isEmpty else { return }
    record.items[Self.absentCode] = absent.count
    json.key("ErrorList")
    json.array { json in
      for id in absent {
        json.object { json in
          json.field("To_Account", id)
          json.field("ErrorCode", Self.absentCode)
          json.field("ErrorInfo", "")
        }
      }
    }
  }
}
