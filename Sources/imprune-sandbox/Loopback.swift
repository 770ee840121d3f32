import NIOCore

/// Addresses that only this machine can reach.
enum Loopback {
  /// Whether `host` is `localhost`, in 127.0.0.0/8, or ::1.
  static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" { return true }
    guard let address = try? SocketAddress(ipAddress: host, port: 0) else { return false }
    switch address {
    case .v4: return host.utf8.starts(with: "127.".utf8)
    case .v6: return host == "::1"
    case .unixDomainSocket: return false
    }
  }

  /// Host and port as they stand in a URL.
  static func authority(host: String, port: Int) -> String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
