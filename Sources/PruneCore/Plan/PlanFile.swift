internal import JSON
internal import Crypto
package import Bytes

/// The JSON form of a plan, format 1.5: the document of `plan --format json`, and the file of `plan
/// --out` that approves its content. `examples/schemas/plan.schema.json` describes it.
///
/// ```json
/// {
///   "format_version": "1.5",
///   "tool_version": "0.2.0",
///   "created": "2026-11-21T03:40:12Z",
///   "app": 1400000000,
///   "endpoint": "https://adminapisgp.im.qcloud.com",
///   "state": {"lineage": "5f0c2a9be1d34788", "serial": 12},
///   "manifest": "imprune.yaml",
///   "files": [{"path": "imprune.yaml", "sha256": "..."}],
///   "git_commit": "...",
///   "refused": false,
///   "refusals": [],
///   "warnings": [{"code": "tag-rights-unknown", "message": "..."}],
///   "manifest_warning_count": 1,
///   "manifest_warnings": [
///     {"code": "case-twins", "summary": "Ids that differ only by case", "message": "...",
///      "file": "imprune.yaml", "line": 9, "column": 9}
///   ],
///   "unmatched_protected": ["ops_bto"],
///   "summary": {"removals": 1, "clears": 0, "unchanged": 12, "blocked": 0, "unknown": 0},
///   "entry_count": 1,
///   "entries": [
///     {"operation": "remove-account", "users": 1, "unknown": 0, "blocked": 0,
///      "place": "imprune.yaml:9", "file": "imprune.yaml", "first_line": 9, "last_line": 9}
///   ],
///   "digest": "...",
///   "token": "1r-0c-7f3a9c01d2e4b58806c1f7d09a3e5b62",
///   "items": [
///     {"operation": "remove-account", "id": "UserID_1", "revision": 1, "cause": "new",
///      "place": "imprune.yaml:9", "file": "imprune.yaml", "line": 9}
///   ],
///   "blocked": [],
///   "unresolved": [],
///   "checksum": "..."
/// }
/// ```
///
/// `state` is null if there was none; `git_commit`, `policies` and an item's `reason` may be
/// missing. A refused plan has a null `token` and approves nothing. Format 1.0 lacked `refused`, `refusals`,
/// `warnings`, `blocked`, `unresolved`, causes, files and lines; 1.1 lacked `manifest_warnings`;
/// 1.2 lacked `checksum` and `unmatched_protected`, and had a token of 12 digits; 1.3 lacked
/// `entries`; 1.4 lacked `rule_changes` and `state_edits`, which a plan with a base has, and
/// `policies`. A minor version only adds keys: readers skip unknown keys, and refuse another major
/// version. A file approves something from 1.3 on.
///
/// `entries` and `entry_count` follow from the items, so no reader of imprune uses them: `show` makes
/// its summary from the items. A plan made with `--refresh` has `refresh`, and each item `at_service`:
/// what the service held then. `show` shows that of the items; it decides nothing.
package enum PlanFile {
  /// The version to write.
  static let version = "1.5"
  /// The only major version to read, and the first minor one that approves anything.
  private static let majorVersion = "1"
  private static let leastMinorVersion = 3

  /// Why a plan file approves nothing.
  package enum Refusal: Error, Equatable, Sendable {
    case notAPlan(String)
    case otherVersion(String)
    /// A version without a checksum.
    case formerVersion(String)
    /// The checksum does not match the file.
    case changed
    /// The guards refused the plan; why.
    case refused(RefusedPlan)
    /// The digest or the counts do not match the items.
    case inconsistent
    /// The operating system's message.
    case unreadable(String)

    /// What is wrong and what to do.
    package var explanation: String {
      switch self {
      case .notAPlan(let what):
        "It is not a plan from `imprune plan --out`: \(what). Save one with `imprune plan --out "
          + "FILE`."
      case .otherVersion(let version):
        "It has format \(version), but this imprune reads format \(PlanFile.version). Save a new "
          + "plan."
      case .formerVersion(let version):
        "It has format \(version), from an earlier imprune. Its token is too short to be unique, "
          + "and nothing protects its reasons and places from changes. Save a new plan and have "
          + "it reviewed."
      case .changed:
        "The checksum does not match the content: another program changed, truncated or "
          + "reformatted the file. Save a new plan and have it reviewed."
      case .refused:
        "A guard refused this plan; `imprune show FILE` prints the causes. Fix them and save a new "
          + "plan."
      case .inconsistent:
        "The digest or the counts do not match the items: another program changed the file. Save "
          + "a new plan and have it reviewed."
      case .unreadable(let words): "It cannot be read: \(words)."
      }
    }
  }

  // MARK: - Reading

  /// Reads a file; it must be exactly as imprune wrote it.
  package static func read(_ bytes: [UInt8]) throws(Refusal) -> SavedPlan {
    try read(ByteSource(bytes))
  }

  /// Reads a file of any length and keeps only the items in memory; it must be exactly as imprune
  /// wrote it.
  package static func read(_ source: ByteSource) throws(Refusal) -> SavedPlan {
    let checksum = PlanChecksum()
    let source = checksum.watching(source)
    var json = JSONReader(source)
    var wire = PlanWire()
    // The part read so far explains the failure.
    let isRead = (try? wire.read(&json)) != nil
    if let failure = json.failure { throw .unreadable(failure.message) }
    guard let version = wire.version else {
      throw .notAPlan("the file is not a JSON object with a format_version")
    }
    try check(version)
    if !isRead { try readRest(of: source) }
    guard checksum.isRight() else { throw .changed }
    guard isRead else { throw .notAPlan("a key is missing or of the wrong type") }
    if wire.isRefused { throw .refused(wire.refusal) }
    return try plan(of: wire)
  }

  private static func plan(of wire: PlanWire) throws(Refusal) -> SavedPlan {
    guard let token = wire.token, let plan = wire.plan() else {
      throw .notAPlan("a value is not valid")
    }
    guard plan.digest.description == wire.digest, plan.token.description == token,
      plan.count(of: .removeAccount) == wire.removals,
      plan.count(of: .clearTags) == wire.clears,
      zip(plan.items, plan.items.dropFirst()).allSatisfy({
        ($0.operation, $0.id) < ($1.operation, $1.id)
      })
    else { throw .inconsistent }
    return plan
  }

  private static func readRest(of source: ByteSource) throws(Refusal) {
    var chunk: [UInt8] = []
    do throws(ReadFailure) {
      repeat { try source.read(into: &chunk) } while !chunk.isEmpty
    } catch {
      throw .unreadable(error.message)
    }
  }

  private static func check(_ version: String) throws(Refusal) {
    let parts = version.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == majorVersion, let minor = Int(parts[1]) else {
      throw .otherVersion(Problem.visible(version))
    }
    if minor < leastMinorVersion { throw .formerVersion(Problem.visible(version)) }
  }
}

extension Timestamp {
  init?(_ text: String) {
    let bytes = Array(text.utf8)
    self.init(bytes.span, 0..<bytes.count)
  }
}

extension Lineage {
  init?(_ text: String) {
    let bytes = Array(text.utf8)
    self.init(bytes.span, 0..<bytes.count)
  }
}
