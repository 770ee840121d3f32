/// The service's calls that imprune makes (docs/service.md, "Removal", "Tags" and "Reading").
package enum Call: UInt8, CaseIterable, Sendable {
  case checkAccounts
  case readTags
  case clearTags
  case deleteAccounts
  case addTags

  /// The most users that one call takes.
  package static let maxUsers = 100

  /// Whether the call changes nothing at the service.
  package var onlyReads: Bool { self == .checkAccounts || self == .readTags }

  /// The operation of a plan that the call performs; nil if there is none.
  package var operation: Operation? {
    switch self {
    case .checkAccounts, .readTags, .addTags: nil
    case .clearTags: .clearTags
    case .deleteAccounts: .removeAccount
    }
  }

  /// The call that performs an operation.
  package init(performing operation: Operation) {
    self = operation == .clearTags ? .clearTags : .deleteAccounts
  }

  /// The call that checks whether an operation was done.
  package init(resolving operation: Operation) {
    self = operation == .clearTags ? .readTags : .checkAccounts
  }

  /// The path below the host, without a leading slash.
  package func path(_ tags: TagsAPI) -> String {
    switch (self, tags) {
    case (.checkAccounts, _): "v4/im_open_login_svc/account_check"
    case (.deleteAccounts, _): "v4/im_open_login_svc/account_delete"
    case (.clearTags, .allMemberPush): "v4/all_member_push/im_remove_all_tags"
    case (.readTags, .allMemberPush): "v4/all_member_push/im_get_tag"
    case (.clearTags, .timpush): "v4/timpush/clear_all_tags"
    case (.readTags, .timpush): "v4/timpush/get_tag"
    case (.addTags, .allMemberPush): "v4/all_member_push/im_add_tag"
    case (.addTags, .timpush): "v4/timpush/add_tag"
    }
  }

  /// The JSON body for these users; see `TagAddition.body(_:)` for a call that adds tags.
  package func body(_ ids: some Sequence<UserID>) -> [UInt8] {
    let (opening, before, after) =
      switch self {
      case .checkAccounts: (#"{"CheckItem":["#, #"{"UserID":""#, #""}"#)
      case .deleteAccounts: (#"{"DeleteItem":["#, #"{"UserID":""#, #""}"#)
      case .clearTags, .readTags, .addTags: (#"{"To_Account":["#, "\"", "\"")
      }
    var body = Array(opening.utf8)
    var isFirst = true
    for id in ids {
      if !isFirst { body.append(UInt8(ascii: ",")) }
      isFirst = false
      body.append(contentsOf: before.utf8)
      body.appendJSON(id)
      body.append(contentsOf: after.utf8)
    }
    body.append(contentsOf: "]}".utf8)
    return body
  }
}

extension [UInt8] {
  /// Appends an id as the content of a JSON string; ids contain no control characters.
  package mutating func appendJSON(_ id: UserID) {
    for index in 0..<id.count {
      let byte = id[index]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { append(UInt8(ascii: "\\")) }
      append(byte)
    }
  }
}
