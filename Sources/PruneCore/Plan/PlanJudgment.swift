internal import JSON
internal import Bytes

/// What a saved plan was judged by when it was made. It is shown, and decides nothing.
package struct PlanJudgment: Equatable, Sendable {
  package var policies: [PolicyRow] = []
  package var ruleChanges: [RuleRow] = []
  package var warnings: [Plan.Remark] = []

  package init() {}

  /// That of a plan.
  package init(_ plan: Plan) {
    policies = plan.policies.rows
    ruleChanges = plan.ruleRows
    warnings = plan.warningRemarks()
  }
}

/// The readers of its parts in a plan file. Keys of later versions are skipped; a value that no
/// version writes is an error.
extension PlanJudgment {
  private enum RemarkKey: String, CaseIterable { case code, message }
  private static let remarkKeys = KeyTable<RemarkKey>("a remark of a plan file")

  /// Reads a warning, a refusal, or why a user is blocked.
  static func readRemark(_ json: inout JSONReader) throws(JSONError) -> Plan.Remark {
    var (code, message) = (String?.none, String?.none)
    try json.object(remarkKeys) { (json, key) throws(JSONError) in
      switch key {
      case .code: code = try json.string()
      case .message: message = try json.string()
      }
    }
    guard let code, let message else { throw JSONError() }
    return Plan.Remark(code: code, message: message)
  }

  // MARK: - Policies

  private enum PolicyKey: String, CaseIterable { case name, sha256, signatures, signers }
  private static let policyKeys = KeyTable<PolicyKey>("a policy of a plan file")

  mutating func readPolicy(_ json: inout JSONReader) throws(JSONError) {
    var (name, sha256) = (String?.none, String?.none)
    var (count, signers) = (Int?.none, PolicyRow.NamedFile?.none)
    try json.object(Self.policyKeys) { (json, key) throws(JSONError) in
      switch key {
      case .name: name = try json.string()
      case .sha256: sha256 = try json.string()
      case .signatures: count = try json.integer()
      case .signers: signers = try Self.readSigners(&json)
      }
    }
    guard (count == nil) == (signers == nil), 1...10 ~= count ?? 1 else { throw JSONError() }
    policies.append(
      PolicyRow(
        file: try Self.file(name, sha256),
        signatures: count.flatMap { count in signers.map { .init(count: count, signers: $0) } }))
  }

  private enum SignersKey: String, CaseIterable { case name, sha256 }
  private static let signersKeys = KeyTable<SignersKey>("the signers of a plan file")

  private static func readSigners(
    _ json: inout JSONReader
  ) throws(JSONError) -> PolicyRow.NamedFile {
    var (name, sha256) = (String?.none, String?.none)
    try json.object(signersKeys) { (json, key) throws(JSONError) in
      switch key {
      case .name: name = try json.string()
      case .sha256: sha256 = try json.string()
      }
    }
    return try file(name, sha256)
  }

  private static func file(
    _ name: String?, _ sha256: String?
  ) throws(JSONError) -> PolicyRow.NamedFile {
    guard let name, !name.isEmpty, let sha256, sha256.utf8.count == 64,
      sha256.utf8.allSatisfy(\.isLowercaseHexDigit)
    else { throw JSONError() }
    return .init(name: name, sha256: sha256)
  }

  // MARK: - Changes of rules

  private enum RuleKey: String, CaseIterable {
    case rule, effect, before, after, removed, added, file, line
  }
  private static let ruleKeys = KeyTable<RuleKey>("a change of a rule in a plan file")

  /// A value before or after; the other one tells the type of one that is not set.
  private enum Value {
    case number(Int)
    case text(String)
  }

  mutating func readRuleChange(_ json: inout JSONReader) throws(JSONError) {
    var (rule, effect) = (String?.none, RuleChange.Effect?.none)
    var (before, after) = (Value?.none, Value?.none)
    var (removed, added) = ([String]?.none, [String]?.none)
    var (file, line) = ("", UInt32(1))
    try json.object(Self.ruleKeys) { (json, key) throws(JSONError) in
      switch key {
      case .rule: rule = try json.string()
      case .effect: effect = RuleChange.Effect(rawValue: try json.string())
      case .before: before = try Self.readValue(&json)
      case .after: after = try Self.readValue(&json)
      case .removed: removed = try Self.readTexts(&json)
      case .added: added = try Self.readTexts(&json)
      case .file: file = try json.string()
      case .line: line = try json.integer()
      }
    }
    guard let rule, let effect else { throw JSONError() }
    let values =
      if let removed, let added, before == nil, after == nil, !(removed + added).isEmpty {
        RuleChange.Values.list(removed: removed, added: added)
      } else if removed != nil || added != nil {
        throw JSONError()
      } else {
        try Self.values(before, after)
      }
    ruleChanges.append(RuleRow(rule: rule, effect: effect, values: values, file: file, line: line))
  }

  private static func values(
    _ before: Value?, _ after: Value?
  ) throws(JSONError) -> RuleChange.Values {
    switch (before, after) {
    case (.number(let before), .number(let after)): .number(before: before, after: after)
    case (.number(let before), nil): .number(before: before, after: nil)
    case (nil, .number(let after)): .number(before: nil, after: after)
    case (.text(let before), .text(let after)): .text(before: before, after: after)
    case (.text(let before), nil): .text(before: before, after: nil)
    case (nil, .text(let after)): .text(before: nil, after: after)
    case (.number, .text), (.text, .number), (nil, nil): throw JSONError()
    }
  }

  private static func readValue(_ json: inout JSONReader) throws(JSONError) -> Value? {
    try json.optional { (json) throws(JSONError) in
      json.kind() == .string ? .text(try json.string()) : .number(try json.integer())
    }
  }

  private static func readTexts(_ json: inout JSONReader) throws(JSONError) -> [String] {
    var texts: [String] = []
    try json.array { (json) throws(JSONError) in texts.append(try json.string()) }
    return texts
  }
}
