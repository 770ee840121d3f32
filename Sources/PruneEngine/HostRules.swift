package import PruneCore

/// Where a signature may go (DESIGN 7): the documented hosts, loopback, and hosts that were allowed
/// outside the manifest, so that a manifest cannot draw a signature to a host of its choice.
package enum HostRules {
  /// Whether calls may be signed for this endpoint; `allowed` is `IMPRUNE_ALLOW_HOST`, host names
  /// separated by commas.
  package static func permits(_ endpoint: Endpoint, allowed: String?) -> Bool {
    if endpoint.isLoopback { return true }
    guard endpoint.isSecure else { return false }
    if documented.contains(endpoint.host), endpoint.port ?? 443 == 443 { return true }
    // People write a blank after the comma.
    return (allowed ?? "").split { $0 == "," || $0.isWhitespace }.contains {
      $0.lowercased() == endpoint.host
    }
  }

  /// Primary and stand-by hosts (service-api.md 1.3).
  private static let documented: Set<String> = {
    var hosts = Set(Region.allCases.map(\.host))
    let suffixes = ["", "sgp", "kr", "jpn", "ger", "usa", "idn", "ind"]
    for suffix in suffixes { hosts.insert("adminapi\(suffix).my-imcloud.com") }
    return hosts
  }()
}
