/// Which ids are protected.
struct Protection {
  /// `guards.protected` of the manifest, with its numbers.
  let patterns: PatternIndex
  private let policies: PolicyProtection
  private let admin: UserID
  private let administrator = UserID("administrator")
  private let reserved = Guards.reservedPrefixes.compactMap { UserID($0) }

  init(_ manifest: Manifest, _ policies: Policies = .none) {
    self.policies = PolicyProtection(policies)
    admin = manifest.app.admin
    patterns = PatternIndex(manifest.guards.protected.map(\.text))
  }

  /// The single protected ids, sorted and unique.
  var ids: [UserID] { Set(patterns.exact.map(\.id) + always).sorted() }

  /// The ids protected in every manifest.
  var always: [UserID] { [admin] + [administrator].compactMap { $0 } }

  func block(_ id: UserID) -> Block? {
    var steps = 0
    return block(id, &steps)
  }

  /// Why an id is protected, if it is; counts comparisons.
  func block(_ id: UserID, _ steps: inout Int) -> Block? {
    steps += 2
    if id == administrator { return .administrator }
    if id == admin { return .callingAdmin }
    if id[0] == UInt8(ascii: "@") {
      steps += reserved.count
      if reserved.contains(where: id.hasPrefix) { return .reservedPrefix }
    }
    if let index = policies.match(id, &steps) { return .policy(index) }
    return patterns.firstMatch(of: id, &steps).map(Block.protected)
  }
}

extension Plan {
  /// Why the guards would block a user whom the manifest may not list; nil if they would not.
  package func protection(of id: UserID) -> Block? { Protection(manifest, policies).block(id) }
}
