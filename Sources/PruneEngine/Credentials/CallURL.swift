internal import Bytes
package import PruneCore

/// The URLs of an app's calls, with their five parameters in the documented order (docs/service.md,
/// "Requests").
package struct CallURL {
  private let endpoint: Endpoint
  private let parameters: String

  package init(_ endpoint: Endpoint, app: SDKAppID, admin: UserID) {
    self.endpoint = endpoint
    parameters = "sdkappid=\(app)&identifier=\(Self.percentEncoded(admin))"
  }

  /// The URL of a signed call; it contains the signature and must not be shown.
  package func text(path: String, signature: Secret, random: UInt32) -> String {
    "\(endpoint)/\(path)?\(parameters)&usersig=\(signature.reveal())&random=\(random)"
      + "&contenttype=json"
  }

  /// The admin's bytes for a query: letters, digits and `-_.~` as they are (RFC 3986).
  private static func percentEncoded(_ id: UserID) -> String {
    var text = ""
    for byte in id.bytes {
      if byte.isLetterOrDigit || "-_.~".utf8.contains(byte) {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += byte.percentEncoded
      }
    }
    return text
  }
}
