package import PruneCore

/// Where a signature may go (docs/architecture.md, "Credentials and hosts"): the documented hosts,
/// loopback, and hosts allowed outside the manifest, so that a manifest cannot send a signature to
/// a host of its choice.
package enum HostRules {
  /// Whether calls to this endpoint may be signed; `allowed` is `IMPRUNE_ALLOW_HOST`: hosts, or
  /// `host:port` for a port other than 443, separated by commas or blanks.
  package static func permits(_ endpoint: Endpoint, allowed: String?) -> Bool {
    if endpoint.isLoopback { return true }
    guard endpoint.isSecure else { return false }
    if documented.contains(endpoint.host), endpoint.tlsPort == 443 { return true }
    return entries(allowed).contains { $0.host == endpoint.host && $0.tlsPort == endpoint.tlsPort }
  }

  /// The value of `IMPRUNE_ALLOW_HOST` that allows an endpoint.
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

  /// Primary and standby hosts (docs/service.md, "Hosts").
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
