import JSON

/// The newer tag endpoints, timpush: unknown users go to ErrorList, the others are served
/// (docs/service.md, "timpush").
extension Service {
  private static let absentCode = 70107

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
