import JSON

/// The account endpoints (docs/service.md, "Removal" and "Reading").
extension Service {
  /// The most ids in one call.
  static let batchLimit = 100

  private static let absentInfo = "Err_TLS_PT_Open_Login_Account_Not_Exist"
  private static let absentCode = 70107

  /// account_delete: one result for every id, in the order sent.
  mutating func deleteAccounts(
    _ body: JSONValue, record: inout CallRecord, into json: inout JSONText
  ) throws(Refusal) {
    let ids = try accountIDs(body["DeleteItem"])
    record.ids = ids
    let denial = settings.allowsDeletion ? nil : settings.denialLevel
    if denial == .top { throw .deletionNotSupported }
    Self.items(ids, record: &record, into: &json) { id in
      if denial == .item || denial == .existing && users.contains(id) {
        return (Refusal.deletionNotSupported.code, Refusal.deletionNotSupported.info, nil)
      }
      let removed = users.remove(id)
      guard removed > 0 else {
        counters.deletesOfAbsent += 1
        return (Self.absentCode, Self.absentInfo, nil)
      }
      counters.removed += 1
      if removed > 1 { counters.removedAgain += 1 }
      return (0, "", nil)
    }
  }

  /// account_check: whether each id is imported, in the order sent.
  func checkAccounts(
    _ body: JSONValue, record: inout CallRecord, into json: inout JSONText
  ) throws(Refusal) {
    let ids = try accountIDs(body["CheckItem"])
    record.ids = ids
    Self.items(ids, record: &record, into: &json) { id in
      (0, "", users.contains(id) ? "Imported" : "NotImported")
    }
  }

  /// account_import: one account; one that exists is left as it is.
  mutating func importAccount(_ body: JSONValue, record: inout CallRecord) throws(Refusal) {
    let id = try accountID(body)
    record.ids = [id]
    if !users.contains(id) { register(id) }
  }

  /// Makes an account that does not exist.
  mutating func register(_ id: UserID) {
    if users.isFreed(id) { counters.reregistered += 1 }
    users.set(id, tags: [])
  }

  /// The ids of a list of `{"UserID": …}`.
  private func accountIDs(_ list: JSONValue?) throws(Refusal) -> [UserID] {
    guard let list = list?.array else { throw .badField(.accounts) }
    guard (1...Self.batchLimit).contains(list.count) else { throw .badCount(.accounts) }
    return try list.map { item throws(Refusal) in try accountID(item) }
  }

  private func accountID(_ item: JSONValue) throws(Refusal) -> UserID {
    guard let value = item["UserID"] else { throw .badField(.accounts) }
    guard let bytes = value.string else { throw .accountNotString }
    guard let id = UserID(bytes) else { throw .badField(.accounts) }
    return id
  }

  /// Writes ResultItem, asking `verdict` for the code, the text and, if any, the status of each id.
  ///
  /// Static, because a copy of `self` held meanwhile would make the first removal copy all users.
  private static func items(
    _ ids: [UserID], record: inout CallRecord, into json: inout JSONText,
    verdict: (UserID) -> (code: Int, info: String, status: String?)
  ) {
    json.key("ResultItem")
    json.array { json in
      for id in ids {
        let (code, info, status) = verdict(id)
        record.items[code, default: 0] += 1
        json.object { json in
          json.field("ResultCode", code)
          json.field("ResultInfo", info)
          json.field("UserID", id)
          if let status { json.field("AccountStatus", status) }
        }
      }
    }
  }
}
