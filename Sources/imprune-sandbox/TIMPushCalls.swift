import JSON

/// The call of the newer tag endpoints, timpush, that adds tags: unknown users go to ErrorList, the
/// others are served (docs/service.md, "timpush").
extension Service {
  private static let tagsPerApp = 1000

  /// timpush/add_tag: adds to the tags of the users who exist, or replaces them; to no user's when a
  /// limit is exceeded.
  mutating func timpushAddTags(
    _ body: JSONValue, record: inout CallRecord, into json: inout JSONText
  ) throws(Refusal) {
    let replacing = try replacesTags(body["Replace"])
    let limit = replacing ? Self.tagsPerUser : Self.tagsPerCall
    let additions = try tagAdditions(body, .timpush, limit: limit, record: &record)
    let known = additions.filter { users.contains($0.id) }
    let store = store(of: .timpush)
    try setTags(try tags(after: known, in: store, replacing: replacing), in: store)
    let absent = additions.map(\.id).filter { !users.contains($0) }
    writeErrorList(absent, of: additions.count, record: &record, into: &json)
  }

  private func replacesTags(_ value: JSONValue?) throws(Refusal) -> Bool {
    guard let value else { return false }
    guard let number = value.integer, (0...1).contains(number) else { throw .badJSON(.tags) }
    return number == 1
  }

  /// Gives accounts these tags, unless the app would then have too many different ones.
  private mutating func setTags(
    _ changed: [UserID: [Tag]], in store: TagStore
  ) throws(Refusal) {
    let before = changed.keys.map { (id: $0, tags: users.tags(of: $0, in: store) ?? []) }
    // A users file may start the app with more.
    let limit = max(Self.tagsPerApp, users.tagCount)
    for (id, tags) in changed { users.set(id, tags: tags, in: store) }
    guard users.tagCount > limit else { return }
    for (id, tags) in before { users.set(id, tags: tags, in: store) }
    throw .tooManyAppTags
  }
}
