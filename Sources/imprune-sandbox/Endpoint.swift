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

  /// The two groups whose error codes differ (service-api.md 2.2 and 2.4).
  enum Family {
    case accounts
    case tags
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

  /// The group whose codes the endpoint answers with.
  var family: Family {
    switch self {
    case .accountDelete, .accountCheck, .accountImport: .accounts
    case .removeAllTags, .getTag, .addTag, .timpushClearAllTags, .timpushGetTag: .tags
    }
  }
}
