internal import PruneCore

extension Reply {
  /// A part of a response: the name of its list, and the user's JSON.
  struct Item {
    /// Nil if the response does not list successes.
    let list: String?
    let json: String
  }

  /// The service's JSON for a code and results of single users.
  static func response(
    _ code: Int32, _ items: [Item] = [], more: String = ""
  ) -> Reply {
    let status = code == 0 ? "OK" : "FAIL"
    var json = #"{"ActionStatus":"\#(status)","ErrorCode":\#(code),"ErrorInfo":"""#
    for list in ["ResultItem", "UserTags", "ErrorList", "FailedList"] {
      let users = items.filter { $0.list == list }.map(\.json)
      if !users.isEmpty { json += #","\#(list)":[\#(users.joined(separator: ","))]"# }
    }
    return .response(status: 200, body: Array((json + more + "}").utf8))
  }
}

extension Reply.Item {
  /// A refusal that names a user other than by id.
  static func of(
    _ call: Call, _ id: UserID, _ code: Int32, _ how: Misnaming
  ) -> Reply.Item {
    let name =
      switch how {
      case .otherCase: id.description.uppercased()
      case .tooLong: "app-1400000000/users/by-name/\(id)/of-the-service"
      case .otherList: id.description
      }
    let isOfTags = [.clearTags, .readTags, .addTags].contains(call)
    return Reply.Item(
      list: how == .otherList ? "FailedList" : isOfTags ? "ErrorList" : "ResultItem",
      json: isOfTags
        ? #"{"To_Account":"\#(name)","ErrorCode":\#(code)}"#
        : #"{"UserID":"\#(name)","ResultCode":\#(code)}"#)
  }

  static func of(
    _ call: Call, _ id: UserID, _ code: Int32, isThere: Bool, tags: [String]
  ) -> Reply.Item {
    let failure = #"{"To_Account":"\#(id)","ErrorCode":\#(code)}"#
    switch call {
    case .checkAccounts:
      let status = isThere ? "Imported" : "NotImported"
      return Reply.Item(
        list: "ResultItem",
        json: #"{"UserID":"\#(id)","ResultCode":\#(code),"AccountStatus":"\#(status)"}"#)
    case .deleteAccounts:
      return Reply.Item(
        list: "ResultItem", json: #"{"ResultCode":\#(code),"ResultInfo":"","UserID":"\#(id)"}"#)
    case .readTags:
      if code != 0 { return Reply.Item(list: "ErrorList", json: failure) }
      let list = tags.map { #""\#($0)""# }.joined(separator: ",")
      return Reply.Item(list: "UserTags", json: #"{"To_Account":"\#(id)","Tags":[\#(list)]}"#)
    case .clearTags, .addTags:
      return Reply.Item(list: code == 0 ? nil : "ErrorList", json: failure)
    }
  }
}
