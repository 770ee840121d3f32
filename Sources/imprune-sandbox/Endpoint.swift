/// A call of the service's REST API that the sandbox answers; the raw value is its path.
enum Endpoint: String, CaseIterable {
  case accountDelete = "/v4/im_open_login_svc/account_delete"
  case accountCheck = "/v4/im_open_login_svc/account_check"
  case accountImport = "/v4/im_open_login_svc/account_import"
  case removeAllTags = "/v4/all_member_push/im_remove_all_tags"
  case getTag = "/v4/all_member_push/im_get_tag"
  case addTag = "/v4/all_member_push/im_add_tag"
  case timpushClearAllTags = "/v4/timpush/clear_all_tags"
  case timpushGetTag = "/v4/timpush/get_tag"
  case timpushAddTag = "/v4/timpush/add_tag"

  /// The two groups whose error codes differ (docs/service.md, "Account codes" and "Push and tag
  /// codes").
  enum Family {
    case accounts
    case tags
  }

  /// What a call does to users.
  enum Effect {
    case changes
    case reads
  }

  /// The endpoint at exactly this path.
  init?(path: [UInt8]) {
    guard let endpoint = Self.byPath[path] else { return nil }
    self = endpoint
  }

  private static let byPath = Dictionary(
    uniqueKeysWithValues: allCases.map { (Array($0.rawValue.utf8), $0) })

  /// The last part of the path: what counters and log call it. No two are the same.
  var name: String {
    rawValue.split(separator: "/").last.map(String.init) ?? rawValue
  }

  /// What a call does; nil for the one that only prepares a sandbox.
  var effect: Effect? {
    switch self {
    case .accountDelete, .removeAllTags, .addTag, .timpushClearAllTags, .timpushAddTag: .changes
    case .accountCheck, .getTag, .timpushGetTag: .reads
    case .accountImport: nil
    }
  }

  /// The list of the answer that names every user served, and the field that names the user.
  var userList: (name: String, id: String)? {
    switch self {
    case .accountDelete, .accountCheck: ("ResultItem", "UserID")
    case .getTag, .timpushGetTag: ("UserTags", "To_Account")
    case .accountImport, .removeAllTags, .addTag, .timpushClearAllTags, .timpushAddTag: nil
    }
  }

  /// The list of the answer that gives single users a code, and its fields.
  var codeList: (name: String, id: String, code: String)? {
    switch self {
    case .accountDelete, .accountCheck: ("ResultItem", "UserID", "ResultCode")
    case .timpushClearAllTags, .timpushGetTag, .timpushAddTag:
      ("ErrorList", "To_Account", "ErrorCode")
    case .accountImport, .removeAllTags, .getTag, .addTag: nil
    }
  }

  /// The group whose codes the endpoint answers with.
  var family: Family {
    switch self {
    case .accountDelete, .accountCheck, .accountImport: .accounts
    case .removeAllTags, .getTag, .addTag, .timpushClearAllTags, .timpushGetTag, .timpushAddTag:
      .tags
    }
  }
}
