internal import Bytes

/// What a person signs to approve a plan (docs/plans-and-approval.md, "Signatures"): six lines,
///
/// ```
/// imprune-approval 1
/// app 1400000000
/// lineage 5f0c2a9be1d34788
/// serial 12
/// token 340r-1200c-7f3a9c01d2e4b58806c1f7d09a3e5b62
/// expires 2026-11-22T03:40:12Z
/// ```
///
/// The token covers all operations and the address of the service. App, lineage and serial bind it
/// to one state at one time, so that it approves a plan once: when the plan is done, or when somebody
/// makes the state forget users, the serial is another.
package struct Statement: Equatable, Sendable {
  package let app: SDKAppID
  package let lineage: Lineage
  /// The serial of the state that the plan was made from.
  package let serial: UInt64
  package let token: ApprovalToken
  /// The first moment at which it approves nothing any more.
  package let expires: Timestamp

  package init(app: SDKAppID, state: StateHeader, token: ApprovalToken, expires: Timestamp) {
    self.init(
      app: app, lineage: state.lineage, serial: state.serial, token: token, expires: expires)
  }

  private init(
    app: SDKAppID, lineage: Lineage, serial: UInt64, token: ApprovalToken, expires: Timestamp
  ) {
    self.app = app
    self.lineage = lineage
    self.serial = serial
    self.token = token
    self.expires = expires
  }

  /// The longest time that a signature may be valid, in seconds: 30 days.
  package static let longest = 30 * 86_400

  /// What is signed, byte for byte.
  package var text: String {
    """
    imprune-approval 1
    app \(app)
    lineage \(lineage)
    serial \(serial)
    token \(token)
    expires \(expires)

    """
  }

  /// Reads exactly the text form; nil for anything else.
  init?(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard lines.count == 7,
      let app = Self.value(lines[1], "app").flatMap({ UInt32($0) }).flatMap({ SDKAppID($0) }),
      let lineage = Self.value(lines[2], "lineage").flatMap({ Lineage($0) }),
      let serial = Self.value(lines[3], "serial").flatMap(StateHeader.serial),
      let token = Self.value(lines[4], "token").flatMap({ ApprovalToken($0) }),
      let expires = Self.value(lines[5], "expires").flatMap({ Timestamp($0) })
    else { return nil }
    self.init(app: app, lineage: lineage, serial: serial, token: token, expires: expires)
    // Every other spelling is refused, such as a number with a sign.
    if !self.text.utf8.elementsEqual(text.utf8) { return nil }
  }

  private static func value(_ line: String, _ key: String) -> String? {
    line.hasPrefix(key + " ") ? String(line.dropFirst(key.count + 1)) : nil
  }

  /// Why it does not approve the plan with this token for an app and a state at a moment; nil if it
  /// does. `continues` is whether the plan is the rest of one with this token that the state records
  /// as begun: then the state may be a later one.
  package func fault(
    app: SDKAppID, state: StateHeader?, token: ApprovalToken, continues: Bool, at now: Timestamp
  ) -> SignatureFault? {
    if self.app != app { return .otherApp(self.app) }
    guard let state, state.lineage == lineage else {
      return .otherState(signed: lineage, now: state?.lineage)
    }
    guard state.serial == serial || (continues && state.serial > serial) else {
      return .otherSerial(signed: serial, now: state.serial)
    }
    if self.token != token { return .otherToken(self.token) }
    let left = expires.seconds(since: now)
    if left <= 0 { return .expired(expires) }
    return left > Self.longest ? .validTooLong(expires) : nil
  }
}

/// The file of one signature: a statement, followed by the signature of `ssh-keygen -Y sign`.
package struct SignatureFile: Equatable, Sendable {
  package let statement: Statement
  /// The armored signature, with its first and last line.
  package let armor: [UInt8]

  /// The maximum size of a file: ten times that of a signature with an RSA key of 16384 bits would
  /// not fit.
  package static let maxBytes = 16 << 10

  private static let first = "-----BEGIN SSH SIGNATURE-----\n"
  private static let last = "-----END SSH SIGNATURE-----\n"

  package init(_ statement: Statement, armor: [UInt8]) throws(SignatureFault) {
    guard Self.isArmor(armor) else { throw .notArmored }
    self.statement = statement
    self.armor = armor
  }

  /// Reads exactly what `bytes` gives.
  package init(_ bytes: [UInt8]) throws(SignatureFault) {
    guard bytes.count <= Self.maxBytes else { throw .tooLarge }
    if bytes.isEmpty { throw .empty }
    guard let start = bytes.firstRange(of: Array(Self.first.utf8))?.lowerBound else {
      throw .notArmored
    }
    let text = String(decoding: bytes[..<start], as: UTF8.self)
    guard let statement = Statement(text) else { throw .notAStatement }
    try self.init(statement, armor: Array(bytes[start...]))
  }

  package var bytes: [UInt8] { Array(statement.text.utf8) + armor }

  private static func isArmor(_ bytes: [UInt8]) -> Bool {
    guard bytes.starts(with: first.utf8), bytes.count > first.utf8.count + last.utf8.count,
      bytes.suffix(last.utf8.count).elementsEqual(last.utf8)
    else { return false }
    let lines = bytes.dropFirst(first.utf8.count).dropLast(last.utf8.count)
    return lines.last == UInt8(ascii: "\n")
      && lines.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        .allSatisfy { line in
          (1...76).contains(line.count)
            && line.allSatisfy { $0.isLetterOrDigit || "+/=".utf8.contains($0) }
        }
  }
}

/// A signature, and the file that it was read from, as the user named it.
package struct NamedSignature: Equatable, Sendable {
  package let name: String
  package let file: SignatureFile

  package init(name: String, file: SignatureFile) {
    self.name = name
    self.file = file
  }
}
