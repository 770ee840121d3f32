import JSON
import PruneCore

/// A call as the kit sends it.
package struct ContractCall: Sendable {
  /// The path below the host, without a leading slash.
  package let path: String
  package let body: [UInt8]
  /// Whether its signature is not compressed.
  package var isStored = false
  /// Whether the server may choose HTTP/2.
  package var offersHTTP2 = false

  private init(_ path: String, _ body: [UInt8]) {
    self.path = path
    self.body = body
  }

  /// A call that imprune makes too, with the body that imprune sends.
  init(_ call: Call, _ ids: [UserID], _ family: TagsAPI = .allMemberPush) {
    self.init(call.path(family), call.body(ids))
  }

  /// Adds a tag to users.
  static func addTag(_ tag: String, _ ids: [UserID], _ family: TagsAPI) -> ContractCall {
    let tags = [Tag(Array(tag.utf8))]
    let body = TagAddition.body(ids.map { TagAddition(id: $0, tags: tags) }, family)
    return ContractCall(Call.addTags.path(family), body)
  }

  /// Imports one account.
  static func importing(_ id: UserID) -> ContractCall {
    var json = JSONText()
    json.object { json in json.field("UserID", id) }
    return ContractCall("v4/im_open_login_svc/account_import", json.bytes)
  }

  /// Removes an account, and another of an id that is too long to be one.
  static func deleting(_ id: UserID, andTooLong text: String) -> ContractCall {
    var json = JSONText()
    json.object { json in
      json.key("DeleteItem")
      json.array { json in
        json.object { json in json.field("UserID", id) }
        json.object { json in json.field("UserID", text) }
      }
    }
    return ContractCall(Call.deleteAccounts.path(.allMemberPush), json.bytes)
  }

  /// Checks no account, which the service refuses.
  static let checkingNone = ContractCall(.checkAccounts, [])
}

/// What came of a call.
package struct ContractReply: Sendable {
  /// The service's answer; nil if none could be used.
  let answer: Answer?
  /// Why there is no answer, in words of ours.
  let problem: String
  /// The header `Date`.
  let date: String?
  /// The version of HTTP.
  let version: String
  let reusedConnection: Bool

  /// A response.
  package init(
    status: Int, body: [UInt8], date: String?, version: String, reusedConnection: Bool
  ) {
    answer = status == 200 ? Answer(json: body) : nil
    problem =
      status == 200 ? "the response is not an answer of the service" : "HTTP status \(status)"
    self.date = date
    self.version = version
    self.reusedConnection = reusedConnection
  }

  /// No response.
  package init(problem: String) {
    answer = nil
    self.problem = problem
    date = nil
    version = ""
    reusedConnection = false
  }
}

/// The kit's way to the service, and its clocks.
package protocol ContractLink {
  /// A monotonic clock, in nanoseconds.
  var nanoseconds: Int64 { get }
  /// The wall clock, in seconds since 1970.
  var seconds: UInt32 { get }
  /// The signal that has come; it makes `send` and `pause` return at once.
  var stopSignal: Int32? { get }
  /// Whether it can make signatures.
  var canSign: Bool { get }

  /// Sends calls, many at a time, and returns their replies in the same order.
  mutating func send(_ calls: [ContractCall]) -> [ContractReply]
  /// Waits so many nanoseconds.
  mutating func pause(_ nanoseconds: Int64)
  /// Forgets the signal that has come.
  mutating func resume()
}
