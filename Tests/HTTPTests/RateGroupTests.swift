import HTTP
import Synchronization
import TestSupport
import Testing

/// When requests of a rate group are sent.
struct RateGroupTests {
  private func answeringServer() throws -> TestServer {
    try TestServer { connection in
      while connection.readRequest() != nil { connection.answer() }
    }
  }

  /// Starts requests in one rate group, each with its own connection.
  private func start(_ count: UInt64, on transfers: Transfers, _ server: TestServer) throws {
    for number in 0..<count {
      try transfers.start(
        .post(server.url(), body: [1]), as: TransferID(rawValue: number), in: RateGroup("a"))
    }
  }

  @Test func `a request is sent no earlier than its send time`() throws {
    let server = try answeringServer()
    let transfers = try Transfers(.test)
    for number in 0..<20 as Range<UInt64> {
      let earliest = MonotonicTime.now().advanced(by: .microseconds(400))
      try transfers.start(
        .post(server.url(), body: [1]), as: TransferID(rawValue: number), in: RateGroup("a"),
        earliest: earliest)
      while try transfers.wait(until: nil).isEmpty {}
      let sendTimes = transfers.takeSendTimes()
      #expect(sendTimes.map(\.id.rawValue) == [number])
      for sendTime in sendTimes { #expect(sendTime.moment >= earliest) }
    }
  }

  @Test func `requests of a rate group keep their gap, whenever their connections are ready`()
    throws
  {
    let received = Mutex<[String]>([])
    let server = try TestServer { connection in
      while let request = connection.readRequest() {
        received.withLock { $0.append(request.line) }
        connection.answer()
      }
    }
    let transfers = try Transfers(.test)
    var sendTimes: [SendTime] = []
    // All at once: each opens its own connection, and all become ready together.
    for group in 0..<2 { transfers.setGap(.milliseconds(1), of: RateGroup("\(group)")) }
    for number in 0..<20 as Range<UInt64> {
      try transfers.start(
        .post(server.url("/\(number % 2)"), body: [1]), as: TransferID(rawValue: number),
        in: RateGroup("\(number % 2)"))
    }
    // A wider gap also applies to requests that have started.
    for group in 0..<2 { transfers.setGap(.milliseconds(2), of: RateGroup("\(group)")) }
    let widened = MonotonicTime.now()
    sendTimes += transfers.takeSendTimes()
    while transfers.inFlight > 0 {
      _ = try transfers.wait(until: nil)
      sendTimes += transfers.takeSendTimes()
    }
    #expect(Set(sendTimes.map(\.id)).count == 20)
    #expect(received.withLock { $0.count } == 20)
    for group in 0..<2 as Range<UInt64> {
      let moments = sendTimes.filter { $0.id.rawValue % 2 == group }.map(\.moment)
      for (one, next) in zip(moments, moments.dropFirst()) {
        #expect(one.duration(to: next) >= .milliseconds(next > widened ? 2 : 1))
      }
    }
  }

  @Test func `delayed requests do not delay a wake-up`() throws {
    let server = try answeringServer()
    let transfers = try Transfers(.test)
    try start(10, on: transfers, server)
    transfers.setGap(.milliseconds(60), of: RateGroup("a"))
    _ = transfers.takeSendTimes()
    transfers.wakeup()
    _ = try transfers.wait(until: nil)
    #expect(transfers.takeSendTimes().isEmpty)
    _ = try transfers.cancelAll()
  }

  @Test func `delayed requests do not delay responses`() throws {
    let server = try answeringServer()
    let transfers = try Transfers(.test)
    try start(12, on: transfers, server)
    transfers.setGap(.milliseconds(40), of: RateGroup("a"))
    let atOnce = transfers.takeSendTimes().count
    let first = try transfers.wait(until: nil)
    #expect(!first.isEmpty)
    #expect(transfers.takeSendTimes().count <= min(5, 12 - atOnce))
    _ = try transfers.cancelAll()
  }

  @Test func `a request is not sent long after its send time`() throws {
    let server = try answeringServer()
    let transfers = try Transfers(.test)
    let now = MonotonicTime.now()
    for (number, seconds) in [(1, 2), (2, 0)] as [(UInt64, Int64)] {
      try transfers.start(
        .post(server.url(), body: [1]), as: TransferID(rawValue: number), in: RateGroup("a"),
        earliest: now.advanced(by: .seconds(-seconds)))
    }
    var sent: [UInt64: Bool] = [:]
    while transfers.inFlight > 0 {
      for completion in try transfers.wait(until: nil) {
        sent[completion.id.rawValue] = (try? completion.result.get()) != nil
      }
    }
    #expect(sent == [1: false, 2: true])
    #expect(transfers.takeSendTimes().map(\.id.rawValue) == [2])
  }

  @Test func `a request is not sent after the machine slept`() throws {
    let received = Mutex(0)
    let server = try TestServer { connection in
      while connection.readRequest() != nil {
        received.withLock { $0 += 1 }
        connection.answer()
      }
    }
    let offset = Mutex(Duration.zero)
    let transfers = try Transfers(.test) {
      // The machine sleeps between any two readings.
      offset.withLock { offset in
        offset += .seconds(2)
        return offset
      }
    }
    for (number, group) in [(1, RateGroup("a")), (2, nil)] as [(UInt64, RateGroup?)] {
      try transfers.start(
        .post(server.url(), body: [1]), as: TransferID(rawValue: number), in: group)
      let completion = try #require(try transfers.wait(until: nil).first)
      guard group != nil else {
        #expect(try completion.result.get().status == 200)
        continue
      }
      #expect(transfers.takeSendTimes().isEmpty)
      guard case .failure(let failure) = completion.result else {
        Issue.record("it was sent")
        continue
      }
      #expect(!failure.requestMayHaveBeenSent)
      #expect(failure.message.contains("slept"))
    }
    #expect(received.withLock { $0 } == 1)
  }
}
