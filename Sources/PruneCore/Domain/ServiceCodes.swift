/// What a code of the service means for a run (docs/architecture.md, "Code classes";
/// docs/service.md, "Error codes").
package enum CodeClass: Equatable, Sendable {
  /// Done: the user is as the manifest wants.
  case done
  /// Retry later; `attempts` bounds how often, if the default bound is too high.
  case transient(attempts: Int?)
  /// The outcome is unknown; ask the service to find out.
  case unknown
  /// Throttled: slow down and retry.
  case throttled
  /// Some user of the batch is the cause: split until those users are alone.
  case batch
  /// The run cannot continue.
  case fatal
  /// An undocumented code: its users failed.
  case other
}

/// The table of codes.
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

  /// Whether a code means, in a call that clears the tags of one user, that the account is absent.
  package static func meansAbsent(_ code: ServiceCode) -> Bool {
    [70107, 90012, 90048].contains(code.number)
  }

  /// The account does not exist.
  package static let absent = ServiceCode(70107)

  /// The UserSig has expired: imprune renews it once.
  package static let signatureExpired = ServiceCode(70001)

  /// The app's edition or settings do not allow the operation.
  package static func isEditionRefusal(_ code: ServiceCode) -> Bool {
    [71000, 90045, 60027].contains(code.number)
  }

  /// What to do when a run stops with this code; nil if the service's message is enough.
  package static func advice(_ code: ServiceCode) -> String? {
    switch code.number {
    case 70001:
      "The UserSig has expired. Make a new one, or give imprune the app's secret key "
        + "instead."
    case 70050:
      "The service refused the UserSig too often. Check the secret key that it was made with, "
        + "and wait a minute before you try again."
    case 70003, 70009, 70017:
      "The service refused the UserSig. Check that it was made with the secret key that the "
        + "console shows for this app."
    case 70013, 70014:
      "The UserSig was made for another admin or another app. Check `admin` and `sdk_app_id`."
    case 60006, 60012, 60026, 70016, 70020:
      "The service does not know this app. Check `sdk_app_id`, and that `region` or `endpoint` "
        + "belongs to the app's data center."
    case 60010, 70403, 90009:
      "The account in `admin` is not an admin of the app. Correct `admin`, or make the account "
        + "an admin in the console."
    case 60004, 60005, 60025:
      "The account, the signature or the app in the request is wrong. Check `admin`, "
        + "`sdk_app_id` and the secret key or the signature."
    case 60021:
      "The app's IP allowlist does not contain the address of this machine. Ask the "
        + "support of Tencent Cloud to add it."
    case 60020, 60016, 60017: "The app is disabled, expired or in arrears. See the console."
    case 60028:
      "The trial edition has reached its limit of calls in 24 hours. Run apply again "
        + "tomorrow."
    case 71000:
      "The app's edition does not allow removing accounts. Lift the restriction in the console "
        + "(Account Management), or move the app to another edition."
    case 90045:
      "Tag calls are not enabled for the app. Switch on push to all users in the console, or "
        + "request it by ticket."
    default: nil
    }
  }
}
