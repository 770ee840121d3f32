import HTTP
import Synchronization
import TestSupport
import Testing

struct FailureTests {
  @Test func `a refused connection sent nothing`() throws {
    let unusedPort = try BoundPort()
    let failure = try failure(
      of: .post("http://127.0.0.1:\(unusedPort.port)/?sig=secret", body: [1]))
    #expect(failure.kind == .unreachable)
    #expect(!failure.requestMayHaveBeenSent)
    #expect(!failure.message.contains("secret"))
  }

  @Test func `a timeout after sending reports that the request may have been sent`() throws {
    let server = try TestServer { connection in
      _ = connection.readRequest()
      connection.waitForClose()
    }
    let options = TransferOptions.test.with { $0.totalTimeout = .milliseconds(300) }
    let failure = try failure(of: .post(server.url(), body: [1]), options)
    #expect(failure.kind == .timedOut)
    #expect(failure.requestMayHaveBeenSent)
  }

  @Test(arguments: [true, false])
  func `a timeout before the connection sent nothing`(connecting: Bool) throws {
    // It accepts connections but never answers the client's TLS hello.
    let server = try TestServer { $0.waitForClose() }
    let options = TransferOptions.test.with {
      if connecting {
        $0.connectTimeout = .milliseconds(200)
      } else {
        $0.totalTimeout = .milliseconds(200)
      }
    }
    let request = Request.post("https://127.0.0.1:\(server.port)/", body: [1])
    let failure = try failure(of: request, options)
    #expect(failure.kind == .unreachable)
    #expect(!failure.requestMayHaveBeenSent)
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123",
    "HTTP/1.1 200 OK\r\nContent-Le",
    "HTTP",
    "",
    "no HTTP at all\r\n\r\n",
  ])
  func `a truncated response is lost, and the request may have been sent`(answer: String) throws {
    let server = try TestServer { connection in
      _ = connection.readRequest()
      connection.send(answer)
    }
    let failure = try failure(of: .post(server.url(), body: [1]))
    #expect(failure.kind == .lost)
    #expect(failure.requestMayHaveBeenSent)
  }

  @Test(arguments: [
    "Content-Length: 1001\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n3e9\r\n\(String(repeating: "x", count: 1001))",
    "Connection: close\r\n\r\n\(String(repeating: "x", count: 1001))",
    String(repeating: "X-Many: \(String(repeating: "x", count: 1000))\r\n", count: 80),
  ])
  func `a response over the limit is aborted at once`(rest: String) throws {
    // The server never ends the response: the client has to close the connection.
    let server = try TestServer { connection in
      _ = connection.readRequest()
      connection.send("HTTP/1.1 200 OK\r\n" + rest)
      connection.waitForClose()
    }
    let options = TransferOptions.test.with { $0.maxResponseBytes = 1000 }
    let failure = try failure(of: .post(server.url(), body: [1]), options)
    #expect(failure.kind == .tooLarge)
    #expect(failure.requestMayHaveBeenSent)
  }

  @Test func `an endless header line is aborted at once`() throws {
    let server = try TestServer { connection in
      _ = connection.readRequest()
      connection.send("HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 500_000))")
      connection.waitForClose()
    }
    #expect(try failure(of: .post(server.url(), body: [1])).kind == .lost)
  }

  @Test func `a response at the limit is complete`() throws {
    let server = try TestServer { connection in
      while connection.readRequest() != nil {
        connection.answer(body: String(repeating: "x", count: 1000))
      }
    }
    let options = TransferOptions.test.with { $0.maxResponseBytes = 1000 }
    #expect(try answer(to: .get(server.url()), options).body.count == 1000)
  }

  @Test func `a failed transfer does not affect the next one`() throws {
    let server = try TestServer { connection in
      while let request = connection.readRequest() {
        if request.text == "cut" {
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123")
          return
        }
        connection.answer(body: request.text)
      }
    }
    let transfers = try Transfers(.test)
    for body in ["a", "cut", "b", "cut", "cut", "c"] {
      let result = try transfers.run(.post(server.url(), body: Array(body.utf8)))
      switch result {
      case .success(let response): #expect(response.body == Array(body.utf8))
      case .failure(let failure): #expect(failure.kind == .lost && body == "cut")
      }
    }
  }
}
