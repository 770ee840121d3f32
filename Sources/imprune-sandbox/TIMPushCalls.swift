/// The newer tag endpoints, timpush: unknown users go to ErrorList, the others are served
/// (docs/service.md, "timpush").
extension Service {
  private static let absentCode = 70107

  /// timpush/clear_all_tags.
  mutating func timpushClearAllTags(
    _ body: JSONValue, record: inout CallRecord
  ) throws(Refusal) -> JSONText {
    let ids = try tagUsers(body, record: &record)
    for id in ids where users.contains(id) { clearTags(of: id) }
    return errorList(ids.filter { !users.contains($0) }, among: ids, record: &record)
  }

  /// timpush/get_tag.
  func timpushGetTags(_ body: JSONValue, record: inout CallRecord) throws(Refusal) -> JSONText {
    let ids = try tagUsers(body, record: &record)
    var text = userTags(ids.filter(users.contains))
    text.raw(errorList(ids.filter { !users.contains($0) }, among: ids, record: &record))
    return text
  }

  /// Writes ErrorList, or nothing when no id failed.
  private func errorList(
    _ absent: [UserID], among ids: [UserID], record: inout CallRecord
  ) -> JSONText {
    var text = JSONText()
    if absent.count < ids.count { record.items[0] = ids.count - absent.count }
    guard !absent.isEmpty else { return text }
    record.items[Self.absentCode] = absent.count
    text.raw(",\"ErrorList\":")
    text.array(absent) { text, id in
      text.raw("{\"To_Account\":")
      text.string(id)
      text.raw(",\"ErrorCode\":\(Self.absentCode),\"ErrorInfo\":\"\"}")
    }
    return text
  }
}
