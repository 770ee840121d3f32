import JSON

/// The account endpoints (docs/service.md, "Removal" and "Reading").
extension Service {
  /// The most ids in one call.
  static let batchLimit = 100

  private static let absentInfo = "Err_TLS_PT_Open_Login_Account_Not_Exist"
  private static let absentCode = 70107

  /// What an answer says of one id.
  private struct Item {
    var id: [UInt8]
    var code = 0
    var info = ""
    var status: String?

    init(_ id: [UInt8], _ refusal: Refusal? = nil, status: String? = nil) {
      self.id = id
      code = refusal?.code ?? 0
      info = refusal?.info ?? ""
      self.status = status
    }
  }

  /// account_delete: one result for every id, in the order sent.
  mutating func deleteAccounts(
    _ body: JSONValue, record: inout CallRecord, into json: inout JSONText
  ) throws(Refusal) {
    let sent = try accountIDs(body["DeleteItem"])
    let ids = sent.compactMap { UserID($0) }
    record.ids = ids
    if settings.facts.duplicateID == .callRefused, Set(ids).count < ids.count {
      throw .badField(.accounts)
    }
    let denial = settings.allowsDeletion ? nil : settings.denial
    if let denial, denial.place == .call,
      denial.order == .editionFirst || ids.contains(where: users.contains)
    {
      throw .deletionNotSupported
    }
    var items: [Item] = []
    var seen: Set<UserID> = []
    for bytes in sent {
      guard let id = UserID(bytes) else {
        items.append(Item(bytes, .badField(.accounts)))
        continue
      }
      let isFirst = seen.insert(id).inserted
      if !isFirst, settings.facts.duplicateID == .once { continue }
      if let denial, denial.order == .editionFirst || users.contains(id) {
        items.append(Item(bytes, .deletionNotSupported))
      } else if remove(id) || !isFirst && settings.facts.duplicateID == .eachOK {
        items.append(Item(bytes))
      } else {
        items.append(Item(bytes, Refusal(Self.absentCode, Self.absentInfo)))
      }
    }
    try write(items, isRemoval: true, record: &record, into: &json)
  }

  /// account_check: whether each id is imported, in the order sent.
  mutating func checkAccounts(
    _ body: JSONValue, record: inout CallRecord, into json: inout JSONText
  ) throws(Refusal) {
    let sent = try accountIDs(body["CheckItem"])
    record.ids = sent.compactMap { UserID($0) }
    let items = sent.map { bytes in
      guard let id = UserID(bytes) else { return Item(bytes, .badField(.accounts)) }
      return Item(bytes, status: isReported(id) ? "Imported" : "NotImported")
    }
    try write(items, isRemoval: false, record: &record, into: &json)
  }

  /// account_import: one account; one that exists is left as it is.
  mutating func importAccount(_ body: JSONValue, record: inout CallRecord) throws(Refusal) {
    guard let id = UserID(try accountID(body)) else { throw .badField(.accounts) }
    record.ids = [id]
    if !users.contains(id) { register(id) }
  }

  /// Makes an account that does not exist.
  mutating func register(_ id: UserID) {
    if users.isFreed(id) { counters.reregistered += 1 }
    users.set(id, tags: [])
  }

  /// Removes an account; false if there is none.
  private mutating func remove(_ id: UserID) -> Bool {
    let removed = users.remove(id)
    guard removed > 0 else {
      counters.deletesOfAbsent += 1
      return false
    }
    counters.removed += 1
    if removed > 1 { counters.removedAgain += 1 }
    if settings.facts.staleTime > 0 { removals[id] = clock }
    return true
  }

  /// Whether account_check reports an account, which may be gone.
  private func isReported(_ id: UserID) -> Bool {
    if users.contains(id) { return true }
    guard let time = removals[id] else { return false }
    return clock < time + settings.facts.staleTime
  }

  /// The ids of a list of `{"UserID": …}`, as sent; some may be too long.
  private func accountIDs(_ list: JSONValue?) throws(Refusal) -> [[UInt8]] {
    guard let list = list?.array else { throw .badField(.accounts) }
    guard (1...Self.batchLimit).contains(list.count) else { throw .badCount(.accounts) }
    return try list.map { item throws(Refusal) in
      let id = try accountID(item)
      if settings.facts.invalidID == .callRefused, UserID(id) == nil {
        throw Refusal.badField(.accounts)
      }
      return id
    }
  }

  private func accountID(_ item: JSONValue) throws(Refusal) -> [UInt8] {
    guard let value = item["UserID"] else { throw .badField(.accounts) }
    guard let bytes = value.string else { throw .accountNotString }
    return bytes
  }

  /// Writes ResultItem; the call as a whole may fail if every item does.
  private func write(
    _ items: [Item], isRemoval: Bool, record: inout CallRecord, into json: inout JSONText
  ) throws(Refusal) {
    for item in items { record.items[item.code, default: 0] += 1 }
    let allFailed = isRemoval ? settings.facts.allFailed : .ok
    if allFailed != .ok, let first = items.first, items.allSatisfy({ $0.code != 0 }) {
      var refusal = Refusal(first.code, first.info)
      if allFailed == .codeAndItems {
        var fields = JSONText()
        fields.object { json in Self.write(items, into: &json) }
        if case .object(let members) = JSONValue(fields.bytes) { refusal.fields = members }
      }
      throw refusal
    }
    Self.write(items, into: &json)
  }

  private static func write(_ items: [Item], into json: inout JSONText) {
    json.key("ResultItem")
    json.array { json in
      for item in items {
        json.object { json in
          json.field("ResultCode", item.code)
          json.field("ResultInfo", item.info)
          json.key("UserID")
          json.value(item.id)
          if let status = item.status { json.field("AccountStatus", status) }
        }
      }
    }
  }
}
