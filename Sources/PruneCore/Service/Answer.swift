internal import FoundationEssentials

/// What the service answered to a call, as far as it can be used.
package struct Answer: Equatable, Sendable {
  package var code: ServiceCode
  /// The service's words; untrusted text, cut to 200 characters.
  package var info: String
  /// What is said of single users. Ids that were not asked for are still in here.
  package var users: [UserAnswer]

  package struct UserAnswer: Equatable, Sendable {
    package var id: UserID
    package var code: ServiceCode
    /// Of `account_check`: whether the account exists.
    package var isImported: Bool?
    /// Of the calls that read tags: how many the user has.
    package var tags: Int?
  }

  package init(code: ServiceCode, info: String = "", users: [UserAnswer] = []) {
    self.code = code
    self.info = info
    self.users = users
  }

  /// The service's words, cut, and without anything that could be a key or a signature: some
  /// gateways repeat the request. A character can be of any length, a scalar cannot.
  private static func info(_ text: String) -> String {
    var info = String.UnicodeScalarView()
    var word = String.UnicodeScalarView()
    func end() {
      info.append(contentsOf: word.count < secretLength ? word : "<redacted>".unicodeScalars)
      word = String.UnicodeScalarView()
    }
    for scalar in text.unicodeScalars.prefix(4000) {
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "*", "-", "_", "%", "+": word.append(scalar)
      default:
        end()
        info.append(scalar)
      }
    }
    end()
    return String(String.UnicodeScalarView(info.prefix(200)))
  }

  /// A key has 64 letters and digits, a signature more; no other word of the service has so many.
  private static let secretLength = 40

  /// Reads an answer's JSON; nil unless it is an object with a whole `ErrorCode`. Unknown fields are
  /// passed over. Success is code 0 and, where it is said, status "OK" (service-api.md 1.2); code 0
  /// with another status contradicts itself and tells nothing.
  package init?(json: [UInt8]) {
    // Why an answer cannot be read makes no difference: it tells nothing.
    guard let wire = try? JSONDecoder().decode(Wire.self, from: Data(json)) else { return nil }
    if wire.ErrorCode == 0, let status = wire.ActionStatus, status != "OK" { return nil }
    code = ServiceCode(wire.ErrorCode)
    info = Self.info(wire.ErrorInfo ?? "")
    users = []
    for item in wire.ResultItem ?? [] {
      guard let id = UserID(item.UserID) else { continue }
      let isImported: Bool? =
        switch item.AccountStatus {
        case "Imported": true
        case "NotImported": false
        default: nil
        }
      users.append(
        UserAnswer(id: id, code: ServiceCode(item.ResultCode), isImported: isImported))
    }
    for item in wire.UserTags ?? [] {
      guard let id = UserID(item.To_Account) else { continue }
      users.append(UserAnswer(id: id, code: ServiceCode(0), tags: item.Tags?.count))
    }
    for item in wire.ErrorList ?? [] {
      guard let id = UserID(item.To_Account) else { continue }
      users.append(UserAnswer(id: id, code: ServiceCode(item.ErrorCode)))
    }
  }

  /// The answer's fields under the service's own names.
  private struct Wire: Decodable {
    struct Item: Decodable {
      var UserID: String
      var ResultCode: Int32
      var AccountStatus: String?
    }
    struct Tagged: Decodable {
      var To_Account: String
      var Tags: [String]?
    }
    struct Failed: Decodable {
      var To_Account: String
      var ErrorCode: Int32
    }
    var ActionStatus: String?
    var ErrorCode: Int32
    var ErrorInfo: String?
    var ResultItem: [Item]?
    var UserTags: [Tagged]?
    var ErrorList: [Failed]?
  }
}
