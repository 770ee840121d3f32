/// Which ids must not be touched.
struct Protection {
  /// `guards.protected` of the manifest, numbered as there.
  let patterns: PatternIndex
  private let admin: UserID
  private let administrator = UserID("administrator")
  private let reserved = Guards.reservedPrefixes.compactMap { UserID($0) }

  init(_ manifest: Manifest) {
    admin = manifest.app.admin
    patterns = PatternIndex(manifest.guards.protected.map(\.text))
  }

  /// The single ids among what is protected, sorted, each once.
  var ids: [UserID] { Set(patterns.exact.map(\.id) + always).sorted() }

  /// The ids that are protected in every manifest.
  var always: [UserID] { [admin] + [administrator].compactMap { $0 } }

  func block(_ id: UserID) -> Block? {
    var steps = 0
    return block(id, &steps)
  }

  /// Why an id must not be touched, if so; comparisons are counted.
  func block(_ id: UserID, _ steps: inout Int) -> Block? {
    steps += 2
    if id == administrator { return .administrator }
    if id == admin { return .callingAdmin }
    if id[0] == UInt8(ascii: "@") {
      steps += reserved.count
      if reserved.contains(where: id.hasPrefix) { return .reservedPrefix }
    }
    return patterns.firstMatch(of: id, &steps).map(Block.protected)
  }
}
