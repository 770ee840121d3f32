internal import Bytes
internal import YAML

/// The `guards` and `expect` sections.
extension ManifestReader {
  private enum GuardKey: String, CaseIterable {
    case maxRemovals = "max_removals"
    case maxClears = "max_clears"
    case maxNewRemovals = "max_new_removals"
    case maxAbsent = "max_absent"
    case protected

    var rule: Rule {
      switch self {
      case .maxRemovals: .maxRemovals
      case .maxClears: .maxClears
      case .maxNewRemovals: .maxNewRemovals
      case .maxAbsent: .maxAbsent
      case .protected: .protected
      }
    }
  }
  private static let guardKeys = KeyTable<GuardKey>("`guards`")

  mutating func readGuards(_ event: YAMLParser.Event) throws(YAMLError) {
    try readMapping(event, "`guards`", Self.guardKeys) { (reader, key, event) throws(YAMLError) in
      reader.notePlace(of: key.rule)
      switch key {
      case .protected: try reader.readProtected(event)
      case .maxAbsent: reader.guards.maxAbsent = try reader.readPercentage(event, "`max_absent`")
      case .maxRemovals, .maxClears, .maxNewRemovals:
        guard let limit = try reader.readCount(event, "`\(key.rawValue)`") else { return }
        switch key {
        case .maxRemovals: reader.guards.maxRemovals = limit
        case .maxClears: reader.guards.maxClears = limit
        default: reader.guards.maxNewRemovals = limit
        }
      }
    }
  }

  mutating func readProtected(_ event: YAMLParser.Event) throws(YAMLError) {
    var marks: [Mark] = []
    try readSequence(event, "`protected`", "a list, such as `[ops_bot, \"svc_*\"]`") {
      (reader, event) throws(YAMLError) in
      let mark = reader.parser.mark
      guard let pattern = try reader.readProtectedPattern(event) else { return }
      guard reader.guards.protected.count < Problem.protectedLimit else {
        return reader.add(.error, at: mark, .tooManyProtected)
      }
      reader.guards.protected.append(pattern)
      marks.append(mark)
    }
    if let index = PatternIndex(guards.protected.map(\.text)).crowded {
      add(.error, at: marks[Int(index)], .tooManyInnerGlobs)
    }
  }

  private enum ExpectKey: String, CaseIterable { case removals, clears }
  private static let expectKeys = KeyTable<ExpectKey>("`expect`")

  mutating func readExpect(_ event: YAMLParser.Event) throws(YAMLError) {
    try readMapping(event, "`expect`", Self.expectKeys) { (reader, key, event) throws(YAMLError) in
      reader.notePlace(of: key == .removals ? .expectedRemovals : .expectedClears)
      let count = try reader.readCount(event, "`\(key.rawValue)`")
      switch key {
      case .removals: reader.expect.removals = count
      case .clears: reader.expect.clears = count
      }
    }
  }
}
