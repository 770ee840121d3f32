package import Bytes
internal import YAML

/// A policy is read as strictly as a manifest.
extension ManifestReader {
  /// Reads a policy of version 1, shown to people as `name`; nil if it has an error. The reading has
  /// all problems.
  package static func readPolicy(
    _ source: ByteSource, name: String
  ) -> (policy: Policy?, reading: ManifestReading) {
    let (first, whole) = source.peeked(TextEncoding.needed)
    if let encoding = TextEncoding(first) { return (nil, unreadable(.encoding(encoding), name)) }
    // A policy names no list.
    let lists = ListOpener { (_) throws(ListRefusal) in throw .missing }
    do throws(YAMLError) {
      var reader = try ManifestReader.of(whole, name: name, lists: lists)
      return reader.readPolicy()
    } catch {
      return (nil, unreadable(.yaml(error.kind), name))
    }
  }

  private mutating func readPolicy() -> (policy: Policy?, reading: ManifestReading) {
    var policy = Policy()
    readDocument(empty: .emptyPolicy) { (reader, event) throws(YAMLError) in
      policy = try reader.readPolicyTop(event)
    }
    diagnostics.sort()
    let reading = ManifestReading(
      manifest: nil, app: nil, diagnostics: diagnostics, files: files)
    return (diagnostics.hasErrors ? nil : policy, reading)
  }

  private enum PolicyKey: String, CaseIterable {
    case version
    case apps
    case maxRemovals = "max_removals"
    case maxClears = "max_clears"
    case protected
    case forbid
    case require
  }
  private static var policyKeys: KeyTable<PolicyKey> { KeyTable("the policy") }

  private mutating func readPolicyTop(_ event: YAMLParser.Event) throws(YAMLError) -> Policy {
    let start = parser.mark
    var policy = Policy()
    let seen = try readMapping(event, "The policy", Self.policyKeys) {
      (reader, key, event) throws(YAMLError) in
      switch key {
      case .version: try reader.readVersion(event)
      case .apps: policy.apps = try reader.readApps(event)
      case .maxRemovals: policy.maxRemovals = try reader.readCount(event, "`max_removals`")
      case .maxClears: policy.maxClears = try reader.readCount(event, "`max_clears`")
      case .protected:
        try reader.readProtected(event)
        policy.protected = reader.guards.protected
      case .forbid:
        try reader.readSequence(event, "`forbid`") { (reader, event) throws(YAMLError) in
          let practice: Policy.Practice? = try reader.readChoice(event, "An item of `forbid`")
          if let practice { policy.forbidden.insert(practice) }
        }
      case .require: policy.requirement = try reader.readRequirement(event)
      }
    }
    guard let seen else { return policy }
    if !seen.contains(.version) {
      add(.error, at: start, .missingKey("version", in: "The policy", hint: "Add `version: 1`."))
    } else if policy.isEmpty, !diagnostics.hasErrors {
      add(.error, at: start, .policyWithoutRule)
    }
    return policy
  }

  private mutating func readApps(_ event: YAMLParser.Event) throws(YAMLError) -> Set<SDKAppID> {
    let mark = parser.mark
    var apps: Set<SDKAppID> = []
    var items = 0
    let isList = try readSequence(event, "`apps`") { (reader, event) throws(YAMLError) in
      items += 1
      let number = try reader.readNumber(event, "An item of `apps`", 1...Int(UInt32.max))
      if let id = number.flatMap({ SDKAppID(UInt32($0)) }) { apps.insert(id) }
    }
    if isList, items == 0 { add(.error, at: mark, .noApps) }
    return apps
  }

  private enum RequirementKey: String, CaseIterable { case signatures, signers }
  private static var requirementKeys: KeyTable<RequirementKey> { KeyTable("`require`") }

  private mutating func readRequirement(
    _ event: YAMLParser.Event
  ) throws(YAMLError) -> Policy.Requirement? {
    let start = parser.mark
    var signatures: Int?
    var signers: String?
    let seen = try readMapping(event, "`require`", Self.requirementKeys) {
      (reader, key, event) throws(YAMLError) in
      switch key {
      case .signatures: signatures = try reader.readNumber(event, "`signatures`", 1...10)
      case .signers:
        let mark = reader.parser.mark
        signers = try reader.readText(event, "`signers`")
        if signers == "" { reader.add(.error, at: mark, .noSigners) }
      }
    }
    guard let seen else { return nil }
    for key in RequirementKey.allCases where !seen.contains(key) {
      add(.error, at: start, .missingKey(key.rawValue, in: "`require`"))
    }
    guard let signatures, let signers else { return nil }
    return Policy.Requirement(signatures: signatures, signers: signers)
  }
}

/// The problems of a policy, in addition to those of a manifest.
extension Problem {
  static let emptyPolicy = Problem(
    .emptyPolicy,
    detail: "The file contains no YAML document. A policy begins with `version: 1` and has at "
      + "least one rule; `imprune schema --policy` describes the keys.")

  static let policyWithoutRule = Problem(
    .policyWithoutRule,
    detail: "The policy has no rule, so it would allow everything. Add a rule, or run imprune "
      + "without the policy; `imprune schema --policy` describes the keys.")

  static let noApps = Problem(
    .emptyList,
    detail: "`apps` lists no app, so imprune could touch none. List the SDKAppIDs that imprune may "
      + "touch, or remove the key to allow any.")

  static let noSigners = Problem(
    .missingValue,
    detail:
      "`signers` is empty. Name a file of allowed signers, as `ssh-keygen -Y verify` reads it.")
}
