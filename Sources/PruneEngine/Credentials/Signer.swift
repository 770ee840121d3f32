import Crypto
package import PruneCore

/// A signature could not be made, so a call cannot be sent.
package struct SigningError: Error, Equatable {
  package let reason: String
}

/// Signs calls: keeps a signature and renews it well before it expires.
package struct Signer {
  /// Makes a signature for a time with a key, valid for this many seconds.
  typealias Signing = (Secret, Timestamp, Int) throws(ZlibError) -> Secret

  private let credentials: Credentials
  private let sign: Signing
  private var current: (signature: Secret, madeAt: Timestamp)?

  /// How long a new signature is valid, in seconds; it is renewed after half of that.
  private static let life = 3600

  /// Signs for `admin` of `app`; `stored` makes signatures that are not compressed.
  package init(_ credentials: Credentials, app: SDKAppID, admin: UserID, stored: Bool = false) {
    self.init(credentials) { (key, time, life) throws(ZlibError) in
      try UserSig.sign(
        app: app, admin: admin, key: key, time: time, life: life, stored: stored)
    }
  }

  init(_ credentials: Credentials, sign: @escaping Signing) {
    self.credentials = credentials
    self.sign = sign
  }

  /// The signature to send at `now`, which is never empty.
  package mutating func signature(at now: Timestamp) throws(SigningError) -> Secret {
    switch credentials {
    case .signature(let signature): return signature
    case .key(let key):
      if let current, (0...Self.life / 2).contains(now.seconds(since: current.madeAt)) {
        return current.signature
      }
      current = nil
      let signature = try attempt(sign(key, now, Self.life)) { (error: ZlibError) in
        SigningError(reason: error.description)
      }
      guard !signature.isEmpty else { throw SigningError(reason: "it came out empty") }
      current = (signature, now)
      return signature
    }
  }

  /// Makes the next signature a new one.
  mutating func renew() {
    current = nil
  }
}
