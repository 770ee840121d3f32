/// Settings for all requests of one `Transfers`.
package struct TransferOptions: Equatable, Sendable {
  /// The limit for name lookup, connecting and the TLS handshake; at least 1 ms.
  package var connectTimeout: Duration
  /// The limit for a whole transfer, including connecting; at least 1 ms.
  package var totalTimeout: Duration
  /// A PEM file of the certificate authorities to trust instead of the system's.
  package var caFile: String?
  /// The longest body of a response, in bytes; a longer one fails as `.tooLarge`.
  package var maxResponseBytes: Int
  /// The value of the header `User-Agent`; no control characters.
  package var userAgent: String
  /// Whether a TLS server may choose HTTP/2; otherwise every transfer uses HTTP/1.1.
  package var offersHTTP2: Bool

  /// Options with defaults for a REST API with small messages.
  package init(
    connectTimeout: Duration = .seconds(5), totalTimeout: Duration = .seconds(10),
    caFile: String? = nil, maxResponseBytes: Int = 1 << 20, userAgent: String,
    offersHTTP2: Bool = false
  ) {
    self.connectTimeout = connectTimeout
    self.totalTimeout = totalTimeout
    self.caFile = caFile
    self.maxResponseBytes = maxResponseBytes
    self.userAgent = userAgent
    self.offersHTTP2 = offersHTTP2
  }
}

extension Duration {
  /// Whole milliseconds, rounded up, from 1 to some 24 days: libcurl takes 0 for "no limit", and poll -1.
  package var clampedMilliseconds: Int {
    let longest = Duration.milliseconds(Int32.max)
    guard self < longest else { return Int(Int32.max) }
    let (seconds, attoseconds) = components
    let perMillisecond: Int64 = 1_000_000_000_000_000
    return max(1, Int(seconds * 1000 + (attoseconds + perMillisecond - 1) / perMillisecond))
  }
}
