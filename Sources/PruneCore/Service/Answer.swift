internal import JSON
internal import Bytes

/// The usable part of the service's response to a call.
package struct Answer: Equatable, Sendable {
  package var code: ServiceCode
  /// The service's message; untrusted text, cut to 200 characters.
  package var info: String
  /// Results for single users, including ids that were not in the call.
  package var users: [UserAnswer]
  /// Whether it may name users other than by a valid id: by an id that no user can have, or in an
  /// object or a list with an unknown name.
  package var hasUnattributed = false

  package struct UserAnswer: Equatable, Sendable {
    package var id: UserID
    package var code: ServiceCode
    /// For `account_check`: whether the account exists.
    package var isImported: Bool?
    /// For the calls that read tags: those of the user.
    package var tags: [Tag]?
  }

  package init(code: ServiceCode, info: String = "", users: [UserAnswer] = []) {
    self.code = code
    self.info = info
    self.users = users
  }

  /// Whether it names, or may name, users other than these. It may mean one of these by another
  /// form of the id, so a user who is not listed proves nothing.
  func mayNameOthers(than asked: Set<UserID>) -> Bool {
    hasUnattributed || users.contains { !asked.contains($0.id) }
  }

  /// The service's message, cut, and without anything that could be a key or a signature: some
  /// gateways echo the request. It cuts scalars, since a character can have any length.
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

  /// A key has 64 letters and digits, a signature more; no other word of the service is that long.
  private static let secretLength = 40

  /// Parses a response's JSON; nil unless it is an object with an integer `ErrorCode` whose known
  /// lists are readable. It skips unknown fields, but `hasUnattributed` reports those that may name
  /// users. Success is code 0 and, if present, status "OK" (docs/service.md, "Responses"); code 0
  /// with another status is contradictory and means nothing.
  package init?(json: [UInt8]) {
    // The reason does not matter: an unreadable response means nothing.
    guard let wire = try? Wire(json) else { return nil }
    if wire.code == 0, let status = wire.status, status != "OK" { return nil }
    code = ServiceCode(wire.code)
    info = Self.info(wire.info ?? "")
    users = wire.users
    hasUnattributed = wire.hasUnattributed
  }

  /// The response's fields under the service's own names, as far as imprune uses them.
  private struct Wire {
    var code: Int32 = 0
    var status: String?
    var info: String?
    var users: [UserAnswer] = []
    var hasUnattributed = false

    private enum Key: String, CaseIterable {
      case code = "ErrorCode"
      case status = "ActionStatus"
      case info = "ErrorInfo"
      /// For `account_check` and `account_delete`.
      case results = "ResultItem"
      /// For the calls that read tags.
      case tags = "UserTags"
      /// For the newer tag calls: the refused users.
      case errors = "ErrorList"
    }
    private static let keys = KeyTable<Key>("an answer")

    init(_ bytes: [UInt8]) throws(JSONError) {
      var json = JSONReader(bytes)
      // Results in this order, whatever their order in the text.
      var lists: [Key: [UserAnswer]] = [:]
      var hasUnattributed = false
      let seen = try json.object(
        Self.keys,
        other: { (json) throws(JSONError) in
          if try json.skipTellingContent() { hasUnattributed = true }
        }
      ) { (json, key) throws(JSONError) in
        switch key {
        case .code: code = try json.integer()
        case .status: status = try json.optional { (json) throws(JSONError) in try json.string() }
        case .info: info = try json.optional { (json) throws(JSONError) in try json.string() }
        case .results, .tags, .errors:
          lists[key] = try json.optional { (json) throws(JSONError) in
            try Self.users(&json, key, &hasUnattributed)
          }
        }
      }
      try json.end()
      guard seen.contains(.code) else { throw JSONError() }
      self.hasUnattributed = hasUnattributed
      for key in [Key.results, .tags, .errors] { users += lists[key] ?? [] }
    }

    private enum UserKey: String, CaseIterable {
      case id = "UserID"
      case account = "To_Account"
      case result = "ResultCode"
      case error = "ErrorCode"
      case status = "AccountStatus"
      case tags = "Tags"
    }
    private static let userKeys = KeyTable<UserKey>("a user of an answer")

    private static func users(
      _ json: inout JSONReader, _ list: Key, _ hasUnattributed: inout Bool
    ) throws(JSONError) -> [UserAnswer] {
      var users: [UserAnswer] = []
      users.reserveCapacity(Call.maxUsers)
      try json.array { (json) throws(JSONError) in
        var id: UserID?
        var code: Int32 = 0
        var isImported: Bool?
        var tags: [Tag]?
        let seen = try json.object(userKeys) { (json, key) throws(JSONError) in
          switch (key, list) {
          case (.id, .results), (.account, .tags), (.account, .errors):
            try json.readString()
            id = UserID(json.text)
          case (.result, .results), (.error, .errors): code = try json.integer()
          case (.status, .results):
            let status = try json.optional { (json) throws(JSONError) in try json.string() }
            isImported =
              switch status {
              case "Imported": true
              case "NotImported": false
              default: nil
              }
          case (.tags, .tags):
            tags = try json.optional { (json) throws(JSONError) in
              var tags: [Tag] = []
              try json.array { (json) throws(JSONError) in
                try json.readString()
                tags.append(Tag(json.text))
              }
              return tags
            }
          default: try json.skip()
          }
        }
        guard seen.contains(list == .results ? .id : .account),
          list == .tags || seen.contains(list == .results ? .result : .error)
        else { throw JSONError() }
        guard let id else {
          hasUnattributed = true
          return
        }
        users.append(
          UserAnswer(id: id, code: ServiceCode(code), isImported: isImported, tags: tags))
      }
      return users
    }
  }
}
