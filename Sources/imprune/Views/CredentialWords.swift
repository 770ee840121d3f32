import PruneCore
import PruneEngine

/// Advice about credentials and hosts that depends on the current settings.
enum CredentialWords {
  /// For an endpoint that gets no signature; `allowed` is the value of IMPRUNE_ALLOW_HOST.
  static func of(_ endpoint: Endpoint, allowed: String?) -> String {
    let entry = HostRules.entry(for: endpoint)
    let ports = HostRules.ports(of: endpoint, allowed: allowed).map(String.init)
    let rule = "imprune does not send a signature to a host that only the manifest names. "
    if !ports.isEmpty {
      return rule
        + "IMPRUNE_ALLOW_HOST allows this host only at port \(ports.joined(separator: ", ")). If "
        + "the endpoint is right, add to it: \(entry)"
    }
    return rule
      + (allowed == nil
        ? "If the host is right, set the environment variable: IMPRUNE_ALLOW_HOST=\(entry)"
        : "IMPRUNE_ALLOW_HOST does not list this host. If the host is right, add to it: "
          + "\(entry)")
  }

  /// Which variables for credentials are set but empty, as happens in CI with a secret that does not
  /// exist; an empty text if none is.
  static func empty(_ isEmpty: (String) -> Bool) -> String {
    let names = ["IMPRUNE_SECRET_KEY_FILE", "IMPRUNE_SECRET_KEY", "IMPRUNE_USERSIG"].filter(isEmpty)
    if names.isEmpty { return "" }
    return " \(names.joined(separator: " and ")) \(names.count == 1 ? "is" : "are") set, but empty."
  }
}
