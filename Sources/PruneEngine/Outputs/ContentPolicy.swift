import Crypto

/// What a page may run and show (Content-Security-Policy).
package enum ContentPolicy {
  /// Nothing but one style and one script, which are in the page itself.
  package static func only(style: String, script: String) -> String {
    "default-src 'none'; img-src data:; style-src '\(source(style))'; "
      + "script-src '\(source(script))'; base-uri 'none'; form-action 'none'"
  }

  /// The source that stands for an element with this text.
  private static func source(_ text: String) -> String {
    let digest = SHA256.hash(Array(text.utf8)).bytes
    return "sha256-" + String(decoding: Base64.encode(digest), as: UTF8.self)
  }
}
