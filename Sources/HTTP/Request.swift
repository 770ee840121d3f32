package import Bytes

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
  package enum Method: String, CaseIterable, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"

    /// Whether a request changes nothing, so that it may reach the server twice.
    var isSafe: Bool { self == .get || self == .head }

    /// Whether the request has a body, which may be empty.
    var hasBody: Bool { self == .post || self == .put }
  }

  /// A body that is not held in memory: it must have exactly this many bytes.
  package struct Upload: Sendable {
    /// Makes a source that begins with the first byte.
    package let source: @Sendable () -> ByteSource
    package let bytes: Int

    package init(bytes: Int, _ source: @escaping @Sendable () -> ByteSource) {
      self.source = source
      self.bytes = bytes
    }
  }

  /// A header field.
  package typealias Header = (name: String, value: String)

  package var method: Method
  /// An absolute URL: `https`, or `http` to a loopback host; without a user or password.
  package var url: String
  /// The bytes to send with POST and PUT; the others ignore them.
  package var body: [UInt8]
  /// Bytes to send instead of `body`, read as they are sent.
  package var upload: Upload?
  /// Takes the body of a response with status 200, piece by piece, which is then missing in the
  /// response; returns whether to continue. Other statuses keep their body.
  package var download: (@Sendable ([UInt8]) -> Bool)?
  /// The value of the header `Content-Type` of POST and PUT; none if it is empty.
  package var contentType: String
  /// More headers. Those that follow from the rest of the request, such as `Host`, are refused.
  package var headers: [Header] = []
  /// Which header fields of the response to keep, besides `Date` and `Content-Type`.
  package var reads: [String] = []
  /// The longest body of the response in bytes, instead of the one in the options.
  package var maxResponseBytes: Int?
  /// The limit for the whole transfer, instead of the one in the options; at least 1 ms.
  package var totalTimeout: Duration?

  /// How many bytes are sent.
  var bodyBytes: Int { method.hasBody ? upload?.bytes ?? body.count : 0 }

  /// A request with the limits of the options.
  package init(
    _ method: Method, _ url: String, headers: [Header] = [], body: [UInt8] = [],
    contentType: String = "", reads: [String] = []
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.contentType = contentType
    self.reads = reads
  }

  /// A request that posts `body` to `url`.
  package static func post(
    _ url: String, body: [UInt8], contentType: String = "application/json"
  ) -> Request {
    Request(.post, url, body: body, contentType: contentType)
  }

  /// A request that reads `url`.
  package static func get(_ url: String) -> Request {
    Request(.get, url)
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
  /// The values of the header fields that were to be kept, unchanged, by their names in lower case.
  private let fields: [String: String]
  /// The version of HTTP: `1.0`, `1.1`, `2` or `3`.
  package let version: String
  /// Whether it came over a connection that an earlier transfer had used.
  package let reusedConnection: Bool

  /// A response with this status and body.
  package init(
    status: Int, body: [UInt8], fields: [String: String] = [:],
    version: String = "1.1", reusedConnection: Bool = false
  ) {
    self.status = status
    self.body = body
    self.fields = fields
    self.version = version
    self.reusedConnection = reusedConnection
  }

  /// The value of a header field, in any case, if it was to be kept; the first if it is repeated.
  package subscript(field: String) -> String? { fields[field.lowercased()] }

  package var date: String? { fields["date"] }
  package var contentType: String? { fields["content-type"] }
}

/// Returns `text` without everything after a `?` or `#` in each word.
///
/// It is for URLs, and for messages that may contain one.
func withoutQuery(_ text: String) -> String {
  text.split(separator: " ", omittingEmptySubsequences: false)
    .map { word in word.prefix { $0 != "?" && $0 != "#" } }
    .joined(separator: " ")
}
