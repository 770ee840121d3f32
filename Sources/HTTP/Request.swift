/// The caller's identifier for one transfer, unique among those in flight.
package struct TransferID: Hashable, Sendable {
  /// Any number; the caller decides what it means.
  package let rawValue: UInt64

  /// An identifier with this number.
  package init(rawValue: UInt64) {
    self.rawValue = rawValue
  }
}

/// One HTTP request.
///
/// The URL's query may contain a signature, so nothing that prints a request shows it.
package struct Request: Sendable, CustomStringConvertible, CustomReflectable {
  /// The HTTP method.
  package enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
  }

  /// GET or POST.
  package var method: Method
  /// An absolute URL: `https`, or `http` to a loopback host; without a user or password.
  package var url: String
  /// The bytes to send; a GET ignores them.
  package var body: [UInt8]
  /// The value of the header `Content-Type`; a GET ignores it.
  package var contentType: String

  /// A request that posts `body` to `url`.
  package static func post(
    _ url: String, body: [UInt8], contentType: String = "application/json"
  ) -> Request {
    Request(method: .post, url: url, body: body, contentType: contentType)
  }

  /// A request that reads `url`.
  package static func get(_ url: String) -> Request {
    Request(method: .get, url: url, body: [], contentType: "")
  }

  /// The method and the URL up to its query.
  package var description: String {
    "\(method.rawValue) \(withoutQuery(url))"
  }

  /// The description only, so that `dump` shows no query either.
  package var customMirror: Mirror {
    Mirror(self, children: ["request": description])
  }
}

/// A server's response: any status, including redirects and errors.
package struct Response: Equatable, Sendable {
  /// The HTTP status, 100 to 999.
  package let status: Int
  /// The complete body, as far as HTTP can verify.
  package let body: [UInt8]
  /// The value of the header `Date`, unchanged.
  package let date: String?
  /// The value of the header `Content-Type`, unchanged.
  package let contentType: String?
  /// The version of HTTP: `1.0`, `1.1`, `2` or `3`.
  package let version: String
  /// Whether it came over a connection that an earlier transfer had used.
  package let reusedConnection: Bool

  /// A response with this status and body.
  package init(
    status: Int, body: [UInt8], date: String? = nil, contentType: String? = nil,
    version: String = "1.1", reusedConnection: Bool = false
  ) {
    self.status = status
    self.body = body
    self.date = date
    self.contentType = contentType
    self.version = version
    self.reusedConnection = reusedConnection
  }
}

/// Returns `text` without everything after a `?` or `#` in each word.
///
/// It is for URLs, and for messages that may contain one.
func withoutQuery(_ text: String) -> String {
  text.split(separator: " ", omittingEmptySubsequences: false)
    .map { word in word.prefix { $0 != "?" && $0 != "#" } }
    .joined(separator: " ")
}
