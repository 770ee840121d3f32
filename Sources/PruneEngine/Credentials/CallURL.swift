internal import Bytes
package import PruneCore

/// The URLs of an app's calls, with their five parameters in the documented order (docs/service.md,
/// "Requests").
package struct CallURL {
  private let endpoint: Endpoint
  private let parameters: String

  package init(_ endpoint: Endpoint, app: SDKAppID, admin: UserID) {
    self.endpoint = endpoint
    parameters = "sdkappid=\(app)&identifier=\(admin.bytes.percentEncoded())"
  }

  /// The URL of a signed call; it contains the signature and must not be shown.
  package func text(path: String, signature: Secret, random: UInt32) -> String {
    "\(endpoint)/\(path)?\(parameters)&usersig=\(signature.reveal())&random=\(random)"
      + "&contenttype=json"
  }
}
