import Bytes
import Crypto
import Foundation
import JSON
import TestSupport

/// The states of Terraform in a project of GitLab, with the rules of GitLab's source.
struct GitLabProject: Sendable {
  /// What the user of the token may do in the project.
  enum Role { case none, developer, maintainer }

  struct State: Sendable {
    var versions: [Int: [UInt8]] = [:]
    /// The lock that someone holds.
    var lock: String?
    /// GitLab deletes a state in the background.
    var isBeingDeleted = false
  }

  /// A response.
  struct Reply: Sendable {
    var status: String
    var body: [UInt8] = []
    var headers: [String] = []

    static func message(_ status: String, _ text: String) -> Reply {
      Reply(status: status, body: Array("{\"message\":\"\(text)\"}".utf8))
    }

    static let ok = Reply(status: "200 OK")
    static let empty = Reply(status: "204 No Content")
    static let missing = message("404 Not Found", "404 Not found")
    static let broken = message("500 Internal Server Error", "500 Internal Server Error")
    static func unusable(_ text: String) -> Reply { message("422 Unprocessable Entity", text) }
  }

  static let number = "42"
  static let username = "gitlab-ci-token"
  static let password = "glpat-ü:\"secret"

  var states: [String: State] = [:]
  var role = Role.maintainer
  /// The most bytes of a state; 0 is any number.
  var maxBytes = 0
  /// False for a server that stores a serial twice.
  var keepsSerialsUnique = true
  var date = "Sat, 21 Nov 2026 03:40:12 GMT"
  /// Whether every state that is posted is refused as unusable.
  var refusesStates = false
  /// What each request gets instead, if anything.
  var instead: Reply?

  // MARK: - Routes

  mutating func reply(to request: ReceivedRequest) -> Reply {
    if let instead { return instead }
    let words = request.line.split(separator: " ").map(String.init)
    guard let url = URLComponents(string: words[1]) else { return .broken }
    let parts = url.path.split(separator: "/").map(String.init)
    guard parts.starts(with: ["api", "v4"]) else {
      return Reply(status: "404 Not Found", body: Array("<html>Not Found</html>".utf8))
    }
    guard parts.count >= 7, parts[2] == "projects", parts[4...5] == ["terraform", "state"] else {
      return Reply(status: "404 Not Found", body: Array(#"{"error":"404 Not Found"}"#.utf8))
    }
    let pair = Base64.encode(Array("\(Self.username):\(Self.password)".utf8))
    guard request.value(of: "authorization") == "Basic " + String(decoding: pair, as: UTF8.self)
    else { return .message("401 Unauthorized", "401 Unauthorized") }
    guard parts[3] == Self.number, role != .none else {
      return .message("404 Not Found", "404 Project Not Found")
    }
    guard words[0] == "GET" || role == .maintainer else {
      return .message("403 Forbidden", "403 Forbidden")
    }
    let lock = url.queryItems?.first { $0.name == "ID" }?.value
    switch (words[0], Array(parts[7...])) {
    case ("GET", []): return latest(parts[6])
    case ("POST", []): return post(request, parts[6], lock)
    case ("DELETE", []): return delete(parts[6])
    case ("GET", let version) where version.count == 2 && version[0] == "versions":
      return get(parts[6], Int(version[1]) ?? 0)
    case ("DELETE", let version) where version.count == 2 && version[0] == "versions":
      return remove(parts[6], Int(version[1]) ?? 0)
    case ("POST", ["lock"]): return take(parts[6], request)
    case ("DELETE", ["lock"]): return unlock(parts[6], lock)
    default: return .message("405 Method Not Allowed", "405 Method Not Allowed")
    }
  }

  // MARK: - Versions

  private func latest(_ name: String) -> Reply {
    guard let state = states[name] else { return .missing }
    if state.isBeingDeleted { return .unusable("StateDeletedError") }
    guard let serial = state.versions.keys.max(), let bytes = state.versions[serial] else {
      return .empty
    }
    return Reply(
      status: "200 OK", body: bytes, headers: ["Content-Type: application/octet-stream"])
  }

  private func get(_ name: String, _ serial: Int) -> Reply {
    guard let state = states[name] else { return .missing }
    if state.isBeingDeleted { return .unusable("StateDeletedError") }
    guard let bytes = state.versions[serial] else { return .missing }
    return Reply(
      status: "200 OK", body: bytes, headers: ["Content-Type: application/octet-stream"])
  }

  private mutating func remove(_ name: String, _ serial: Int) -> Reply {
    guard states[name]?.versions.removeValue(forKey: serial) != nil else { return .missing }
    return .empty
  }

  private mutating func delete(_ name: String) -> Reply {
    guard states[name] != nil else { return .missing }
    states[name]?.isBeingDeleted = true
    return .ok
  }

  private mutating func post(_ request: ReceivedRequest, _ name: String, _ lock: String?) -> Reply {
    guard request.headers.contains("content-type: application/json") else {
      return .message("415 Unsupported Media Type", "The provided content-type is not supported")
    }
    if request.body.isEmpty { return .empty }
    if maxBytes > 0, request.body.count > maxBytes {
      return .message("413 Request Entity Too Large", "413 Request Entity Too Large")
    }
    guard !refusesStates, let serial = Self.serial(request.body) else {
      return .unusable("422 Unprocessable Entity - No serial in payload")
    }
    // A state is made before anything else is checked.
    var state = states[name] ?? State()
    states[name] = state
    if state.isBeingDeleted { return .unusable("StateDeletedError") }
    guard state.lock == lock else { return .broken }
    guard serial <= Int32.max else { return .broken }
    guard state.versions[serial] == nil || !keepsSerialsUnique else {
      return .unusable(
        "PG::UniqueViolation: ERROR:  duplicate key value violates unique constraint")
    }
    state.versions[serial] = request.body
    states[name] = state
    return .ok
  }

  private enum Key: String, CaseIterable, Sendable { case serial }

  /// The serial at the top of a document; nil if it has none or is no JSON.
  private static func serial(_ body: [UInt8]) -> Int? {
    var json = JSONReader(body)
    var serial: Int?
    do throws(JSONError) {
      try json.object(KeyTable<Key>("state")) { (json, _) throws(JSONError) in
        serial = try json.integer()
      }
      try json.end()
    } catch {
      return nil
    }
    return serial
  }

  // MARK: - Locks

  private mutating func take(_ name: String, _ request: ReceivedRequest) -> Reply {
    let fields = ["ID", "Operation", "Info", "Who", "Version", "Created", "Path"]
    guard let values = try? JSONSerialization.jsonObject(with: Data(request.body)),
      let texts = values as? [String: String], fields.allSatisfy({ texts[$0] != nil })
    else { return .message("400 Bad Request", "a field is missing") }
    guard states[name]?.lock == nil else { return Reply(status: "409 Conflict") }
    states[name, default: State()].lock = texts["ID"]
    return .ok
  }

  private mutating func unlock(_ name: String, _ id: String?) -> Reply {
    guard let state = states[name] else { return .missing }
    guard id == nil || id == state.lock else { return Reply(status: "409 Conflict") }
    states[name]?.lock = nil
    return .ok
  }
}
