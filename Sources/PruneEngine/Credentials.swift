import PruneCore

/// What calls are signed with (DESIGN 7): a key, from which signatures are made, or one signature.
package enum Credentials: Sendable {
  case key(Secret)
  case signature(Secret)

  /// Finds the credentials: `IMPRUNE_SECRET_KEY_FILE`, then `IMPRUNE_SECRET_KEY`, then
  /// `IMPRUNE_USERSIG`. There is no flag for them, since flags can be seen by other users.
  package static func find(
    _ environment: (String) -> String?
  ) throws(CredentialsError) -> Credentials {
    if let path = environment("IMPRUNE_SECRET_KEY_FILE") {
      return .key(try readKey(path))
    }
    if let text = environment("IMPRUNE_SECRET_KEY") {
      guard let key = key(text) else { throw .notAKey("IMPRUNE_SECRET_KEY") }
      return .key(key)
    }
    if let text = environment("IMPRUNE_USERSIG") {
      let signature = trimmed(text)
      // It goes into a URL as it stands, so nothing else than its alphabet may.
      guard !signature.isEmpty, signature.utf8.allSatisfy(isSignatureByte) else {
        throw .notASignature
      }
      return .signature(Secret(signature))
    }
    throw .missing
  }

  /// The key itself, if it is a value of the environment and the one that `find` takes: to be hidden
  /// in logs by whoever keeps them, and for nothing else.
  package static func keyValue(_ environment: (String) -> String?) -> String? {
    guard environment("IMPRUNE_SECRET_KEY_FILE") == nil else { return nil }
    return environment("IMPRUNE_SECRET_KEY").flatMap(key)?.reveal()
  }

  /// Whether expired signatures can be made anew.
  package var canSign: Bool {
    if case .key = self { return true }
    return false
  }

  private static func readKey(_ path: String) throws(CredentialsError) -> Secret {
    var bytes: [UInt8] = []
    do throws(SystemError) {
      let file = try File.open(path, for: .reading)
      try file.requireRegular().read(into: &bytes, limit: 4097)
    } catch {
      throw .unreadable(error)
    }
    guard bytes.count <= 4096, let key = key(String(decoding: bytes, as: UTF8.self)) else {
      throw .notAKey(path)
    }
    return key
  }

  /// The key that a text holds: one line, without its end.
  private static func key(_ text: String) -> Secret? {
    let key = trimmed(text)
    return key.isEmpty || key.contains(where: \.isNewline) ? nil : Secret(key)
  }

  /// Whether a byte is of the alphabet of UserSigs (service-api.md 6.1).
  private static func isSignatureByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "*"), UInt8(ascii: "-"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// Without the line end that editors and `echo` leave.
  private static func trimmed(_ text: String) -> String {
    var text = text[...]
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}

/// Why there are no credentials.
package enum CredentialsError: Error, Equatable, Sendable {
  case missing
  case unreadable(SystemError)
  /// The file, or the variable, that should hold the key.
  case notAKey(String)
  case notASignature

  /// What is wrong and what to do.
  package var explanation: String {
    switch self {
    case .missing:
      "No credentials. Set IMPRUNE_SECRET_KEY_FILE to a file that holds the app's key (the console "
        + "shows it), or IMPRUNE_SECRET_KEY to the key, or IMPRUNE_USERSIG to a signature."
    case .unreadable(let error): "The key file cannot be read: \(error)."
    case .notAKey(let place): "\(place) does not hold a key: that is one short line of text."
    case .notASignature:
      "IMPRUNE_USERSIG does not hold a signature: that is letters, digits, `*`, `-` and `_`, without "
        + "a blank. If it was copied, copy it whole and without quotes."
    }
  }
}

/// Signs calls: keeps a signature and makes a new one well before it ends.
struct Signer {
  private let credentials: Credentials
  private let app: SDKAppID
  private let admin: UserID
  private var current: (signature: Secret, madeAt: Timestamp)?

  /// How long a signature that we make is valid, in seconds; it is replaced at half of that.
  private static let life = 3600

  init(_ credentials: Credentials, app: SDKAppID, admin: UserID) {
    self.credentials = credentials
    self.app = app
    self.admin = admin
  }

  /// The signature to send at `now`.
  mutating func signature(at now: Timestamp) -> Secret {
    switch credentials {
    case .signature(let signature): return signature
    case .key(let key):
      if let current, (0...Self.life / 2).contains(now.seconds(since: current.madeAt)) {
        return current.signature
      }
      // Packing some two hundred bytes fails only without memory; the service then refuses an
      // empty signature, and the run stops.
      let made = try? UserSig.sign(app: app, admin: admin, key: key, time: now, life: Self.life)
      let signature = made ?? Secret("")
      current = (signature, now)
      return signature
    }
  }

  /// Makes the next signature a new one.
  mutating func renew() {
    current = nil
  }
}
