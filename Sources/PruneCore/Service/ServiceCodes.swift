/// What a code of the service means for a run (docs/architecture.md, "Code classes";
/// docs/service.md, "Error codes").
package enum CodeClass: Equatable, Sendable {
  /// Done: the user is as wanted.
  case done
  /// Try again later; `attempts` bounds how often, if the usual bound is too many.
  case transient(attempts: Int?)
  /// Whether it was done is not known; read to find out.
  case unknown
  /// Too fast: slow down and try again.
  case throttled
  /// Some user of the batch is the cause: split until the culprits stand alone.
  case batch
  /// The run cannot go on.
  case fatal
  /// A code that no page explains: failed for its users.
  case other
}

/// The one table of codes.
package enum ServiceCodes {
  /// What a top-level code means for a call; 0 is `done`.
  package static func meaning(of code: ServiceCode, for call: Call) -> CodeClass {
    switch code.number {
    case 0: .done
    case 70107 where call == .deleteAccounts: .done
    case 30003, 40003, 50001: call == .deleteAccounts ? .unknown : .other
    case 60013: .unknown
    case 60004, 60005: .transient(attempts: 2)
    case 60008, 60014, 70169, 70202, 70500, 30006, 30007, 30008, 40006, 91000, 90990...90999,
      50004, 50005, 10002:
      .transient(attempts: nil)
    case 60007, 60011, 60018, 60019: .throttled
    case 70402, 90003, 90012, 90048, 93000, 70107: .batch
    case 60002, 60003, 60006, 60010, 60012, 60015...60017, 60020...60028, 70001...70051, 70403,
      71000, 90001, 90009, 90018, 90045:
      .fatal
    default: .other
    }
  }

  /// Whether a code tells, of a lone user whose tags are to be cleared, that there is no account.
  package static func meansAbsent(_ code: ServiceCode) -> Bool {
    [70107, 90012, 90048].contains(code.number)
  }

  /// There is no such account.
  package static let absent = ServiceCode(70107)

  /// The UserSig is past its end: it is signed anew once.
  package static let signatureExpired = ServiceCode(70001)

  /// The app's edition or settings do not allow the operation.
  package static func isEditionRefusal(_ code: ServiceCode) -> Bool {
    [71000, 90045, 60027].contains(code.number)
  }

  /// What to check when a run ends on this code; nil where there is nothing better to say than the
  /// service's own words.
  package static func advice(_ code: ServiceCode) -> String? {
    switch code.number {
    case 70001: "The UserSig has expired. Make a new one, or give the app's key instead."
    case 70050:
      "The UserSig was refused too often. Check the key that it was made with, and wait a minute "
        + "before the next try."
    case 70003, 70009, 70017:
      "The UserSig was refused. Check that the key that it was made with is the one that the console "
        + "shows for this app."
    case 70013, 70014:
      "The UserSig was made for another admin or another app: check `admin` and `sdk_app_id`."
    case 60006, 60012, 60026, 70016, 70020:
      "The service does not know this app. Check `sdk_app_id`, and that `region` or `endpoint` is of "
        + "the app's data centre."
    case 60010, 70403, 90009:
      "The identifier is not an admin of the app. Check `admin`, or make it an admin in the console."
    case 60004, 60005, 60025:
      "Account, signature or app are wrong in the request. Check `admin`, `sdk_app_id` and the key "
        + "or the signature."
    case 60021: "This machine's address is not on the app's list of allowed addresses."
    case 60020, 60016, 60017: "The app is disabled, expired or in arrears; see the console."
    case 60028: "The trial edition's limit of calls in 24 hours is reached; go on tomorrow."
    case 71000:
      "The app's edition does not allow accounts to be removed. Either move the app to another "
        + "plan, or lift the restriction in the console (Account Management)."
    case 90045:
      "Tag calls are not enabled for the app. Switch on push to all users in the console, or ask "
        + "for it by ticket."
    default: nil
    }
  }
}
