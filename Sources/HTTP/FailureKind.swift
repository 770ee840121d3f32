import CCurl

extension TransferFailure.Kind {
  /// Interprets libcurl's result, considering how far the exchange got.
  init(_ code: CURLcode, _ exchange: Exchange) {
    switch code {
    case _ where exchange.isTooLarge, CURLE_FILESIZE_EXCEEDED:
      self = .tooLarge
    case CURLE_OPERATION_TIMEDOUT where exchange.hasBegun:
      self = .timedOut
    case _ where exchange.requestMayHaveBeenSent:
      // In any case there is no response. It may even be a refused connection, since libcurl
      // connects again before it finds that it cannot repeat the request.
      self = .lost
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
      CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE,
      CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ENGINE_INITFAILED:
      self = .untrusted
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT,
      CURLE_PROXY, CURLE_OPERATION_TIMEDOUT:
      self = .unreachable
    case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING:
      // Before the request, these come from a proxy that refused to connect.
      self = exchange.hasBegun ? .lost : .unreachable
    default:
      self = exchange.hasBegun ? .lost : .refused
    }
  }
}

extension Exchange {
  /// The message for a failure that only the exchange can explain; libcurl would name its
  /// callbacks.
  func message(for code: CURLcode) -> String? {
    if hasOverslept { return "the machine slept, or imprune was stopped, before it was sent" }
    if let callerFailure { return callerFailure }
    if isTooLarge { return "the response is longer than allowed" }
    if hasStoppedResending || code == CURLE_SEND_FAIL_REWIND {
      return "the connection closed before a response; imprune does not send the request again "
        + "on its own"
    }
    if code == CURLE_OK && !hasWholeHeader {
      return "the connection closed within the header of the response"
    }
    return nil
  }
}
