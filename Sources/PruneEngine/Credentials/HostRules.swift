package import PruneCore

/// Where a signature may go (docs/architecture.md, "Credentials and hosts"): the documented hosts,
/// loopback, and hosts that were allowed outside the manifest, so that a manifest cannot draw a
/// signature to a host of its choice.
package enum HostRules {
  /// Whether calls may be signed for this endpoint; `allowed` is `IMPRUNE_ALLOW_HOST`: hosts, or
  /// `host:port` for another port than 443, separated by commas or blanks.
  package static func permits(_ endpoint: Endpoint, allowed: String?) -> Bool {
    if endpoint.isLoopback { return true }
    guard endpoint.isSecure else { return false }
    if documented.contains(endpoint.host), endpoint.tlsPort == 443 { return true }
    return entries(allowed).contains { $0.host == endpoint.host && $0.tlsPort == endpoint.tlsPort }
  }

  /// What to write into `IMPRUNE_ALLOW_HOST` to have an endpoint allowed.
  package static func entry(for endpoint: Endpoint) -> String {
    let host = endpoint.host.contains(":") ? "[\(endpoint.host)]" : endpoint.host
    return endpoint.tlsPort == 443 ? host : "\(host):\(endpoint.tlsPort)"
  }

  /// The ports at which an endpoint's host is allowed, sorted.
  package static func ports(of endpoint: Endpoint, allowed: String?) -> [UInt16] {
    Set(entries(allowed).filter { $0.host == endpoint.host }.map(\.tlsPort)).sorted()
  }

  private static func entries(_ allowed: String?) -> [Endpoint] {
    // People write a blank after the comma.
    (allowed ?? "").split { $0 == "," || $0.isWhitespace }.compactMap { entry in
      // An IPv6 address without brackets has no port.
      Endpoint("https://\(entry)") ?? Endpoint("https://[\(entry)]")
    }
  }

  /// Primary and stand-by hosts (docs/service.md, "Hosts").
  private static let documented: Set<String> = {
    var hosts = Set(Region.allCases.map(\.host))
    let suffixes = ["", "sgp", "kr", "jpn", "ger", "usa", "idn", "ind"]
    for suffix in suffixes { hosts.insert("adminapi\(suffix).my-imcloud.com") }
    return hosts
  }()
}

extension Endpoint {
  /// The port of an `https` endpoint.
  fileprivate var tlsPort: UInt16 { port ?? 443 }
}
