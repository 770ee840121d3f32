import Foundation

/// Temporary credentials of a role in a real object store; `.ci/test-stores` gets them.
package struct StoreSession: Sendable {
  package let key: String
  package let secret: String
  package let token: String

  /// May read and write states.
  package static let writer = StoreSession("IMPRUNE_TEST_S3_SESSION")
  /// May only read them.
  package static let reader = StoreSession("IMPRUNE_TEST_S3_READER")

  /// Reads the key, the secret and the token from a variable, with commas between.
  private init?(_ variable: String) {
    let parts = (ProcessInfo.processInfo.environment[variable] ?? "").split(separator: ",")
    guard parts.count == 3 else { return nil }
    key = String(parts[0])
    secret = String(parts[1])
    token = String(parts[2])
  }

  /// A token whose signature, at its end, does not fit.
  package var alteredToken: String { String(token.dropLast(8)) + "AAAAAAAA" }

  /// The variables that imprune reads, with this token or none.
  package func environment(endpoint: String, token: String?) -> [String: String] {
    var environment = [
      "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_ENDPOINT_URL_S3": endpoint,
    ]
    environment["AWS_SESSION_TOKEN"] = token
    return environment
  }

  package func environment(endpoint: String) -> [String: String] {
    environment(endpoint: endpoint, token: token)
  }
}
