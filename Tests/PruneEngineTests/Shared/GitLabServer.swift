import Glibc
import Synchronization
import TestSupport

/// A GitLab that keeps states of Terraform, with faults on order.
final class GitLabServer: Sendable {
  /// What goes wrong with one request.
  enum Fault: CaseIterable {
    /// The connection closes, and nothing has happened.
    case lostBefore
    /// The connection closes, and all has happened.
    case lostAfter
    /// Status 500, and all has happened.
    case failedAfter
    /// Status 503, and nothing has happened.
    case unavailable
    /// Status 429 with a time to wait, and nothing has happened.
    case tooMany
    /// A response that takes a while.
    case slow
    /// Half of a response.
    case cut
  }

  private struct Content {
    var project = GitLabProject()
    var faults: [Int: Fault] = [:]
    var requests: [String] = []
    /// What happens before a request is served.
    var events: [String: @Sendable () -> Void] = [:]
  }

  /// What threads of the server and the test share.
  private final class Shared: Sendable {
    let content = Mutex(Content())
  }

  private let shared: Shared
  private let server: TestServer

  init() throws {
    let shared = Shared()
    self.shared = shared
    server = try TestServer { connection in
      while let request = connection.readRequest() {
        let isOpen = Self.serve(request, connection, shared)
        if !isOpen { return }
      }
    }
  }

  /// `gitlab://`, the host and the project.
  var address: String { "gitlab://127.0.0.1:\(server.port)/\(GitLabProject.number)" }

  /// The lines of all requests, without the version of HTTP and the path up to the name of a state.
  var requests: [String] { shared.content.withLock(\.requests) }

  /// How many connections it has accepted.
  var connections: Int { server.accepted }

  /// Reads or changes what the project has.
  func with<Value: Sendable>(_ body: (inout GitLabProject) -> Value) -> Value {
    shared.content.withLock { body(&$0.project) }
  }

  /// Lets a request fail that comes after `more` others.
  func fail(_ fault: Fault, after more: Int = 0) {
    shared.content.withLock { $0.faults[$0.requests.count + 1 + more] = fault }
  }

  /// Calls a function before the next request with this line is served.
  func before(_ line: String, _ body: @escaping @Sendable () -> Void) {
    shared.content.withLock { $0.events[line] = body }
  }

  /// Serves a request; whether the connection stays open.
  private static func serve(
    _ request: ReceivedRequest, _ connection: Connection, _ shared: Shared
  ) -> Bool {
    let words = request.line.split(separator: " ")
    let start = "/api/v4/projects/\(GitLabProject.number)/terraform/state/"
    let line = "\(words[0]) \(words[1].replacing(start, with: ""))"
    let event = shared.content.withLock { $0.events.removeValue(forKey: line) }
    event?()
    let (fault, reply) = shared.content.withLock { content in
      content.requests.append(line)
      let fault = content.faults[content.requests.count]
      var reply: GitLabProject.Reply
      switch fault {
      case .lostBefore: reply = .init(status: "")
      case .unavailable: reply = .init(status: "503 Service Unavailable", body: Array("<p>".utf8))
      case .tooMany: reply = .init(status: "429 Too Many Requests", headers: ["Retry-After: 7"])
      default: reply = content.project.reply(to: request)
      }
      if fault == .failedAfter {
        reply = .message("500 Internal Server Error", "500 Internal Server Error")
      }
      reply.headers.append("Date: \(content.project.date)")
      return (fault, reply)
    }
    switch fault {
    case .lostBefore, .lostAfter: return false
    case .slow: usleep(100_000)
    default: break
    }
    var lines = ["HTTP/1.1 \(reply.status)"] + reply.headers
    if !reply.status.hasPrefix("204") { lines.append("Content-Length: \(reply.body.count)") }
    let isCut = fault == .cut && !reply.body.isEmpty
    let body = isCut ? Array(reply.body.prefix(reply.body.count / 2)) : reply.body
    // In one piece, or the kernel would wait between the two.
    connection.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
    return !isCut
  }
}
