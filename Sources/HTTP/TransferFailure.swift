/// Why a transfer brought no answer.
package struct TransferFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure that a caller may want to treat differently.
  ///
  /// Of these `.unreachable`, `.untrusted` and `.refused` come only with nothing sent.
  package enum Kind: Sendable {
    /// No connection: the name is unknown, the peer or proxy refused, connecting took too long.
    case unreachable
    /// No trust: the certificate or host name does not verify, the TLS handshake failed, or the
    /// file of certificate authorities cannot be read.
    case untrusted
    /// The request was under way when the total time was over.
    case timedOut
    /// The connection broke, or the answer is cut or is no HTTP.
    case lost
    /// The answer is longer than allowed.
    case tooLarge
    /// The request was not tried: its URL is malformed or not allowed, libcurl would not have it, or
    /// it could not leave in time.
    case refused
  }

  /// What went wrong.
  package let kind: Kind
  /// Whether the server may have got the request, or a part of its body.
  ///
  /// It is false only when no byte of the body was handed out for sending; for a request without
  /// a body, when not even its header was begun.
  package let requestMayHaveBeenSent: Bool
  /// libcurl's words, without the query of any URL.
  package let message: String

  /// A failure of this kind; the queries of URLs are cut out of `message`.
  package init(kind: Kind, requestMayHaveBeenSent: Bool, message: String) {
    self.kind = kind
    self.requestMayHaveBeenSent = requestMayHaveBeenSent
    self.message = withoutQuery(message)
  }

  /// The message, and whether the server may have got the request.
  package var description: String {
    "\(message) (\(requestMayHaveBeenSent ? "the request may have been sent" : "nothing was sent"))"
  }

  /// A request that was not tried.
  static func refused(_ message: String) -> TransferFailure {
    TransferFailure(kind: .refused, requestMayHaveBeenSent: false, message: message)
  }
}

/// How one transfer ended.
package struct Completion: Equatable, Sendable {
  /// The name that the transfer was started as.
  package let id: TransferID
  /// The answer, or why there is none.
  package let result: Result<Response, TransferFailure>
  /// From the start to the end, in whole microseconds; zero for a refused request.
  package let elapsed: Duration
}

/// A failure of the machinery, not of one transfer: the process should stop sending.
package struct HTTPError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What failed, and libcurl's or the system's reason.
  package let description: String

  init(_ description: String) {
    self.description = description
  }
}
