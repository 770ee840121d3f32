/// Words in the header of an id column.
enum HeaderWord {
  private static let words: Set<String> = [
    "id", "ids", "uid", "uids", "user", "users", "userid", "userids", "username", "usernames",
    "useraccount", "account", "accounts", "accountid", "accountids", "accountname", "identifier",
    "identifiers", "memberaccount", "toaccount", "fromaccount", "openid", "unionid", "member",
    "name", "login", "email", "mail", "benutzer", "benutzerid", "utilisateur", "usuario", "用户id",
    "用户", "帐号", "账号", "ユーザーid",
  ]

  /// True for `UserID`, `user_id`, `Account` and the like, and for names that end like an id
  /// column's: `player_id`, `CustomerID`.
  static func isHeader(_ text: String) -> Bool {
    let plain = text.lowercased().filter { !"_-.".contains($0) }
    if words.contains(plain) { return true }
    guard text.allSatisfy({ $0.isASCII && ($0.isLetter || "_-.".contains($0)) }) else {
      return false
    }
    for ending in ["_id", "_ids", "-id", "-ids"]
    where text.lowercased().hasSuffix(ending) { return true }
    // `CustomerId`, but not `DAVID`: the letter before must be lower case.
    for ending in ["Id", "ID", "Ids", "IDs", "IDS"] where text.hasSuffix(ending) {
      return text.dropLast(ending.count).last?.isLowercase ?? false
    }
    return false
  }
}
