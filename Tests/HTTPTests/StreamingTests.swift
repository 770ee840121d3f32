import Bytes
import HTTP
import Synchronization
import TestSupport
import Testing

/// Bodies that are not held in memory, and the latest time to send.
struct StreamingTests {
  private static let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

  private func echo() throws -> TestServer {
    try TestServer { connection in
      while let request = connection.readRequest() {
        let status = request.line.contains("/missing") ? "404 Not Found" : "200 OK"
        connection.send("HTTP/1.1 \(status)\r\nContent-Length: \(request.body.count)\r\n\r\n")
        connection.send(request.body)
      }
    }
  }

  private func upload(_ bytes: [UInt8], saying count: Int, _ url: String) -> Request {
    var request = Request(.put, url)
    request.upload = .init(bytes: count) { ByteSource(bytes, chunkSize: 7001) }
    return request
  }

  @Test func `a body is read as it is sent, and a response given piece by piece`() throws {
    let server = try echo()
    var request = upload(Self.content, saying: Self.content.count, server.url())
    let received = Mutex<[[UInt8]]>([])
    request.download = { piece in
      received.withLock { $0.append(piece) }
      return true
    }
    let response = try answer(to: request)
    #expect(response.status == 200 && response.body.isEmpty)
    let pieces = received.withLock { $0 }
    #expect(Array(pieces.joined()) == Self.content && pieces.count > 1)
  }

  @Test func `the body of an error stays in the response`() throws {
    let server = try echo()
    var request = Request(.put, server.url("/missing"), body: Array("why".utf8))
    request.download = { _ in
      Issue.record("an error was stored")
      return true
    }
    let response = try answer(to: request)
    #expect(response.status == 404 && response.body == Array("why".utf8))
  }

  @Test(arguments: [-1, 1])
  func `a body with more or fewer bytes than announced is an error`(more: Int) throws {
    let server = try echo()
    let request = upload(Self.content, saying: Self.content.count - more, server.url())
    let failure = try failure(of: request)
    #expect(failure.message.contains("has changed") && failure.requestMayHaveBeenSent)
  }

  @Test func `a source that fails ends the transfer`() throws {
    let server = try echo()
    var request = Request(.put, server.url())
    request.upload = .init(bytes: 3) {
      ByteSource { (_: inout [UInt8]) throws(ReadFailure) in
        throw ReadFailure(message: "the disk is broken")
      }
    }
    #expect(try failure(of: request).message == "the disk is broken")
  }

  @Test func `what cannot be stored ends the transfer, and so does too much of it`() throws {
    let server = try echo()
    var request = Request(.put, server.url(), body: Self.content)
    request.download = { _ in false }
    #expect(try failure(of: request).message == "the response could not be stored")
    request.download = { _ in true }
    request.maxResponseBytes = Self.content.count - 1
    #expect(try failure(of: request).kind == .tooLarge)
    request.maxResponseBytes = Self.content.count
    #expect(try answer(to: request).status == 200)
  }

  @Test func `nothing is sent at the latest time or after it`() throws {
    let lines = Mutex<[String]>([])
    let server = try TestServer { connection in
      while let request = connection.readRequest() {
        lines.withLock { $0.append(request.line) }
        connection.answer()
      }
    }
    let transfers = try Transfers(.test)
    let id = TransferID(rawValue: 1)
    try transfers.start(.post(server.url("/late"), body: [1]), as: id, latest: .now())
    let done = try transfers.wait(until: .now().advanced(by: .seconds(30)))
    guard case .failure(let failure)? = done.first?.result else {
      Issue.record("it was sent")
      return
    }
    #expect(failure.kind == .refused && !failure.requestMayHaveBeenSent)
    let later = BootTime(nanoseconds: BootTime.now().nanoseconds + 60_000_000_000)
    try transfers.start(.post(server.url("/early"), body: [1]), as: id, latest: later)
    _ = try transfers.wait(until: .now().advanced(by: .seconds(30)))
    #expect(lines.withLock { $0 } == ["POST /early HTTP/1.1"])
  }
}
