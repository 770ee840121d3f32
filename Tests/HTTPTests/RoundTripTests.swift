import Dispatch
import HTTP
import Synchronization
import TestSupport
import Testing

struct RoundTripTests {
  @Test func `a POST delivers its body and returns the response`() throws {
    let received = Mutex<[ReceivedRequest]>([])
    let server = try TestServer { connection in
      while let request = connection.readRequest() {
        received.withLock { $0.append(request) }
        connection.answer("201 Created", body: "hello")
      }
    }
    let response = try answer(to: .post(server.url("/v4/x?sig=1"), body: Array("{}".utf8)))
    #expect(response == Response(status: 201, body: Array("hello".utf8)))
    let request = try #require(received.withLock { $0.first })
    #expect(request.line == "POST /v4/x?sig=1 HTTP/1.1")
    #expect(request.text == "{}")
    #expect(request.headers.contains("content-type: application/json"))
    #expect(request.headers.contains("user-agent: imprune-tests"))
    let names = request.headers.map { $0.prefix { $0 != ":" } }
    #expect(Set(names).isDisjoint(with: ["expect", "cookie", "accept-encoding"]))
  }

  @Test func `a GET returns the response`() throws {
    let server = try TestServer { connection in
      while let request = connection.readRequest() {
        connection.answer(body: "\(request.line) \(request.body.count)")
      }
    }
    let response = try answer(to: .get(server.url("/x")))
    #expect(String(decoding: response.body, as: UTF8.self) == "GET /x HTTP/1.1 0")
  }

  @Test(
    arguments: [
      (["Date: Sun, 06 Nov 1994 08:49:37 GMT"], "Sun, 06 Nov 1994 08:49:37 GMT", nil),
      (
        ["dAtE:now", "CONTENT-TYPE: \ttext/html; charset=utf-8 "], "now", "text/html; charset=utf-8"
      ),
      (["Date: first", "Date: second"], "first", nil),
      (["Dates: x", "X-Date: x", "Date : x", "Content-Types: x"], nil, nil),
      (["Date:"], "", nil), ([], nil, nil),
    ] as [([String], String?, String?)])
  func `date and type of a response come from its header`(
    headers: [String], date: String?, type: String?
  ) throws {
    let server = try TestServer { connection in
      while connection.readRequest() != nil {
        // The date of an interim response does not count.
        connection.send("HTTP/1.1 100 Continue\r\nDate: too soon\r\n\r\n")
        connection.answer(headers: headers, body: "{}")
      }
    }
    let response = try answer(to: .post(server.url(), body: [1]))
    #expect(response.date == date)
    #expect(response.contentType == type)
  }

  @Test func `an empty body is sent as an empty body`() throws {
    let server = try TestServer { connection in
      while let request = connection.readRequest() {
        connection.answer(body: request.headers.contains("content-length: 0") ? "empty" : "?")
      }
    }
    let response = try answer(to: .post(server.url(), body: []))
    #expect(String(decoding: response.body, as: UTF8.self) == "empty")
  }

  @Test func `a large body arrives complete`() throws {
    let server = try TestServer { connection in
      while let request = connection.readRequest() {
        connection.answer(body: String(request.body.reduce(0) { $0 &* 31 &+ Int($1) }))
      }
    }
    let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let response = try answer(to: .post(server.url(), body: body))
    let hash = body.reduce(0) { $0 &* 31 &+ Int($1) }
    #expect(String(decoding: response.body, as: UTF8.self) == String(hash))
  }

  @Test func `three hundred requests are in flight at once`() throws {
    let count = 300
    let arrived = DispatchGroup()
    for _ in 0..<count { arrived.enter() }
    let server = try TestServer { connection in
      guard let request = connection.readRequest() else { return }
      arrived.leave()
      guard arrived.wait(timeout: .now() + 20) == .success else { return }
      connection.answer(body: request.text)
    }
    let transfers = try Transfers(.test)
    for number in 0..<count {
      let request = Request.post(server.url(), body: Array("body \(number)".utf8))
      try transfers.start(request, as: TransferID(rawValue: UInt64(number)))
    }
    #expect(transfers.inFlight == count)
    var bodies: [UInt64: String] = [:]
    while transfers.inFlight > 0 {
      for completion in try transfers.wait(until: nil) {
        let body = try completion.result.get().body
        bodies[completion.id.rawValue] = String(decoding: body, as: UTF8.self)
      }
    }
    #expect(bodies.count == count)
    #expect(bodies.allSatisfy { $0.value == "body \($0.key)" })
    #expect(server.accepted == count)
  }

  @Test func `connections are reused`() throws {
    let server = try TestServer { connection in
      while let request = connection.readRequest() { connection.answer(body: request.text) }
    }
    let transfers = try Transfers(.test)
    for number in 0..<50 {
      let body = Array("\(number)".utf8)
      #expect(try transfers.run(.post(server.url(), body: body)).get().body == body)
    }
    #expect(server.accepted == 1)
  }

  @Test func `connections are kept while idle after a burst`() throws {
    // More events than one poll of the sockets reports.
    let burst: UInt64 = 150
    let arrived = DispatchGroup()
    for _ in 0..<burst { arrived.enter() }
    let server = try TestServer { connection in
      guard connection.readRequest() != nil else { return }
      arrived.leave()
      arrived.wait()
      connection.answer()
      while connection.readRequest() != nil { connection.answer() }
    }
    let transfers = try Transfers(.test)
    for step in 1...12 {
      for number in 0..<(step == 1 || step == 12 ? burst : 1) {
        try transfers.start(
          .post(server.url(), body: [1]), as: TransferID(rawValue: number))
      }
      while transfers.inFlight > 0 {
        for completion in try transfers.wait(until: nil) { _ = try completion.result.get() }
      }
    }
    #expect(server.accepted == Int(burst))
  }

  @Test func `a redirect is a response and is not followed`() throws {
    let lines = Mutex<[String]>([])
    let server = try TestServer { connection in
      while let request = connection.readRequest() {
        lines.withLock { $0.append(request.line) }
        connection.answer("307 Temporary Redirect", headers: ["Location: /elsewhere"])
      }
    }
    #expect(try answer(to: .post(server.url("/here"), body: [1])).status == 307)
    #expect(lines.withLock { $0 } == ["POST /here HTTP/1.1"])
  }
}
