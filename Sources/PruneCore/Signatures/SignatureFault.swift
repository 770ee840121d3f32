/// Why a signature approves nothing.
package enum SignatureFault: Error, Equatable, Sendable {
  case empty
  case tooLarge
  /// The lines before the signature are not a statement.
  case notAStatement
  /// There is no armored signature after the statement, or something else follows it.
  case notArmored
  case otherApp(SDKAppID)
  case otherState(signed: Lineage, now: Lineage?)
  case otherSerial(signed: UInt64, now: UInt64)
  case otherToken(ApprovalToken)
  case expired(Timestamp)
  /// Valid for more than 30 days from now.
  case validTooLong(Timestamp)
  /// The key is not one of the allowed signers', now; with the words of ssh-keygen.
  case unknownSigner(String)
  /// The allowed signers give the key to a pattern, which does not identify one person.
  case pattern(String)
  /// The signature does not match; with the words of ssh-keygen.
  case bad(String)

  /// What is wrong with it, as the end of a sentence about the file.
  package var words: String {
    switch self {
    case .empty: "is empty"
    case .tooLarge: "is larger than 16 KiB, so it is not a signature"
    case .notAStatement:
      "does not begin with a statement of `imprune approve`, or another program changed it"
    case .notArmored:
      "does not end with one SSH signature, or another program changed it"
    case .otherApp(let app): "is for app \(app)"
    case .otherState(let signed, let now):
      "is for the state of lineage \(signed), but "
        + (now.map { "this is the state of lineage \($0)" } ?? "there is no state")
    case .otherSerial(let signed, let now):
      "is for serial \(signed) of the state, which is at serial \(now) now"
    case .otherToken(let token): "is for the token \(token)"
    case .expired(let time): "expired at \(time)"
    case .validTooLong(let time): "would be valid until \(time), more than 30 days from now"
    case .unknownSigner(let words):
      "was not made by an allowed signer (ssh-keygen: \(Problem.visible(words)))"
    case .pattern(let pattern):
      "is by a key that the allowed signers give to the pattern \(Problem.visible(pattern)), which "
        + "does not identify one person"
    case .bad(let words): "is not valid (ssh-keygen: \(Problem.visible(words)))"
    }
  }
}
