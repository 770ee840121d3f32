import HTTP
import Synchronization
import TestSupport
import Testing

/// Methods, headers and limits of single requests.
struct MethodTests {
  @Test(arguments: Request.Method.allCases)
  func `each method is sent with its headers, and a body where there is one`(
    method: Request.Method
  ) throws {
    let received = Mutex<[ReceivedRequest]>([])
    let server = try TestServer { connection in
      while let request = connection.readRequest() {
        received.withLock { $0.append(request) }
        // The length of what a GET would return; a HEAD has no body.
        let isHead = request.line.hasPrefix("HEAD")
        connection.send(
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"x\"\r\n\r\n" + (isHead ? "" : "hello"))
      }
    }
    let request = Request(
      method, server.url("/b/k?a=1"), headers: [("If-None-Match", "*"), ("X-Empty", "")],
      body: Array("data".utf8), reads: ["ETag"])
    let transfers = try Transfers(.test)
    // The second one comes over the same connection.
    for _ in 0..<2 {
      let response = try transfers.run(request).get()
      #expect(response.body == (method == .head ? [] : Array("hello".utf8)))
      #expect(response["etag"] == "\"x\"" && response["content-length"] == nil)
    }
    let requests = received.withLock { $0 }
    #expect(requests.count == 2 && server.accepted == 1)
    for request in requests {
      #expect(request.line == "\(method.rawValue) /b/k?a=1 HTTP/1.1")
      #expect(request.text == (method == .put || method == .post ? "data" : ""))
      #expect(request.headers.contains("if-none-match: *"))
      #expect(request.headers.contains { $0.hasPrefix("x-empty:") })
      #expect(
        !request.headers.contains { $0.hasPrefix("expect:") || $0.hasPrefix("content-type:") })
    }
  }

  @Test(arguments: [Request.Method.put, .delete])
  func `what changes something is not sent again when the server hangs up`(
    method: Request.Method
  ) throws {
    let lines = Mutex<[String]>([])
    let server = try TestServer { connection in
      guard let first = connection.readRequest() else { return }
      lines.withLock { $0.append(first.line) }
      connection.answer()
      if let second = connection.readRequest() { lines.withLock { $0.append(second.line) } }
    }
    let transfers = try Transfers(.test)
    _ = try transfers.run(Request(method, server.url("/1"), body: [1])).get()
    guard
      case .failure(let failure) = try transfers.run(Request(method, server.url("/2"), body: [2]))
    else {
      Issue.record("the transfer succeeded")
      return
    }
    #expect(failure.kind == .lost && failure.requestMayHaveBeenSent)
    #expect(
      lines.withLock { $0 } == ["\(method.rawValue) /1 HTTP/1.1", "\(method.rawValue) /2 HTTP/1.1"])
  }

  @Test(arguments: [
    ("Host", "other"), ("content-length", "9"), ("Transfer-Encoding", "chunked"),
    ("Expect", "100-continue"), ("X-A", "b\r\nX-C: d"), ("X-A\r\nX-B", "c"), ("X A", "b"),
    ("", "b"),
    ("X:A", "b"), ("X-A", "\u{0}"),
  ])
  func `a header that could make another request is refused`(name: String, value: String) throws {
    let server = try TestServer { connection in
      while connection.readRequest() != nil { connection.answer() }
    }
    let failure = try failure(of: Request(.get, server.url(), headers: [(name, value)]))
    #expect(failure.kind == .refused && !failure.requestMayHaveBeenSent)
    #expect(server.accepted == 0)
  }

  @Test func `a path is sent as it is`() throws {
    let server = try TestServer { connection in
      while let request = connection.readRequest() { connection.answer(body: request.line) }
    }
    for path in ["/a/./b", "/a/../b", "//a//b", "/%2e/%2F"] {
      let response = try answer(to: .get(server.url(path)))
      #expect(response.body == Array("GET \(path) HTTP/1.1".utf8))
    }
  }

  @Test func `a request may have limits of its own`() throws {
    let server = try TestServer { connection in
      while let request = connection.readRequest() {
        if request.line.contains("/slow") { return connection.waitForClose() }
        connection.answer(body: String(repeating: "x", count: 100))
      }
    }
    var request = Request(.get, server.url())
    request.maxResponseBytes = 99
    #expect(try failure(of: request).kind == .tooLarge)
    request.maxResponseBytes = 100
    let small = TransferOptions.test.with { $0.maxResponseBytes = 10 }
    #expect(try answer(to: request, small).body.count == 100)
    var slow = Request(.get, server.url("/slow"))
    slow.totalTimeout = .milliseconds(50)
    #expect(try failure(of: slow).kind == .timedOut)
  }

  @Test func `a response keeps only the fields that are wanted, the first of each`() throws {
    let server = try TestServer { connection in
      while connection.readRequest() != nil {
        connection.answer(headers: [
          "x-amz-meta-log: 7", "X-Amz-Meta-Log: 8", "X-Amz-Meta-Logs: 9", "Retry-After:  3 ",
        ])
      }
    }
    let response = try answer(
      to: Request(.get, server.url(), reads: ["X-Amz-Meta-Log", "retry-after"]))
    #expect(response["x-amz-meta-log"] == "7" && response["Retry-After"] == "3")
    #expect(response["x-amz-meta-logs"] == nil)
  }
}
