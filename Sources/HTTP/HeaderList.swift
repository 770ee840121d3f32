internal import Bytes
import CCurl

/// The owner of a `curl_slist` of request headers.
@safe
final class HeaderList {
  private var list: UnsafeMutablePointer<curl_slist>?

  /// A list of complete header lines, none of which may contain a line break.
  init(_ lines: [String]) throws(TransferFailure) {
    for line in lines {
      // On failure libcurl leaves the list unchanged, and it stays ours.
      guard let longer = unsafe curl_slist_append(list, line) else {
        throw .refused("out of memory")
      }
      unsafe list = unsafe longer
    }
  }

  deinit {
    unsafe curl_slist_free_all(list)
  }

  /// Lends the raw list to a libcurl call.
  func use<Value>(_ body: (UnsafeMutablePointer<curl_slist>?) -> Value) -> Value {
    unsafe body(list)
  }
}

/// The line of a header field for libcurl; nil if the field is not allowed.
func headerLine(_ header: Request.Header) -> String? {
  let isToken = header.name.utf8.allSatisfy { $0.isLetterOrDigit || "-_.".utf8.contains($0) }
  guard isToken, !header.name.isEmpty, isHeaderValue(header.value),
    !headersOfRequest.contains(header.name.lowercased())
  else { return nil }
  // libcurl would take "Name:" as the order to send no such header.
  let isEmpty = header.value.utf8.allSatisfy { $0 == UInt8(ascii: " ") }
  return isEmpty ? "\(header.name);" : "\(header.name): \(header.value)"
}

/// Headers that follow from other parts of a request, in lower case.
private let headersOfRequest: Set<String> = [
  "connection", "content-length", "content-type", "expect", "host", "te", "transfer-encoding",
  "upgrade", "user-agent",
]

/// Whether `text` may be a header value: it must contain no control characters.
func isHeaderValue(_ text: String) -> Bool {
  !text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
}
