/// Why a transfer got no response.
package struct TransferFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure that a caller may want to treat differently.
  ///
  /// With `.unreachable`, `.untrusted` and `.refused` nothing was sent.
  package enum Kind: Sendable {
    /// No connection: the name is unknown, the peer or proxy refused, or connecting took too long.
    case unreachable
    /// No trust: the certificate or host name does not verify, the TLS handshake failed, or the CA
    /// file cannot be read.
    case untrusted
    /// The request was in progress when the total timeout expired.
    case timedOut
    /// The connection broke, or the response is truncated or not HTTP.
    case lost
    /// The response is longer than allowed.
    case tooLarge
    /// The request was not attempted: its URL is malformed or not allowed, libcurl refused it, or
    /// it could not be sent in time.
    case refused
  }

  /// What went wrong.
  package let kind: Kind
  /// Whether the server may have received the request, or a part of its body.
  ///
  /// False only if no byte of the body was handed to libcurl; for a request without a body, if
  /// sending did not begin.
  package let requestMayHaveBeenSent: Bool
  /// libcurl's message, without the query of any URL.
  package let message: String

  /// A failure of this kind; removes the queries of URLs from `message`.
  package init(kind: Kind, requestMayHaveBeenSent: Bool, message: String) {
    self.kind = kind
    self.requestMayHaveBeenSent = requestMayHaveBeenSent
    self.message = withoutQuery(message)
  }

  /// The message, and whether the server may have received the request.
  package var description: String {
    "\(message) (\(requestMayHaveBeenSent ? "the request may have been sent" : "nothing was sent"))"
  }

  /// A request that was not attempted.
  static func refused(_ message: String) -> TransferFailure {
    TransferFailure(kind: .refused, requestMayHaveBeenSent: false, message: message)
  }
}

/// How one transfer ended.
package struct Completion: Equatable, Sendable {
  /// The identifier that the transfer was started with.
  package let id: TransferID
  /// The response, or why there is none.
  package let result: Result<Response, TransferFailure>
}

/// A failure of libcurl or the system, not of one transfer: the process should stop sending.
package struct HTTPError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What failed, and libcurl's or the system's reason.
  package let description: String

  init(_ description: String) {
    self.description = description
  }
}
