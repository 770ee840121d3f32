/// The JSON form of a plan, format 1.2: the document of `plan --format json`, and the file of
/// `plan --out` that approves what it holds. `examples/schemas/plan.schema.json` describes it.
///
/// ```json
/// {
///   "format_version": "1.2",
///   "tool_version": "0.1.0",
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
///   "summary": {"removals": 1, "clears": 0, "unchanged": 12, "blocked": 0, "unknown": 0},
///   "digest": "...",
///   "token": "1r-0c-7f3a9c01d2e4",
///   "items": [
///     {"operation": "remove-account", "id": "UserID_1", "revision": 1, "cause": "new",
///      "place": "imprune.yaml:9", "file": "imprune.yaml", "line": 9}
///   ],
///   "blocked": [],
///   "unresolved": []
/// }
/// ```
///
/// `state` is null if there was none; `git_commit` and an item's `reason` may be missing. A refused
/// plan has a null `token` and approves nothing. Format 1.0 knew no `refused`, `refusals`,
/// `warnings`, `blocked`, `unresolved`, causes, files and lines; 1.1 no `manifest_warnings`. A minor
/// version adds keys only: readers pass over keys that they do not know, and refuse another major
/// version.
package enum PlanFile {
  /// The version written, and the only major version read.
  static let version = "1.2"
  private static let majorVersion = "1"

  /// Why a plan file does not approve anything.
  package enum Refusal: Error, Equatable, Sendable {
    case notAPlan(String)
    case otherVersion(String)
    /// The guards refused the plan.
    case refused
    /// The digest or the counts are not those of the items.
    case inconsistent

    /// What is wrong and what to do.
    package var explanation: String {
      switch self {
      case .notAPlan(let what):
        "It is not a plan that `imprune plan --out` has written: \(what)."
      case .otherVersion(let version):
        "It is of format \(version), and this imprune reads format \(PlanFile.version). "
          + "Save the plan anew."
      case .refused:
        "The guards refused that plan; its `refusals` and `blocked` say why. Mend that, and save "
          + "the plan anew."
      case .inconsistent:
        "Its digest or its counts are not those of its items: it was changed by something else "
          + "than imprune. Save the plan anew, and have it reviewed."
      }
    }
  }

  // MARK: - Reading

  /// Reads a file whose digest and counts are those of its items.
  package static func read(_ bytes: [UInt8]) throws(Refusal) -> SavedPlan {
    guard let wire = try? PlanWire(bytes) else { throw refusal(unreadable: bytes) }
    try check(wire.version)
    if wire.isRefused { throw .refused }
    guard let token = wire.token, let plan = wire.plan() else {
      throw .notAPlan("a value cannot be read")
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

  /// Why there is no plan in a file: of another major version nothing but that can be told.
  private static func refusal(unreadable bytes: [UInt8]) -> Refusal {
    guard let version = try? self.version(of: bytes) else {
      return .notAPlan("it is no JSON object with a format_version")
    }
    do throws(Refusal) {
      try check(version)
    } catch {
      return error
    }
    return .notAPlan("a key is missing or of the wrong type")
  }

  private static func check(_ version: String) throws(Refusal) {
    let major = version.split(separator: ".").first.map(String.init)
    guard major == majorVersion else { throw .otherVersion(Problem.visible(version)) }
  }

  private enum VersionKey: String, CaseIterable { case version = "format_version" }
  private static let versionKeys = KeyTable<VersionKey>("a plan file")

  /// The version alone, whatever else there is.
  private static func version(of bytes: [UInt8]) throws(JSONError) -> String {
    var json = JSONReader(bytes)
    var version: String?
    try json.object(versionKeys) { (json, _) throws(JSONError) in version = try json.string() }
    guard let version else { throw JSONError() }
    return version
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
