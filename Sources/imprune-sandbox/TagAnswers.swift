import JSON

/// The calls that clear and read tags, of both families, with what the facts say of users who are
/// unknown or have no tags (docs/service.md, "Tags" and "Reading").
extension Service {
  private static let absentCode = 70107
  /// What a user without tags gets, if anything: the documents name no code.
  private static let untaggedCode = 90003

  /// im_remove_all_tags and timpush/clear_all_tags.
  mutating func clearTags(
    _ body: JSONValue, _ family: TagFamily, record: inout CallRecord, into json: inout JSONText
  ) throws(Refusal) {
    let ids = try tagUsers(body, family, record: &record)
    let facts = settings.facts.tags(family)
    let unknown = ids.filter { !users.contains($0) }
    let untagged = ids.filter { users.tags(of: $0, in: store(of: family))?.isEmpty == true }
    if !unknown.isEmpty, facts.clearUnknown == .callRefused { throw .unknownTagUser }
    if !untagged.isEmpty, facts.clearUntagged == .callRefused { throw .untaggedUser }
    for id in ids where users.contains(id) { clearTags(of: id, family) }
    if !unknown.isEmpty, facts.clearUnknown == .refusedButCleared { throw .unknownTagUser }
    writeErrorList(
      facts.clearUnknown == .listed ? unknown : [],
      untagged: facts.clearUntagged == .listed ? untagged : [], of: ids.count, record: &record,
      into: &json)
  }

  /// im_get_tag and timpush/get_tag: the tags of every user, in the order sent.
  func readTags(
    _ body: JSONValue, _ family: TagFamily, record: inout CallRecord, into json: inout JSONText
  ) throws(Refusal) {
    let ids = try tagUsers(body, family, record: &record)
    let facts = settings.facts.tags(family)
    let unknown = ids.filter { !users.contains($0) }
    if !unknown.isEmpty, facts.readUnknown == .callRefused { throw .unknownTagUser }
    json.key("UserTags")
    json.array { json in
      for id in ids {
        let tags = users.tags(of: id, in: store(of: family))
        if tags == nil, facts.readUnknown != .empty { continue }
        if tags?.isEmpty == true, facts.readUntagged == .leftOut { continue }
        json.object { json in
          json.field("To_Account", id)
          json.key("Tags")
          json.array { json in for tag in tags ?? [] { json.value(tag) } }
        }
      }
    }
    writeErrorList(
      facts.readUnknown == .listed ? unknown : [], of: ids.count, record: &record, into: &json)
  }

  /// Drops the tags of an account that exists.
  private mutating func clearTags(of id: UserID, _ family: TagFamily) {
    if users.clear(id, in: store(of: family)) { counters.cleared += 1 }
  }

  /// Writes ErrorList, or nothing if it would be empty; `count` is the number of users of the call.
  func writeErrorList(
    _ unknown: [UserID], untagged: [UserID] = [], of count: Int, record: inout CallRecord,
    into json: inout JSONText
  ) {
    let served = count - unknown.count - untagged.count
    if served > 0 { record.items[0] = served }
    guard !unknown.isEmpty || !untagged.isEmpty else { return }
    json.key("ErrorList")
    json.array { json in
      for (code, ids) in [(Self.absentCode, unknown), (Self.untaggedCode, untagged)] {
        if !ids.isEmpty { record.items[code] = ids.count }
        for id in ids {
          json.object { json in
            json.field("To_Account", id)
            json.field("ErrorCode", code)
            json.field("ErrorInfo", "")
          }
        }
      }
    }
  }
}
