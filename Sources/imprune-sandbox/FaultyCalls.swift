/// Calls with which something goes wrong on purpose.
extension Service {
  /// Carries out an admitted call as far as the fault lets it; gives the members that follow the
  /// three common ones.
  mutating func perform(
    _ endpoint: Endpoint, _ body: JSONValue, with fault: Fault, record: inout CallRecord
  ) throws(Refusal) -> JSONText {
    let ids = (body.firstList ?? []).compactMap { UserID(($0["UserID"] ?? $0).string ?? []) }
    record.ids = ids
    defer { record.ids = ids }
    switch fault.kind {
    case .dropBefore, .stallBefore, .badGatewayBefore:
      record.code = nil
      return JSONText()
    case .codeBefore, .throttle: throw Refusal(fault)
    case .codeAfter:
      _ = try perform(endpoint, body, record: &record)
      throw Refusal(fault)
    case .dropAfter, .stallAfter, .badGatewayAfter, .garbage, .cutLength, .cutJSON:
      return try perform(endpoint, body, record: &record)
    case .items, .otherCase, .longID, .otherList, .omitBefore:
      return try performForOthers(endpoint, body, fault, record: &record)
    case .omitAfter, .repeated, .foreign:
      let fields = try perform(endpoint, body, record: &record)
      return misquote(fields, of: endpoint, fault, asked: record.ids)
    }
  }

  /// Leaves the first users of the call alone, who get the fault's code, by their ids or something
  /// else, or are passed over, and serves the others.
  private mutating func performForOthers(
    _ endpoint: Endpoint, _ body: JSONValue, _ fault: Fault, record: inout CallRecord
  ) throws(Refusal) -> JSONText {
    var others = body
    let spared = others.dropFirst(fault.users)
    var fields = JSONText()
    if others.firstList?.isEmpty != true { fields = try perform(endpoint, others, record: &record) }
    let list =
      fault.kind == .otherList ? ("FailedList", "To_Account", "ErrorCode") : endpoint.codeList
    guard fault.kind.givesUsersCode, let list else { return fields }
    record.items[fault.code, default: 0] += spared.count
    return fields.editing(list.name) { items in
      let refused = spared.map { user in
        JSONValue.object([
          .init(list.id, fault.naming(user["UserID"] ?? user)),
          .init(list.code, .number(Array(String(fault.code).utf8))),
        ])
      }
      items = refused + items
    }
  }

  /// The answer's members with users missing, doubled, or not asked for.
  private func misquote(
    _ fields: JSONText, of endpoint: Endpoint, _ fault: Fault, asked: [UserID]
  ) -> JSONText {
    guard let list = endpoint.userList ?? endpoint.codeList.map({ ($0.name, $0.id) }) else {
      return fields
    }
    return fields.editing(list.name) { items in
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
  func spoil(_ answer: inout Answer) {
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
      .omitAfter, .repeated, .foreign:
      break
    }
  }

  /// How the answer names a user to whom it gives the fault's code.
  fileprivate func naming(_ id: JSONValue) -> JSONValue {
    guard let bytes = id.string else { return id }
    switch kind {
    case .otherCase:
      return .string(
        bytes.map { byte in
          let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          return isLetter ? byte ^ 0x20 : byte
        })
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

  /// The elements of an object's first list.
  fileprivate var firstList: [JSONValue]? {
    guard case .object(let members) = self else { return nil }
    return members.lazy.compactMap(\.value.array).first
  }
}

extension JSONText {
  /// Members that follow others, with the list of this name changed, or made if there is none.
  fileprivate func editing(
    _ name: String, _ change: (inout [JSONValue]) -> Void
  ) -> JSONText {
    let object = Array("{".utf8) + bytes.dropFirst() + Array("}".utf8)
    guard case .object(var members) = try? JSONScanner.value(of: object) else { return self }
    let index = members.firstIndex { $0.name == Array(name.utf8) } ?? members.count
    if index == members.count { members.append(.init(name, .array([]))) }
    var elements = members[index].value.array ?? []
    change(&elements)
    members[index].value = .array(elements)
    var text = JSONText()
    for member in members {
      text.raw(",")
      text.member(member)
    }
    return text
  }
}
