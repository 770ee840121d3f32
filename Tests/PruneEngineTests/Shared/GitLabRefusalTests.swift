import Crypto
import HTTP
import PruneCore
import TestSupport
import Testing

@testable import PruneEngine

/// What a user reads when a GitLab does not do what was asked.
struct GitLabRefusalTests {
  private let world: GitLabWorld
  private let index = LogIndex.start.next

  init() throws {
    world = try GitLabWorld()
  }

  /// The errors of all that a store can be asked for.
  private func errors(_ store: GitLabStore) -> [SharedStoreError] {
    var errors: [SharedStoreError] = []
    func ask(_ request: () throws -> Void) {
      do {
        try request()
      } catch let error as SharedStoreError {
        errors.append(error)
      } catch {
        Issue.record(error)
      }
    }
    ask { _ = try store.find() }
    ask { _ = try store.read { _ in } }
    ask { _ = try store.replace([1], .start, .init(RunID(1), 1)) }
    ask { _ = try store.append([1], at: index) }
    ask { _ = try store.entries(from: index) }
    ask { try store.remove([index]) }
    ask { try store.probe([1], at: index) }
    return errors
  }

  private func expect(
    _ errors: [SharedStoreError], count: Int = 7, _ words: String, isTransient: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(errors.count == count, sourceLocation: sourceLocation)
    for error in errors {
      #expect(error.isTransient == isTransient, sourceLocation: sourceLocation)
      #expect(
        error.explanation.contains(words), "\(error.explanation)", sourceLocation: sourceLocation)
      #expect(!error.explanation.contains("secret"), sourceLocation: sourceLocation)
    }
  }

  @Test func `a wrong password`() throws {
    expect(errors(try world.store(password: "another secret")), "401 Unauthorized\"")
    expect(errors(try world.store(password: "another secret")), "TF_HTTP_PASSWORD")
  }

  @Test func `a user who may not change states, or not see the project`() throws {
    world.server.with { $0.role = .developer }
    expect(errors(try world.store()), count: 4, "Maintainer")
    world.server.with { $0.role = .none }
    expect(errors(try world.store()), "There is no project 42")
  }

  /// Otherwise every user would seem to be open.
  @Test(arguments: [
    "<html>nginx</html>", #"{"error":"404 Not Found"}"#, "", #"{"message":"no route"}"#,
    #"{"message":["404 Not Found"]}"#, #"{"message":"404 Not Found"} "# + "x",
  ])
  func `a server that is no GitLab is not an empty one`(body: String) throws {
    world.server.with {
      $0.instead = .init(status: "404 Not Found", body: Array(body.utf8))
    }
    expect(errors(try world.store()), "in the address gitlab://127.0.0.1:")
  }

  @Test func `a state that is too large`() throws {
    world.server.with { $0.maxBytes = 20 }
    expect(errors(try world.store()), count: 3, "larger than this GitLab allows")
  }

  @Test func `a lock of someone else`() throws {
    let url = try GitLabAddress("\(world.server.address)/users").state + "/lock"
    let fields = ["ID", "Operation", "Info", "Who", "Version", "Created", "Path"]
    #expect(try lock(.post, url, Array(fields.dropLast())) == 400)
    #expect(try lock(.post, url, fields) == 200)
    #expect(try lock(.post, url, fields) == 409)
    let store = try world.store()
    let error = #expect(throws: SharedStoreError.self) {
      try store.replace([1], .start, .init(RunID(1), 1))
    }
    expect(
      [try #require(error)], count: 1, "unlock users and users-log", isTransient: true)
    #expect(try lock(.delete, url + "?ID=other", []) == 409)
    #expect(try lock(.delete, url, []) == 200)
    _ = try store.replace([1], .start, .init(RunID(1), 1))
    world.server.with { $0.instead = .init(status: "423 Locked") }
    expect(errors(try world.store()), "someone has locked the state", isTransient: true)
  }

  /// Locks or unlocks a state as Terraform does; returns the status.
  private func lock(_ method: Request.Method, _ url: String, _ fields: [String]) throws -> Int {
    let pair = Array("\(GitLabProject.username):\(GitLabProject.password)".utf8)
    let request = Request(
      method, url,
      headers: [("Authorization", "Basic " + String(decoding: Base64.encode(pair), as: UTF8.self))],
      body: Array("{\(fields.map { "\"\($0)\":\"x\"" }.joined(separator: ","))}".utf8),
      contentType: "application/json")
    return try StoreClient(caFile: nil, version: "1").send(request).status
  }

  @Test(arguments: ["301 Moved Permanently", "302 Found"])
  func `another place`(status: String) throws {
    world.server.with { $0.instead = .init(status: status, headers: ["Location: https://other"]) }
    expect(errors(try world.store()), "Correct the host")
  }

  @Test(arguments: [
    "502 Bad Gateway", "503 Unavailable", "504 Timeout", "408 Timeout",
  ])
  func `a server that is busy`(status: String) throws {
    world.server.with { $0.instead = .init(status: status, headers: ["Retry-After: 30"]) }
    for error in errors(try world.store()) {
      #expect(error == .unavailable("status \(status.prefix(3))", after: .seconds(30)))
    }
  }

  @Test func `a server that limits requests`() throws {
    world.server.with {
      $0.instead = .init(status: "429 Too Many Requests", headers: ["Retry-After: 30"])
    }
    let wanted = SharedStoreError.unavailable(
      "status 429: too many requests for the rate limit of GitLab", after: .seconds(30))
    #expect(errors(try world.store()).allSatisfy { $0 == wanted })
  }

  @Test func `words of the server are shown if they are short and plain`() throws {
    func explanation(_ body: String) throws -> String {
      world.server.with { $0.instead = .init(status: "400 Bad Request", body: Array(body.utf8)) }
      return errors(try world.store())[0].explanation
    }
    #expect(try explanation(#"{"message":"no \"such\" thing"}"#).contains("no \"such\" thing"))
    #expect(try explanation("plain words").contains("plain words"))
    for body in [
      "<p>words", "words\u{1B}[2J", #"{"message":"words\n::error::"}"#, "words\u{202E}",
      "words" + String(repeating: "!", count: 5000),
      #"{"message":"words"# + String(repeating: "!", count: 400) + "\"}",
    ] {
      #expect(try !explanation(body).contains("words"))
    }
  }

  @Test func `random responses never trap`() throws {
    var random = SplitMix64(seed: 9)
    let pieces = [
      "{", "\"message\"", ":", "\"", "404 ", "Project", "}", "[", "\\u0000", "é", "<", "\n",
    ]
    for _ in 0..<20_000 {
      var body = ""
      for _ in 0..<random.below(10) { body += random.pick(pieces) }
      let response = Response(status: 100 + random.below(900), body: Array(body.utf8))
      let refusal = GitLabRefusal(response)
      _ = refusal.error(try GitLabAddress("gitlab://h/1/s"))
      if refusal.isMissing { #expect(response.status == 404 && !body.contains("Project")) }
    }
  }

  @Test func `credentials come from the environment`() throws {
    var variables = ["TF_HTTP_USERNAME": "me", "TF_HTTP_PASSWORD": "secret"]
    func open() throws(SharedStoreError) -> SharedState? {
      let fixed = variables
      let environment = RunEnvironment(variable: { fixed[$0] }, hasTerminal: false)
      return try SharedState.open(
        "\(world.server.address)/users", environment, version: "1")
    }
    let state = try #require(try open())
    #expect(state.store.address == "\(world.server.address)/users")
    expect(errors(try #require(state.store as? GitLabStore)), "401")
    var shown = ""
    dump(state, to: &shown)
    #expect(!shown.contains("secret") && !shown.contains("bWU6"))
    variables["TF_HTTP_USERNAME"] = "a:b"
    #expect(throws: SharedStoreError.self) { try open() }
    variables["TF_HTTP_USERNAME"] = nil
    let error = #expect(throws: SharedStoreError.self) { try open() }
    #expect(error?.explanation.contains("TF_HTTP_USERNAME and TF_HTTP_PASSWORD") == true)
  }
}
