internal import Crypto
internal import FoundationEssentials
internal import PruneCore
internal import Bytes

/// The rules for the parser of a saved plan.
enum PlanChecks {
  static func check(_ bytes: [UInt8]) throws(Finding) -> Bool {
    let whole = outcome { () throws(PlanFile.Refusal) in try PlanFile.read(bytes) }
    let inChunks = outcome { () throws(PlanFile.Refusal) in
      try PlanFile.read(ByteSource(bytes, chunkSize: chunkSize(for: bytes)))
    }
    try require(whole == inChunks, "read otherwise in chunks: \(whole), \(inChunks)")
    switch whole {
    case .success(let plan):
      try check(plan, bytes)
      return true
    case .failure(let refusal):
      try requirePrintable(refusal.explanation, "an explanation")
      return false
    }
  }

  private static func check(_ plan: SavedPlan, _ bytes: [UInt8]) throws(Finding) {
    try require(plan.items.count <= bytes.count, "more items than bytes")
    try require(plan.unchanged >= 0, "fewer than no user unchanged")
    try require(
      plan.token.removals + plan.token.clears == plan.items.count
        && plan.digest.description.hasPrefix(plan.token.digest), "a token of something else")
    let pairs = zip(plan.items, plan.items.dropFirst())
    try require(
      pairs.allSatisfy { ($0.operation, $0.id) < ($1.operation, $1.id) }, "items out of order")
    let summary = EntrySummary(plan)
    let (removals, clears) = (summary.rest.removals.users, summary.rest.clears.users)
    try require(
      summary.rows.reduce(removals + clears) { $0 + $1.tally.users } == plan.items.count,
      "a summary of other users")
    for item in plan.items { try ManifestChecks.checkRecordedID(item.id) }
  }

  // MARK: - Checksums

  /// The content that the checksums cover.
  private struct Core: Decodable {
    struct Item: Decodable {
      var operation: String
      var id: String
      var revision: UInt32
    }
    var app: UInt32
    var endpoint: String
    var items: [Item]
  }

  /// Corrects digest, token, counts and checksum where they exist.
  static func repaired(_ bytes: [UInt8]) -> [UInt8]? {
    // An unreadable plan cannot be repaired.
    guard let core = try? JSONDecoder().decode(Core.self, from: Data(bytes)),
      let app = SDKAppID(core.app)
    else { return nil }
    let items = core.items.compactMap { item -> SavedPlan.Item? in
      guard let operation = Operation(name: item.operation), let id = UserID(item.id),
        let revision = Revision(item.revision)
      else { return nil }
      return .init(
        operation: operation, id: id, revision: revision, reason: nil, file: "", line: 1)
    }
    let plan = SavedPlan(
      app: app, endpoint: core.endpoint,
      provenance: Provenance(
        created: Timestamp(seconds: 0), toolVersion: "", files: [], gitCommit: nil),
      lineage: nil, serial: 0, manifest: "", unchanged: 0, items: items)
    var repaired = bytes
    repaired.replace(valueOf: "digest", with: "\"\(plan.digest)\"")
    repaired.replace(valueOf: "token", with: "\"\(plan.token)\"")
    repaired.replace(valueOf: "removals", with: "\(plan.count(of: .removeAccount))")
    repaired.replace(valueOf: "clears", with: "\(plan.count(of: .clearTags))")
    return withChecksum(repaired)
  }

  /// A file whose last line is the correct checksum of the lines before.
  private static func withChecksum(_ bytes: [UInt8]) -> [UInt8] {
    let marker = Array(",\n  \"checksum\": \"".utf8)
    guard let start = bytes.ranges(of: marker).last?.lowerBound else { return bytes }
    let covered = Array(bytes[..<start])
    return covered + marker + Array("\(SHA256.hash(covered))\"\n}\n".utf8)
  }
}

extension [UInt8] {
  /// Replaces the value of a JSON key, up to the next comma, brace or line break.
  fileprivate mutating func replace(valueOf key: String, with text: String) {
    guard let range = firstRange(of: Array("\"\(key)\": ".utf8)) else { return }
    let ends = Array(",}\n".utf8)
    let end = self[range.upperBound...].firstIndex { ends.contains($0) } ?? endIndex
    replaceSubrange(range.upperBound..<end, with: Array(text.utf8))
  }
}
