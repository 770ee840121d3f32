internal import Bytes
package import Crypto
package import PruneCore

/// Signs requests to an object store: AWS Signature Version 4 for the service `s3`
/// (docs.aws.amazon.com, "Authenticating Requests: Using the Authorization Header").
///
/// libcurl can sign as well, but its versions differ in how they encode a path and a query, and in which
/// headers they sign. The payload is always hashed, so that the store rejects a damaged one.
package struct SignatureV4: Sendable {
  private let accessKeyID: String
  private let secretKey: Secret
  /// Of temporary credentials; nil for permanent ones.
  private let sessionToken: Secret?
  private let region: String

  package init(accessKeyID: String, secretKey: Secret, sessionToken: Secret?, region: String) {
    self.accessKeyID = accessKeyID
    self.secretKey = secretKey
    self.sessionToken = sessionToken
    self.region = region
  }

  /// A name and a value, neither of them encoded.
  package typealias Pair = (name: String, value: String)

  /// What a signature covers. Names of headers may be in any case; header values have no line break.
  package struct Subject: Sendable {
    package let method: String
    /// As in the header `Host`, with a port that is not the standard one.
    package let host: String
    /// From the first slash on, not encoded. Slashes separate its parts; two in a row stay two.
    package let path: String
    package let query: [Pair]
    /// Headers in addition to those that the signature adds.
    package let headers: [Pair]
    /// Of the bytes that are sent, also if there are none.
    package let payload: SHA256Digest

    package init(
      _ method: String, host: String, path: String, query: [Pair] = [], headers: [Pair] = [],
      payload: SHA256Digest
    ) {
      self.method = method
      self.host = host
      self.path = path
      self.query = query
      self.headers = headers
      self.payload = payload
    }

    /// Path and query as they must be sent: they are signed in this form.
    package var target: String { encodedPath + (query.isEmpty ? "" : "?" + encodedQuery) }

    fileprivate var encodedPath: String { path.utf8.percentEncoded(keeping: "/") }

    fileprivate var encodedQuery: String {
      // Sorted by what is sent, byte by byte.
      query.map { ($0.name.utf8.percentEncoded(), $0.value.utf8.percentEncoded()) }
        .sorted { ($0.0, $0.1) < ($1.0, $1.1) }
        .map { "\($0)=\($1)" }.joined(separator: "&")
    }
  }

  /// The headers to send besides `Host` and those of the request: date, hash of the payload, token of
  /// the session, and `Authorization`. Valid for some minutes around `time`.
  package func headers(for subject: Subject, at time: Timestamp) -> [Pair] {
    let date = time.description.filter { $0 != "-" && $0 != ":" }
    var added: [Pair] = [
      ("x-amz-content-sha256", subject.payload.description), ("x-amz-date", date),
    ]
    if let sessionToken { added.append(("x-amz-security-token", sessionToken.reveal())) }
    let signed = Self.canonical(subject.headers + added + [("host", subject.host)])
    let names = signed.map(\.name).joined(separator: ";")
    let request = [
      subject.method, subject.encodedPath, subject.encodedQuery,
      signed.map { "\($0.name):\($0.value)\n" }.joined(), names, subject.payload.description,
    ].joined(separator: "\n")
    let day = String(date.prefix(8))
    let scope = "\(day)/\(region)/s3/aws4_request"
    let text = "AWS4-HMAC-SHA256\n\(date)\n\(scope)\n\(SHA256.hash(Array(request.utf8)))"
    let signature = [day, region, "s3", "aws4_request", text]
      .reduce(Array("AWS4\(secretKey.reveal())".utf8)) { key, message in
        HMACSHA256.authenticate(message: Array(message.utf8), key: key).bytes
      }
    let hex = SHA256Digest(bytes: signature)?.description ?? ""
    added.append(
      (
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=\(accessKeyID)/\(scope), SignedHeaders=\(names), Signature=\(hex)"
      ))
    return added
  }

  /// Headers as they are signed: names in lower case and sorted, values without blanks around them and
  /// with one blank instead of several; values of one name are joined.
  private static func canonical(_ headers: [Pair]) -> [Pair] {
    var values: [String: [String]] = [:]
    for (name, value) in headers {
      let words = value.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
      values[name.lowercased(), default: []].append(words)
    }
    return values.sorted { $0.key < $1.key }.map { ($0.key, $0.value.joined(separator: ",")) }
  }
}
