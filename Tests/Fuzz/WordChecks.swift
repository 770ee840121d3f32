internal import PruneCore

/// The rules for the parsers of single values: an accepted value round-trips.
enum WordChecks {
  static func check(_ bytes: [UInt8]) throws(Finding) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self)
    let whole = 0..<bytes.count
    let written: [String?] = [
      Timestamp(bytes.span, whole)?.description,
      RunID(bytes.span, whole)?.description,
      Lineage(bytes.span, whole)?.description,
      ApprovalToken(text)?.description,
      PlanDigest(hex: text)?.description,
    ]
    for case let word? in written {
      try require(word.utf8.elementsEqual(bytes), "read as \(word)")
    }
    if let endpoint = Endpoint(text) {
      try require(
        Endpoint(endpoint.description) == endpoint, "an endpoint that changes: \(endpoint)")
      try requirePrintable(endpoint.description, "an endpoint")
      try require(endpoint.isSecure || endpoint.isLoopback, "an open endpoint: \(endpoint)")
    }
    if let id = UserID(bytes) {
      try require(id.bytes == bytes && id.count == bytes.count, "an id that changes: \(id)")
      try require(id.folded.folded == id.folded, "an id that is folded twice: \(id)")
    }
    return written.contains { $0 != nil } || Endpoint(text) != nil
  }
}
