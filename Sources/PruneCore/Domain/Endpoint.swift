internal import Bytes

/// The base URL of a REST API: scheme, host and port, nothing else.
package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  package let isSecure: Bool
  /// Lower case; an IPv6 address without its brackets.
  package let host: String
  package let port: UInt16?

  package init(region: Region) {
    isSecure = true
    host = region.host
    port = nil
  }

  /// Reads `https://host[:port]`, or `http://` with a loopback host (docs/architecture.md,
  /// "Credentials and hosts"); nil otherwise.
  package init?(_ text: String) {
    var rest = text[...]
    if rest.hasPrefix("https://") {
      isSecure = true
      rest = rest.dropFirst(8)
    } else if rest.hasPrefix("http://") {
      isSecure = false
      rest = rest.dropFirst(7)
    } else {
      return nil
    }
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    var host: Substring
    if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
      host = rest[rest.index(after: rest.startIndex)..<end]
      rest = rest[rest.index(after: end)...]
      guard host.utf8.allSatisfy({ $0.isHexDigit || $0 == UInt8(ascii: ":") }) else {
        return nil
      }
    } else {
      host = rest.prefix { $0 != ":" }
      rest = rest.dropFirst(host.count)
      guard host.utf8.allSatisfy(Self.isHostByte) else { return nil }
    }
    if rest.isEmpty {
      port = nil
    } else {
      guard rest.first == ":", rest.dropFirst().utf8.allSatisfy(\.isDigit),
        let number = UInt16(rest.dropFirst()), number > 0
      else { return nil }
      port = number
    }
    guard !host.isEmpty else { return nil }
    self.host = host.lowercased()
    guard isSecure || isLoopback else { return nil }
  }

  /// Whether the host is this machine: a test service, never the live one.
  package var isLoopback: Bool { Bytes.isLoopback(host: host) }

  package var description: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return (isSecure ? "https://" : "http://") + name + (port.map { ":\($0)" } ?? "")
  }

  private static func isHostByte(_ byte: UInt8) -> Bool {
    byte.isLetterOrDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
  }
}

extension Location {
  /// The base URL; nil only for an endpoint that the manifest reader would have refused.
  package var endpoint: Endpoint? {
    switch self {
    case .region(let region): Endpoint(region: region)
    case .endpoint(let text): Endpoint(text)
    }
  }
}

extension App {
  /// The base URL as text: a region and the URL of its host are the same place.
  package var endpointText: String { location.endpoint?.description ?? "" }
}
