internal import JSON
internal import Bytes

/// The parsed content of a plan file, with all keys present and of the right types; see `PlanFile`.
struct PlanWire {
  /// Nil until read.
  private(set) var version: String?
  private(set) var isRefused = false
  private(set) var refusal = RefusedPlan()
  private(set) var digest = ""
  private(set) var token: String?
  private(set) var removals = 0
  private(set) var clears = 0
  private var unchanged = 0
  private var toolVersion = ""
  private var created = ""
  private var app: UInt32 = 0
  private var endpoint = ""
  private var manifest = ""
  private var gitCommit: String?
  private var lineage: String?
  private var serial: UInt64 = 0
  private var files: [Provenance.SourceFile] = []
  private var judgment = PlanJudgment()
  private var items: [SavedPlan.Item] = []
  /// Whether the values of an item are invalid.
  private var hasUnreadableItem = false
  /// Text shared by millions of items is stored once.
  private var lastReason = Shared()
  private var lastFile = Shared()

  /// A text that the next item often repeats.
  private struct Shared {
    private var bytes: [UInt8] = []
    private var text = ""

    mutating func text(of bytes: [UInt8]) -> String {
      if bytes != self.bytes {
        self.bytes = bytes
        text = String(decoding: bytes, as: UTF8.self)
      }
      return text
    }
  }

  private enum Key: String, CaseIterable {
    case version = "format_version"
    case toolVersion = "tool_version"
    case created, app, endpoint, state, manifest, files
    case gitCommit = "git_commit"
    case policies
    case ruleChanges = "rule_changes"
    case warnings
    case summary, refused, refusals, blocked, digest, token, items

    /// A refused plan has no token; policies and changes of rules have keys only where there are any.
    var isNeeded: Bool {
      ![.state, .gitCommit, .policies, .ruleChanges, .warnings, .refusals, .blocked, .token]
        .contains(self)
    }
  }
  private static let keys = KeyTable<Key>("a plan file")

  /// Reads a complete file; keeps what was read if that fails.
  mutating func read(_ json: inout JSONReader) throws(JSONError) {
    let seen = try json.object(Self.keys) { (json, key) throws(JSONError) in
      switch key {
      case .version: version = try json.string()
      case .toolVersion: toolVersion = try json.string()
      case .created: created = try json.string()
      case .app: app = try json.integer()
      case .endpoint: endpoint = try json.string()
      case .state: _ = try json.optional { (json) throws(JSONError) in try readState(&json) }
      case .manifest: manifest = try json.string()
      case .files: try json.array { (json) throws(JSONError) in try readFile(&json) }
      case .gitCommit: gitCommit = try Self.optionalString(&json)
      case .policies: try json.array { (json) throws(JSONError) in try judgment.readPolicy(&json) }
      case .ruleChanges:
        try json.array { (json) throws(JSONError) in try judgment.readRuleChange(&json) }
      case .warnings:
        try json.array { (json) throws(JSONError) in
          judgment.warnings.append(try PlanJudgment.readRemark(&json))
        }
      case .refusals:
        try json.array { (json) throws(JSONError) in
          refusal.refusals.append(try PlanJudgment.readRemark(&json))
        }
      case .blocked: try json.array { (json) throws(JSONError) in try refusal.readBlocked(&json) }
      case .summary: try readSummary(&json)
      case .refused: isRefused = try json.boolean()
      case .digest: digest = try json.string()
      case .token: token = try Self.optionalString(&json)
      case .items: try json.array { (json) throws(JSONError) in try readItem(&json) }
      }
    }
    try json.end()
    try Self.need(Key.allCases.filter(\.isNeeded), seen)
  }

  /// The plan, or nil if a value is invalid.
  func plan() -> SavedPlan? {
    guard let app = SDKAppID(app), let created = Timestamp(created), !hasUnreadableItem,
      unchanged >= 0
    else { return nil }
    var known: Lineage?
    if let lineage {
      known = Lineage(lineage)
      if known == nil { return nil }
    }
    return SavedPlan(
      app: app, endpoint: endpoint,
      provenance: Provenance(
        created: created, toolVersion: toolVersion, files: files, gitCommit: gitCommit),
      lineage: known, serial: serial, manifest: manifest, unchanged: unchanged,
      judgment: judgment, items: items)
  }

  private static func optionalString(_ json: inout JSONReader) throws(JSONError) -> String? {
    try json.optional { (json) throws(JSONError) in try json.string() }
  }

  private static func need<Needed>(
    _ keys: [Needed], _ seen: SeenKeys<Needed>
  ) throws(JSONError) {
    for key in keys where !seen.contains(key) { throw JSONError() }
  }

  // MARK: - Parts

  private enum StateKey: String, CaseIterable { case lineage, serial }
  private static let stateKeys = KeyTable<StateKey>("the state of a plan file")

  private mutating func readState(_ json: inout JSONReader) throws(JSONError) {
    let seen = try json.object(Self.stateKeys) { (json, key) throws(JSONError) in
      switch key {
      case .lineage: lineage = try json.string()
      case .serial: serial = try json.integer()
      }
    }
    try Self.need(StateKey.allCases, seen)
  }

  private enum FileKey: String, CaseIterable { case path, sha256 }
  private static let fileKeys = KeyTable<FileKey>("a file of a plan file")

  private mutating func readFile(_ json: inout JSONReader) throws(JSONError) {
    var (path, sha256) = ("", "")
    let seen = try json.object(Self.fileKeys) { (json, key) throws(JSONError) in
      switch key {
      case .path: path = try json.string()
      case .sha256: sha256 = try json.string()
      }
    }
    try Self.need(FileKey.allCases, seen)
    files.append(.init(path: path, sha256: sha256))
  }

  private enum SummaryKey: String, CaseIterable { case removals, clears, unchanged }
  private static let summaryKeys = KeyTable<SummaryKey>("the summary of a plan file")

  private mutating func readSummary(_ json: inout JSONReader) throws(JSONError) {
    let seen = try json.object(Self.summaryKeys) { (json, key) throws(JSONError) in
      switch key {
      case .removals: removals = try json.integer()
      case .clears: clears = try json.integer()
      case .unchanged: unchanged = try json.integer()
      }
    }
    try Self.need(SummaryKey.allCases, seen)
  }

  private enum ItemKey: String, CaseIterable {
    case operation, id, revision, file, line, reason
    case atService = "at_service"
    case tags
    case unreadReason = "unread_reason"
    case unreadCode = "unread_code"

    var isNeeded: Bool { [.operation, .id, .revision, .file, .line].contains(self) }
  }
  private static let itemKeys = KeyTable<ItemKey>("an item of a plan file")
  private static let neededItemKeys = ItemKey.allCases.filter(\.isNeeded)

  private mutating func readItem(_ json: inout JSONReader) throws(JSONError) {
    var (operation, id, revision) = (Operation?.none, UserID?.none, Revision?.none)
    var (reason, file, line) = (String?.none, "", UInt32(0))
    var fields = FindingFields()
    let seen = try json.object(Self.itemKeys) { (json, key) throws(JSONError) in
      switch key {
      case .operation: operation = Operation(name: try json.string())
      case .id:
        try json.readString()
        let bytes = json.text.span
        if UserIDRules.isUsable(bytes, 0..<bytes.count) { id = UserID(bytes, 0..<bytes.count) }
      case .revision: revision = Revision(try json.integer())
      case .reason:
        reason = try json.optional { (json) throws(JSONError) in
          try json.readString()
          return lastReason.text(of: json.text)
        }
      case .file:
        try json.readString()
        file = lastFile.text(of: json.text)
      case .line: line = try json.integer()
      case .atService: fields.place = try json.string()
      case .tags: fields.tags = try json.integer()
      case .unreadReason: fields.reason = try json.string()
      case .unreadCode: fields.code = try json.integer()
      }
    }
    try Self.need(Self.neededItemKeys, seen)
    let finding = fields.finding
    guard let operation, let id, let revision, fields.place == nil || finding != nil else {
      return hasUnreadableItem = true
    }
    items.append(
      .init(
        operation: operation, id: id, revision: revision, reason: reason, file: file, line: line,
        finding: finding))
  }
}
