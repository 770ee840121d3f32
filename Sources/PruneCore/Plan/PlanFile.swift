internal import FoundationEssentials

/// The JSON form of a plan, format 1.1: the document of `plan --format json`, and the file of
/// `plan --out` that approves what it holds. `examples/schemas/plan.schema.json` describes it.
///
/// ```json
/// {
///   "format_version": "1.1",
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
/// `warnings`, `blocked`, `unresolved`, causes, files and lines. A minor version adds keys only:
/// readers pass over keys that they do not know, and refuse another major version.
package enum PlanFile {
  /// The version written, and the only major version read.
  static let version = "1.1"
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
    let data = Data(bytes)
    guard let sniffed = try? JSONDecoder().decode(Version.self, from: data) else {
      throw .notAPlan("it is no JSON object with a format_version")
    }
    let major = sniffed.format_version.split(separator: ".").first.map(String.init)
    guard major == majorVersion else {
      throw .otherVersion(Problem.visible(sniffed.format_version))
    }
    guard let wire = try? JSONDecoder().decode(Wire.self, from: data) else {
      throw .notAPlan("a key is missing or of the wrong type")
    }
    if wire.refused == true { throw .refused }
    guard let token = wire.token, let plan = wire.plan() else {
      throw .notAPlan("a value cannot be read")
    }
    guard plan.digest.description == wire.digest, plan.token.description == token,
      plan.count(of: .removeAccount) == wire.summary.removals,
      plan.count(of: .clearTags) == wire.summary.clears,
      zip(plan.items, plan.items.dropFirst()).allSatisfy({
        ($0.operation, $0.id) < ($1.operation, $1.id)
      })
    else { throw .inconsistent }
    return plan
  }

  private struct Version: Decodable {
    var format_version: String
  }

  /// The file's keys.
  private struct Wire: Decodable {
    struct State: Decodable {
      var lineage: String
      var serial: UInt64
    }
    struct File: Decodable {
      var path: String
      var sha256: String
    }
    struct Summary: Decodable {
      var removals: Int
      var clears: Int
      var unchanged: Int
    }
    struct Item: Decodable {
      var operation: String
      var id: String
      var revision: UInt32
      var reason: String?
      var place: String
    }
    var tool_version: String
    var created: String
    var app: UInt32
    var endpoint: String
    var state: State?
    var manifest: String
    var files: [File]
    var git_commit: String?
    var summary: Summary
    var refused: Bool?
    var digest: String
    var token: String?
    var items: [Item]

    func plan() -> SavedPlan? {
      guard let app = SDKAppID(app), let created = Timestamp(created), summary.unchanged >= 0
      else { return nil }
      var lineage: Lineage?
      if let state {
        guard let known = Lineage(state.lineage) else { return nil }
        lineage = known
      }
      var items: [SavedPlan.Item] = []
      items.reserveCapacity(self.items.count)
      for item in self.items {
        let bytes = Array(item.id.utf8)
        guard let operation = Operation(name: item.operation),
          UserIDRules.isUsable(bytes.span, 0..<bytes.count), let id = UserID(bytes),
          let revision = Revision(item.revision)
        else { return nil }
        items.append(
          .init(
            operation: operation, id: id, revision: revision, reason: item.reason,
            place: item.place))
      }
      return SavedPlan(
        app: app, endpoint: endpoint,
        provenance: Provenance(
          created: created, toolVersion: tool_version,
          files: files.map { .init(path: $0.path, sha256: $0.sha256) }, gitCommit: git_commit),
        lineage: lineage, serial: state?.serial ?? 0, manifest: manifest,
        unchanged: summary.unchanged, items: items)
    }
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
