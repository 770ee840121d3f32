import HTTP
import PruneCore

/// Why an object store has not done what was asked.
struct S3Refusal {
  private let status: Int
  /// The store's code, such as `NoSuchKey`; empty if it gives none.
  let code: String
  private let words: String
  private let after: Interval?

  init(_ response: Response) {
    status = response.status
    // The first kilobytes of a small document.
    let text = String(decoding: response.body.prefix(4096), as: UTF8.self)
    code = Self.element("Code", in: text) ?? ""
    words = Self.element("Message", in: text) ?? ""
    after = response.retryAfter
  }

  /// The content of an element without elements in it; nothing else of XML matters here.
  private static func element(_ name: String, in text: String) -> String? {
    guard let start = text.firstRange(of: "<\(name)>"),
      let end = text[start.upperBound...].firstRange(of: "</\(name)>")
    else { return nil }
    return String(text[start.upperBound..<end.lowerBound].prefix(300))
  }

  func error(bucket: String) -> SharedStoreError {
    switch (status, code) {
    case (501, _):
      .unsuitable(
        "The store does not support conditional writes, which a shared state needs (\(described)). Use "
          + "another store."
      )
    case (429, _), (408, _), (409, _), (500..., _): .unavailable(described, after: after)
    case (_, "NoSuchBucket"):
      .refused(
        code: described,
        words: "Create the bucket \(bucket), or correct the address and AWS_ENDPOINT_URL_S3.")
    case (300..<400, _):
      .refused(
        code: described,
        words:
          "The bucket is in another region or at another endpoint. Correct AWS_REGION or AWS_ENDPOINT_URL_S3."
      )
    case (_, "ExpiredToken"), (_, "TokenRefreshRequired"):
      .refused(
        code: described,
        words: "The temporary credentials have expired. Get new ones and run the command again.")
    case (_, "RequestTimeTooSkewed"):
      .refused(code: described, words: "Set the clock of this machine.")
    case (403, _), (401, _):
      .refused(
        code: described,
        words:
          "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. imprune needs "
          + "permission to get the object and all objects below its name with \".log/\", and to list the "
          + "bucket: without that, the store answers 403 for a missing object. Commands that change the "
          + "state also need to put and delete these objects."
      )
    default: .refused(code: described, words: words)
    }
  }

  private var described: String {
    code.isEmpty ? "status \(status)" : "status \(status), \(code)"
  }
}
