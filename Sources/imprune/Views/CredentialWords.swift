import PruneCore
import PruneEngine

/// What to do about credentials and hosts, where it depends on what was done already.
enum CredentialWords {
  /// Of an endpoint that no signature goes to; `allowed` is what IMPRUNE_ALLOW_HOST says.
  static func of(_ endpoint: Endpoint, allowed: String?) -> String {
    let entry = HostRules.entry(for: endpoint)
    let ports = HostRules.ports(of: endpoint, allowed: allowed).map(String.init)
    let rule = "A signature for the app is not sent to a host that only the manifest names. "
    if !ports.isEmpty {
      return rule
        + "IMPRUNE_ALLOW_HOST allows this host at port \(ports.joined(separator: ", ")) alone. If "
        + "the endpoint is right, add to it: \(entry)"
    }
    return rule
      + (allowed == nil
        ? "If it is right, allow it from outside: IMPRUNE_ALLOW_HOST=\(entry)"
        : "IMPRUNE_ALLOW_HOST does not name it. If it is right, add to it: \(entry)")
  }

  /// Which of the variables for credentials are set to nothing, as happens in CI with a secret that
  /// does not exist; empty if none is.
  static func empty(_ isEmpty: (String) -> Bool) -> String {
    let names = ["IMPRUNE_SECRET_KEY_FILE", "IMPRUNE_SECRET_KEY", "IMPRUNE_USERSIG"].filter(isEmpty)
    if names.isEmpty { return "" }
    return " \(names.joined(separator: " and ")) \(names.count == 1 ? "is" : "are") set, but empty."
  }
}
