import Bytes
import PruneCore

/// The credentials for signing calls (docs/architecture.md, "Credentials and hosts"): a key that
/// makes signatures, or one signature.
package enum Credentials: Sendable {
  case key(Secret)
  case signature(Secret)

  /// Finds the credentials: `IMPRUNE_SECRET_KEY_FILE`, then `IMPRUNE_SECRET_KEY`, then
  /// `IMPRUNE_USERSIG`. There is no flag for them, since other users can see flags. `warn` gets
  /// problems that do not prevent their use.
  package static func find(
    _ environment: (String) -> String?, warn: (String) -> Void = { _ in }
  ) throws(CredentialsError) -> Credentials {
    if let path = environment("IMPRUNE_SECRET_KEY_FILE") {
      return .key(try readKey(path, warn))
    }
    if let text = environment("IMPRUNE_SECRET_KEY") {
      return .key(try key(Array(text.utf8), in: "IMPRUNE_SECRET_KEY"))
    }
    guard let text = environment("IMPRUNE_USERSIG") else { throw .missing }
    let signature = try attempt(
      Secret(line: Array(text.utf8)), orThrow: CredentialsError.notASignature)
    // It goes into a URL unchanged, so it may contain only its own alphabet.
    guard signature.reveal().utf8.allSatisfy(isSignatureByte) else { throw .notASignature(nil) }
    return .signature(signature)
  }

  /// The key itself, if it is in the environment and `find` would use it: only for the program that
  /// hides it in logs.
  package static func keyValue(_ environment: (String) -> String?) -> String? {
    guard environment("IMPRUNE_SECRET_KEY_FILE") == nil,
      var key = environment("IMPRUNE_SECRET_KEY")?[...]
    else { return nil }
    while let last = key.last, last.isWhitespace { key.removeLast() }
    return key.isEmpty || key.contains(where: \.isNewline) ? nil : String(key)
  }

  /// Whether imprune can make a new signature after the old one has expired.
  package var canSign: Bool {
    if case .key = self { return true }
    return false
  }

  private static func readKey(
    _ path: String, _ warn: (String) -> Void
  ) throws(CredentialsError) -> Secret {
    var bytes: [UInt8] = []
    let status: FileStatus
    do throws(SystemError) {
      let file = try File.open(path, for: .reading)
      status = try file.status()
      if status.kind == .regular {
        // One byte for the line break, and one to detect more.
        try file.read(into: &bytes, limit: SecretProblem.maxBytes + 2)
      }
    } catch {
      throw .unreadable(error)
    }
    guard status.kind == .regular else { throw .notAFile(status.kind) }
    let place = "The file that IMPRUNE_SECRET_KEY_FILE names"
    if bytes.count > SecretProblem.maxBytes + 1 { throw .notAKey(place, .tooLong) }
    let key = try key(bytes, in: place)
    if status.isReadableByAll {
      warn(
        "the file that IMPRUNE_SECRET_KEY_FILE names can be read by every user of this machine; "
          + "`chmod 600` leaves it to you.")
    }
    return key
  }

  private static func key(_ line: [UInt8], in place: String) throws(CredentialsError) -> Secret {
    try attempt(Secret(line: line)) { CredentialsError.notAKey(place, $0) }
  }

  /// Whether a byte is in the alphabet of UserSigs (docs/service.md, "UserSig").
  private static func isSignatureByte(_ byte: UInt8) -> Bool {
    byte.isLetterOrDigit || "*-_".utf8.contains(byte)
  }
}

/// Why there are no credentials.
package enum CredentialsError: Error, Equatable, Sendable {
  case missing
  case unreadable(SystemError)
  /// What should be the key file.
  case notAFile(FileKind)
  /// The file, or the variable, that should hold the key.
  case notAKey(String, SecretProblem)
  /// Nil if it is one line with characters that no signature has.
  case notASignature(SecretProblem?)

  /// What is wrong and what to do.
  package var explanation: String {
    switch self {
    case .missing:
      "imprune found no credentials. Set IMPRUNE_SECRET_KEY_FILE to a file that contains the "
        + "app's secret key (from the console). Or set IMPRUNE_SECRET_KEY to the key, or "
        + "IMPRUNE_USERSIG to a signature."
    // The message omits the path: it is the key itself if the two variables were swapped.
    case .unreadable(let error):
      "imprune cannot read the file that IMPRUNE_SECRET_KEY_FILE names: \(error.reason). Check "
        + "the path and the permissions."
    case .notAFile(let kind):
      "imprune cannot read the file that IMPRUNE_SECRET_KEY_FILE names: it is \(kind.words). "
        + "Name a regular file, or give the key itself in IMPRUNE_SECRET_KEY."
    case .notAKey(let place, let problem):
      "\(place) does not contain a usable key: \(problem.words). It must contain only the key, "
        + "on one line."
    case .notASignature(let problem?):
      "IMPRUNE_USERSIG does not contain a usable signature: \(problem.words). It must contain "
        + "only the signature, on one line."
    case .notASignature(nil):
      "IMPRUNE_USERSIG does not contain a usable signature: a signature consists of letters, "
        + "digits, `*`, `-` and `_`. Copy it again, complete and without quotes."
    }
  }
}
