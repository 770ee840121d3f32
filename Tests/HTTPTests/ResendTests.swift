import Dispatch
import HTTP
import Synchronization
import TestSupport
import Testing

/// libcurl repeats a request on its own when a kept connection closes before the response.
struct ResendTests {
  /// Answers the first request of each connection, reads the second and closes the connection.
  private func hangUpServer(
    _ received: @escaping @Sendable (ReceivedRequest) -> Void
  ) throws -> TestServer {
    try TestServer { connection in
      guard let first = connection.readRequest() else { return }
      received(first)
      connection.answer()
      if let second = connection.readRequest() { received(second) }
    }
  }

  @Test(arguments: [1, 3000, 300_000])
  func `a POST is not sent again when the server hangs up after reading it`(size: Int) throws {
    let sizes = Mutex<[Int]>([])
    let server = try hangUpServer { request in
      sizes.withLock { $0.append(request.body.count) }
    }
    let transfers = try Transfers(.test)
    _ = try transfers.run(.post(server.url(), body: [0, 0])).get()
    let body = [UInt8](repeating: 1, count: size)
    let result = try transfers.run(.post(server.url(), body: body))
    #expect(throws: TransferFailure.self) { try result.get() }
    guard case .failure(let failure) = result else { return }
    #expect(failure.kind == .lost)
    #expect(failure.requestMayHaveBeenSent)
    #expect(sizes.withLock { $0 } == [2, size])
  }

  @Test func `a POST is lost, not unreachable, when libcurl cannot even connect again`() throws {
    let server = try TestServer { connection in
      guard connection.readRequest() != nil else { return }
      connection.answer()
      _ = connection.readRequest()
      connection.stopListening()
    }
    let transfers = try Transfers(.test)
    _ = try transfers.run(.post(server.url(), body: [1])).get()
    let result = try transfers.run(.post(server.url(), body: [2]))
    guard case .failure(let failure) = result else {
      Issue.record("the transfer succeeded")
      return
    }
    #expect(failure.kind == .lost)
    #expect(failure.requestMayHaveBeenSent)
  }

  @Test func `a POST without a body is not sent again either`() throws {
    let lines = Mutex<[String]>([])
    let server = try hangUpServer { request in lines.withLock { $0.append(request.line) } }
    let transfers = try Transfers(.test)
    _ = try transfers.run(.post(server.url("/1"), body: [])).get()
    guard case .failure(let failure) = try transfers.run(.post(server.url("/2"), body: [])) else {
      Issue.record("the transfer succeeded")
      return
    }
    #expect(failure.kind == .lost)
    #expect(failure.requestMayHaveBeenSent)
    #expect(lines.withLock { $0 } == ["POST /1 HTTP/1.1", "POST /2 HTTP/1.1"])
  }

  @Test func `a GET may be sent again`() throws {
    let lines = Mutex<[String]>([])
    let server = try hangUpServer { request in lines.withLock { $0.append(request.line) } }
    let transfers = try Transfers(.test)
    _ = try transfers.run(.get(server.url("/1"))).get()
    #expect(try transfers.run(.get(server.url("/2"))).get().status == 200)
    let expected = ["GET /1 HTTP/1.1", "GET /2 HTTP/1.1", "GET /2 HTTP/1.1"]
    #expect(lines.withLock { $0 } == expected)
  }

  @Test func `a kept connection that the server has closed is replaced`() throws {
    let received = Mutex(0)
    let transfers = try Transfers(.test)
    let closed = DispatchSemaphore(value: 0)
    let server = try TestServer { connection in
      guard connection.readRequest() != nil else { return }
      received.withLock { $0 += 1 }
      connection.answer()
      connection.close()
      closed.signal()
    }
    for _ in 0..<3 {
      #expect(try transfers.run(.post(server.url(), body: [1])).get().status == 200)
      closed.wait()
    }
    #expect(received.withLock { $0 } == 3)
    #expect(server.accepted == 3)
  }
}
