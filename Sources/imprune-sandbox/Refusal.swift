import JSON

/// A verdict other than 0 on a whole call: code and text of the common response fields.
struct Refusal: Error, Equatable {
  let code: Int
  let info: String
  /// What the answer says of single users all the same.
  var fields: [JSONValue.Member] = []

  init(_ code: Int, _ info: String) {
    self.code = code
    self.info = info
  }
}

/// The refusals whose code and occasion the documents state (docs/service.md, "Error codes"); the
/// guessed ones are in Choices.swift.
extension Refusal {
  static let overRate = Refusal(60007, "REST call frequency exceeded")
  static let unknownPath = Refusal(60009, "resource error: unknown path")
  static let noApp = Refusal(60012, "sdkappid is missing")
  static let accountNotString = Refusal(60015, "account field is not a string")
  static let badParameter = Refusal(
    60025, "identifier, usersig or contenttype is missing or wrong in the URL")
  static let expiredUserSig = Refusal(70001, "UserSig expired")
  static let illegalUserSig = Refusal(70003, "UserSig illegal")
  static let failedUserSig = Refusal(70009, "UserSig check failed")
  static let otherIdentifier = Refusal(70013, "identifier differs from the one signed")
  static let otherApp = Refusal(70014, "sdkappid differs from the one signed")
  static let deletionNotSupported = Refusal(71000, "app does not support account deletion")
  static let tooManyTags = Refusal(90032, "too many tags for a user")
  static let pushNotEnabled = Refusal(90045, "push (all users, tag) is not enabled")

  /// The body is not JSON.
  static func badJSON(_ family: Endpoint.Family) -> Refusal {
    switch family {
    case .accounts: Refusal(60003, "request JSON could not be parsed")
    case .tags: Refusal(90001, "request JSON could not be parsed")
    }
  }
}

extension JSONText {
  /// Writes the fields that every answer begins with: the verdict on the call.
  mutating func verdict(_ refusal: Refusal?) {
    field("ActionStatus", refusal == nil ? "OK" : "FAIL")
    field("ErrorInfo", refusal?.info ?? "")
    field("ErrorCode", refusal?.code ?? 0)
  }
}
