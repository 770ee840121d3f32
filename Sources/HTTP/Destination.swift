import Bytes
import CCurl

/// The part of a URL that the rules for requests depend on.
struct Destination: Equatable {
  /// The protocol that libcurl may use: `https`, or `http` when the host is this machine.
  let scheme: String
  /// Whether the host is `localhost`, in 127.0.0.0/8, or `::1`.
  let isLoopback: Bool

  /// Reads `url` with the parser that libcurl itself uses, so that both see the same host.
  ///
  /// It throws `.refused` for a malformed URL, for one with a user or password, for a scheme other
  /// than http and https, and for plain http to another machine.
  init(url: String) throws(TransferFailure) {
    let parts = try URLParts(url)
    scheme = parts.scheme
    // The parser keeps the brackets of an IPv6 address.
    let host = parts.host == "[::1]" ? "::1" : parts.host.lowercased()
    isLoopback = Bytes.isLoopback(host: host)
    guard !parts.hasCredentials else {
      throw .refused("a URL with a user or password is not allowed")
    }
    guard scheme == "https" || scheme == "http" else {
      throw .refused("the scheme \(scheme) is not allowed: \(url)")
    }
    guard scheme == "https" || isLoopback else {
      throw .refused("plain http is allowed only to this machine: \(url)")
    }
  }
}

/// The owner of a parsed `CURLU`.
@safe
private final class URLParts {
  private let handle: OpaquePointer

  init(_ url: String) throws(TransferFailure) {
    guard !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
      throw .refused("the URL contains whitespace or a control character")
    }
    guard let handle = unsafe curl_url() else { throw .refused("out of memory") }
    unsafe self.handle = unsafe handle
    let code = unsafe curl_url_set(handle, CURLUPART_URL, url, 0)
    guard code == CURLUE_OK else {
      throw .refused(unsafe "\(String(cString: curl_url_strerror(code))): \(url)")
    }
  }

  deinit {
    unsafe curl_url_cleanup(handle)
  }

  var scheme: String { part(CURLUPART_SCHEME) ?? "" }
  var host: String { part(CURLUPART_HOST) ?? "" }
  var hasCredentials: Bool { part(CURLUPART_USER) != nil || part(CURLUPART_PASSWORD) != nil }

  private func part(_ name: CURLUPart) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard unsafe curl_url_get(handle, name, &text, 0) == CURLUE_OK, let text = unsafe text else {
      return nil
    }
    defer { unsafe curl_free(text) }
    return unsafe String(cString: text)
  }
}
