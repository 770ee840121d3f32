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

/// Whether `text` may be a header value: it must contain no control characters.
func isHeaderValue(_ text: String) -> Bool {
  !text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
}
