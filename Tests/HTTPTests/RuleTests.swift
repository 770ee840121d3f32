import Glibc
import HTTP
import Synchronization
import TestSupport
import Testing

struct RuleTests {
  @Test func `plain http to another machine is refused, and nothing is sent`() throws {
    // On Linux 0.0.0.0 connects to this very server, so the server would see a request.
    let server = try TestServer { $0.waitForClose() }
    let failure = try failure(of: .post("http://0.0.0.0:\(server.port)/?sig=secret", body: [1]))
    #expect(failure.kind == .refused)
    #expect(!failure.requestMayHaveBeenSent)
    #expect(!failure.message.contains("secret"))
    #expect(server.accepted == 0)
  }

  @Test(arguments: [
    "http://localhost.example.com/", "http://127.0.0.1.example.com/", "http://128.0.0.1/",
    "http://[::2]/", "http://127.0.0.1@example.com/", "https://user:word@127.0.0.1/",
    "ftp://127.0.0.1/", "file:///etc/passwd", "127.0.0.1", "", "https://", "https://a b/",
    "https://127.0.0.1/\r\nX: y", "https://127.0.0.1/\0",
  ])
  func `a request that is not allowed is refused`(url: String) throws {
    let failure = try failure(of: .get(url))
    #expect(failure.kind == .refused)
    #expect(!failure.requestMayHaveBeenSent)
  }

  @Test(arguments: ["127.0.0.1", "127.1", "localhost", "LOCALHOST"])
  func `plain http to this machine is allowed`(host: String) throws {
    let server = try TestServer { connection in
      while connection.readRequest() != nil { connection.answer() }
    }
    #expect(try answer(to: .get("http://\(host):\(server.port)/")).status == 200)
  }

  @Test func `a content type cannot inject a header`() throws {
    let server = try TestServer { $0.waitForClose() }
    let request = Request.post(server.url(), body: [1], contentType: "text/plain\r\nX: y")
    #expect(try failure(of: request).kind == .refused)
    #expect(throws: HTTPError.self) {
      try Transfers(TransferOptions(userAgent: "a\nb"))
    }
  }

  @Test func `a request never shows its query`() {
    let request = Request.post("https://host/path?usersig=secret#secret", body: [1])
    var dumped = ""
    dump(request, to: &dumped)
    let texts = ["\(request)", String(reflecting: request), "\(Optional(request) as Any)", dumped]
    for text in texts {
      #expect(text.contains("POST https://host/path"))
      #expect(!text.contains("secret"))
    }
  }

  @Test func `a proxy from the environment is not used for this machine`() async {
    await #expect(processExitsWith: .success) {
      let unusedPort = try BoundPort()
      setProxy("http://127.0.0.1:\(unusedPort.port)")
      let server = try TestServer { connection in
        while connection.readRequest() != nil { connection.answer() }
      }
      try #require(try answer(to: .post(server.url(), body: [1])).status == 200)
    }
  }

  @Test func `a proxy from the environment is used for other machines`() async {
    await #expect(processExitsWith: .success) {
      let lines = Mutex<[String]>([])
      let proxy = try TestServer { connection in
        guard let request = connection.readRequest() else { return }
        lines.withLock { $0.append(request.line) }
        connection.answer("503 Service Unavailable")
      }
      setProxy("http://127.0.0.1:\(proxy.port)")
      let failure = try failure(of: .post("https://host.invalid/x?sig=secret", body: [1]))
      try #require(failure.kind == .unreachable)
      try #require(!failure.requestMayHaveBeenSent)
      try #require(lines.withLock { $0 } == ["CONNECT host.invalid:443 HTTP/1.1"])
    }
  }
}

/// Sets the proxy of this process; only for a test's own process.
private func setProxy(_ url: String) {
  for name in ["http_proxy", "https_proxy", "all_proxy"] { unsafe setenv(name, url, 1) }
  for name in ["no_proxy", "NO_PROXY", "HTTPS_PROXY", "ALL_PROXY"] { unsafe unsetenv(name) }
}
