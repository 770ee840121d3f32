/// A request as it came, before anything is known of it.
struct Request {
  /// The method, in the case in which it was sent.
  var method: String
  /// The part of the target before the question mark.
  var path: [UInt8]
  /// The part after the question mark; nil without one.
  var query: [UInt8]?
  var body: [UInt8]

  /// A request for `target`, the path and query of a URL.
  init(method: String, target: String, body: [UInt8] = []) {
    self.method = method
    self.body = body
    let parts = Array(target.utf8).split(
      separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
    path = Array(parts[0])
    query = parts.count > 1 ? Array(parts[1]) : nil
  }
}

/// The time of a request; the caller of `Service` brings it, so that tests choose it.
struct Moment {
  /// Nanoseconds of a clock that only goes forward.
  var monotonic: UInt64
  /// Seconds since 1970.
  var unix: Int
}
