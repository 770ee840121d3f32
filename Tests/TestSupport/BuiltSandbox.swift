import Foundation
import HTTP

/// A running `imprune-sandbox` on a free port, stopped with this value.
package final class Sandbox {
  /// The key for checking signatures, passed in the environment so that the sandbox prints none.
  package static let key = "key-of-the-tests-8d1f0c7b5a3e9264-opens-nothing"

  package let port: Int
  private let process: ChildProcess
  private let transfers: Transfers
  private var requests: UInt64 = 0

  /// The sandbox's counters.
  package struct Counters: Decodable, Sendable {
    package struct Calls: Decodable, Sendable {
      package var ok: Int
      package var refused: Int
      package var throttled: Int
      package var unserved: Int

      package var total: Int { ok + refused + throttled + unserved }
    }
    package var users: Int
    package var removed: Int
    package var deletesOfAbsent: Int
    package var cleared: Int
    package var reregistered: Int
    package var removedAgain: Int
    package var faults: [String: Int]
    package var calls: [String: Calls]

    enum CodingKeys: String, CodingKey {
      case users, removed, cleared, reregistered, faults, calls
      case deletesOfAbsent = "deletes_of_absent"
      case removedAgain = "removed_again"
    }

    /// Accepted calls of an endpoint.
    package func taken(_ endpoint: String) -> Int { calls[endpoint]?.ok ?? 0 }
  }

  package enum Failure: Error {
    case notStarted(String)
  }

  /// Starts a sandbox with these options; `users` is the content for `--users-file`.
  package init(_ options: [String], users: String? = nil, key: String = Sandbox.key) throws {
    let folder = NSTemporaryDirectory() + "/imprune-sandbox-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let portFile = folder + "/port"
    var arguments = ["--port", "0", "--port-file", portFile] + options
    if let users {
      try users.write(toFile: folder + "/users", atomically: false, encoding: .utf8)
      arguments += ["--users-file", folder + "/users"]
    }
    let process = try ChildProcess(
      Built.sandbox, arguments, in: folder, environment: ["IMPRUNE_SANDBOX_KEY": key])
    // The file gets its name when its content is complete.
    guard eventually({ FileManager.default.fileExists(atPath: portFile) }),
      let port = Int(
        try String(contentsOfFile: portFile, encoding: .utf8).trimmingCharacters(in: .newlines))
    else { throw Failure.notStarted(process.errorSoFar) }
    self.port = port
    self.process = process
    // A page may list every user of a large sandbox.
    transfers = try Transfers(
      TransferOptions(maxResponseBytes: 1 << 26, userAgent: "imprune-tests"))
  }

  deinit {
    process.signal(SIGTERM)
    _ = process.end()
  }

  package var endpoint: String { "http://127.0.0.1:\(port)" }

  package func counters() throws -> Counters {
    try JSONDecoder().decode(Counters.self, from: Data(page("/sandbox/counters")))
  }

  /// All registered ids.
  package func users() throws -> [String] {
    String(decoding: try page("/sandbox/users"), as: UTF8.self).split(separator: "\n")
      .map(String.init)
  }

  /// How often an id was registered, removed and cleared.
  package struct History: Sendable {
    package var id: String
    package var registered: Int
    package var removed: Int
    package var cleared: Int
  }

  /// The history of every id that was not just registered once.
  package func histories() throws -> [History] {
    try String(decoding: page("/sandbox/history"), as: UTF8.self).split(separator: "\n").map {
      let columns = $0.split(separator: "\t").map(String.init)
      return History(
        id: columns[0], registered: Int(columns[1]) ?? 0, removed: Int(columns[2]) ?? 0,
        cleared: Int(columns[3]) ?? 0)
    }
  }

  /// The tags of every user, in the order in which they were added.
  package func tags() throws -> [String: [String]] {
    struct User: Decodable {
      var id: String
      var tags: [String]
    }
    let users = try JSONDecoder().decode([User].self, from: Data(page("/sandbox/tags")))
    return Dictionary(users.map { ($0.id, $0.tags) }, uniquingKeysWith: { first, _ in first })
  }

  /// All ids with tags, sorted.
  package func tagged() throws -> [String] {
    try tags().filter { !$0.value.isEmpty }.keys.sorted()
  }

  private func page(_ path: String) throws -> [UInt8] {
    requests += 1
    try transfers.start(.get(endpoint + path), as: TransferID(rawValue: requests))
    while true {
      let completions = try transfers.wait(until: .now().advanced(by: .seconds(30)))
      if let completion = completions.first { return try completion.result.get().body }
    }
  }
}
