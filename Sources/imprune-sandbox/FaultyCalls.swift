import Bytes
import JSON

/// Calls with which something goes wrong on purpose.
extension Service {
  /// Carries out an admitted call as far as the fault lets it; writes the fields that follow the
  /// verdict.
  mutating func perform(
    _ endpoint: Endpoint, _ body: JSONValue, with fault: Fault, record: inout CallRecord,
    into json: inout JSONText
  ) throws(Refusal) {
    let ids = (body.firstList ?? []).compactMap { UserID($0.named.string ?? []) }
    record.ids = ids
    defer { record.ids = ids }
    switch fault.kind {
    case .dropBefore, .stallBefore, .badGatewayBefore: record.code = nil
    case .codeBefore, .throttle: throw Refusal(fault)
    case .codeAfter:
      try perform(endpoint, body, record: &record, into: &json)
      throw Refusal(fault)
    case .dropAfter, .stallAfter, .badGatewayAfter, .garbage, .cutLength, .cutJSON:
      try perform(endpoint, body, record: &record, into: &json)
    case .items, .otherCase, .longID, .otherList, .omitBefore:
      json.fields(try fieldsForOthers(endpoint, body, fault, record: &record))
    case .omitAfter, .repeated, .foreign:
      var fields = try self.fields(endpoint, body, record: &record)
      corruptUsers(&fields, of: endpoint, fault, asked: record.ids)
      json.fields(fields)
    case .pretend: try pretend(endpoint, body, fault, record: &record, into: &json)
    }
  }

  /// Gives the answer of the whole call, but leaves its first users alone.
  private mutating func pretend(
    _ endpoint: Endpoint, _ body: JSONValue, _ fault: Fault, record: inout CallRecord,
    into json: inout JSONText
  ) throws(Refusal) {
    // The answer is that of a service which has the same users and is then forgotten.
    var other = self
    other.users = users.only(record.ids)
    try other.perform(endpoint, body, record: &record, into: &json)
    var unseen = record
    _ = try fieldsForOthers(endpoint, body, fault, record: &unseen)
  }

  /// Carries out a call; gives the fields that follow the verdict, to be changed.
  private mutating func fields(
    _ endpoint: Endpoint, _ body: JSONValue, record: inout CallRecord
  ) throws(Refusal) -> [JSONValue.Member] {
    var json = JSONText()
    try json.object { (json) throws(Refusal) in
      try perform(endpoint, body, record: &record, into: &json)
    }
    guard case .object(let members) = JSONValue(json.bytes) else { return [] }
    return members
  }

  /// Leaves the first users of the call alone, who get the fault's code, by their ids or something
  /// else, or are passed over, and serves the others.
  private mutating func fieldsForOthers(
    _ endpoint: Endpoint, _ body: JSONValue, _ fault: Fault, record: inout CallRecord
  ) throws(Refusal) -> [JSONValue.Member] {
    var others = body
    let spared = others.dropFirst(fault.users)
    var fields: [JSONValue.Member] = []
    if others.firstList?.isEmpty != true {
      fields = try self.fields(endpoint, others, record: &record)
    }
    let list =
      fault.kind == .otherList ? ("FailedList", "To_Account", "ErrorCode") : endpoint.codeList
    guard fault.kind.givesUsersCode, let list else { return fields }
    record.items[fault.code, default: 0] += spared.count
    fields.edit(list.name) { items in
      let refused = spared.map { user in
        JSONValue.object([
          .init(list.id, fault.naming(user.named)),
          .init(list.code, .number(Array(String(fault.code).utf8))),
        ])
      }
      items = refused + items
    }
    return fields
  }

  /// Leaves users out of an answer, doubles them, or adds one who was not asked for.
  private func corruptUsers(
    _ fields: inout [JSONValue.Member], of endpoint: Endpoint, _ fault: Fault, asked: [UserID]
  ) {
    guard let list = endpoint.userList ?? endpoint.codeList.map({ ($0.name, $0.id) }) else {
      return
    }
    fields.edit(list.name) { items in
      switch fault.kind {
      case .omitAfter: items.removeFirst(min(fault.users, items.count))
      case .repeated: items += items.prefix(fault.users)
      default:
        // What is said of somebody asked for, said of somebody else: the worst there is to take up.
        let foreign = users.first(besides: asked)?.bytes ?? Array("somebody_else".utf8)
        var members: [JSONValue.Member] = []
        if case .object(let said)? = items.first {
          members = said.filter { $0.name != Array(list.id.utf8) }
        }
        items.append(.object(members + [.init(list.id, .string(foreign))]))
      }
    }
  }
}

extension Refusal {
  /// The code of a fault.
  fileprivate init(_ fault: Fault) {
    self.init(fault.code, "a fault of the sandbox")
  }
}

extension Fault {
  /// What becomes of an answer on its way.
  func damage(_ answer: inout Answer) {
    switch kind {
    case .dropBefore, .dropAfter: answer.delivery = .dropped
    case .stallBefore, .stallAfter: answer.delivery = .stalled
    case .badGatewayBefore, .badGatewayAfter:
      answer.status = 502
      answer.contentType = "text/html"
      answer.body = Array("<html>502 Bad Gateway</html>".utf8)
    case .garbage: answer.body = Array("<html>sign in to the network</html>".utf8)
    case .cutLength: answer.delivery = .cut
    case .cutJSON: answer.body = Array(answer.body.prefix(answer.body.count / 2))
    case .codeBefore, .codeAfter, .throttle, .items, .otherCase, .longID, .otherList, .omitBefore,
      .omitAfter, .repeated, .foreign, .pretend:
      break
    }
  }

  /// How the answer names a user to whom it gives the fault's code.
  fileprivate func naming(_ id: JSONValue) -> JSONValue {
    guard let bytes = id.string else { return id }
    switch kind {
    case .otherCase:
      return .string(bytes.map { $0.isLetter ? $0 ^ 0x20 : $0 })
    case .longID: return .string(Array("the-user-of-the-app-who-is-called-".utf8) + bytes)
    default: return id
    }
  }
}

extension JSONValue {
  /// Takes that many elements off the beginning of an object's first list.
  fileprivate mutating func dropFirst(_ count: Int) -> [JSONValue] {
    guard case .object(var members) = self,
      let index = members.firstIndex(where: { $0.value.array != nil }),
      let elements = members[index].value.array
    else { return [] }
    members[index].value = .array(Array(elements.dropFirst(count)))
    self = .object(members)
    return Array(elements.prefix(count))
  }

  /// The id in an element of a list of users, or the element itself.
  fileprivate var named: JSONValue { self["UserID"] ?? self["To_Account"] ?? self }

  /// The elements of an object's first list.
  var firstList: [JSONValue]? {
    guard case .object(let members) = self else { return nil }
    return members.lazy.compactMap(\.value.array).first
  }
}

extension [JSONValue.Member] {
  /// Changes the elements of the list of this name, which is made if there is none.
  fileprivate mutating func edit(_ name: String, _ change: (inout [JSONValue]) -> Void) {
    let index = firstIndex { $0.name.elementsEqual(name.utf8) } ?? count
    if index == count { append(.init(name, .array([]))) }
    var elements = self[index].value.array ?? []
    change(&elements)
    self[index].value = .array(elements)
  }
}
