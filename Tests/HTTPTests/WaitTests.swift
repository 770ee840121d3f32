import Glibc
import HTTP
import TestSupport
import Testing

struct WaitTests {
  @Test(arguments: [false, true])
  func `wait does not return early without a result`(inFlight: Bool) throws {
    let server = try TestServer { connection in
      _ = connection.readRequest()
      connection.waitForClose()
    }
    let transfers = try Transfers(.test)
    if inFlight {
      try transfers.start(.post(server.url(), body: [1]), as: TransferID(rawValue: 1))
    }
    for step in 1...60 {
      let deadline = MonotonicTime.now().advanced(by: .microseconds(step * 71))
      #expect(try transfers.wait(until: deadline).isEmpty)
      #expect(MonotonicTime.now() >= deadline)
    }
    #expect(transfers.inFlight == (inFlight ? 1 : 0))
  }

  @Test func `wait with a past deadline polls once`() throws {
    let transfers = try Transfers(.test)
    #expect(try transfers.wait(until: .now()).isEmpty)
    #expect(try transfers.wait(until: MonotonicTime(nanoseconds: 0)).isEmpty)
    #expect(try transfers.wait(until: MonotonicTime(nanoseconds: -1)).isEmpty)
  }

  @Test func `another thread can end a wait`() throws {
    let transfers = try Transfers(.test)
    let wakeup = transfers.wakeup
    startThread { wakeup() }
    #expect(try transfers.wait(until: nil).isEmpty)
  }

  @Test func `many wake-ups before a wait end it once`() throws {
    let transfers = try Transfers(.test)
    for _ in 0..<1000 { transfers.wakeup() }
    #expect(try transfers.wait(until: nil).isEmpty)
    let deadline = MonotonicTime.now().advanced(by: .milliseconds(5))
    #expect(try transfers.wait(until: deadline).isEmpty)
    #expect(MonotonicTime.now() >= deadline)
  }

  @Test func `a wake-up outlives its transfers`() throws {
    let wakeup = try Transfers(.test).wakeup
    for _ in 0..<10 { wakeup() }
  }

  @Test func `waiting uses no CPU time`() throws {
    let server = try TestServer { connection in
      _ = connection.readRequest()
      connection.waitForClose()
    }
    let transfers = try Transfers(.test)
    for number in 0..<20 {
      try transfers.start(
        .post(server.url(), body: [1]), as: TransferID(rawValue: UInt64(number)))
    }
    transfers.wakeup()
    let before = threadTime()
    let deadline = MonotonicTime.now().advanced(by: .milliseconds(500))
    while MonotonicTime.now() < deadline {
      #expect(try transfers.wait(until: deadline).isEmpty)
    }
    // A busy loop uses nearly all of the half second.
    #expect(before.duration(to: threadTime()) < .milliseconds(150))
  }

  @Test func `cancelAll returns the transfer ids and closes the connections`() throws {
    let server = try TestServer { connection in
      _ = connection.readRequest()
      connection.waitForClose()
    }
    let transfers = try Transfers(.test)
    for number: UInt64 in [3, 1, 2] {
      try transfers.start(.post(server.url(), body: [1]), as: TransferID(rawValue: number))
    }
    #expect(try transfers.cancelAll().map(\.rawValue) == [1, 2, 3])
    #expect(transfers.inFlight == 0)
    #expect(try transfers.wait(until: .now()).isEmpty)
    #expect(try transfers.cancelAll().isEmpty)
  }

  @Test func `cancelUnsent drops only transfers that have not begun`() throws {
    let server = try TestServer { connection in
      // A TLS client waits for the answer to its hello and has not sent its request.
      _ = connection.readRequest()
      connection.waitForClose()
    }
    let transfers = try Transfers(.test)
    let secure = "https" + server.url().dropFirst("http".count)
    for number: UInt64 in [4, 2] {
      try transfers.start(
        .post(secure, body: [1]), as: TransferID(rawValue: number), in: RateGroup("a"))
    }
    try transfers.start(
      .post(server.url(), body: [1]), as: TransferID(rawValue: 3), in: RateGroup("a"))
    var sendTimes: [SendTime] = []
    while sendTimes.isEmpty {
      #expect(try transfers.wait(until: .now().advanced(by: .milliseconds(1))).isEmpty)
      sendTimes += transfers.takeSendTimes()
    }
    #expect(sendTimes.map(\.id.rawValue) == [3])
    #expect(try transfers.cancelUnsent().map(\.rawValue) == [2, 4])
    #expect(transfers.inFlight == 1)
    #expect(try transfers.cancelUnsent().isEmpty)
    #expect(try transfers.cancelAll().map(\.rawValue) == [3])
  }

  @Test func `a transfer id in flight cannot be reused`() throws {
    let server = try TestServer { $0.waitForClose() }
    let transfers = try Transfers(.test)
    let id = TransferID(rawValue: 7)
    try transfers.start(.get(server.url()), as: id)
    #expect(throws: HTTPError.self) { try transfers.start(.get(server.url()), as: id) }
    #expect(try transfers.cancelAll() == [id])
    try transfers.start(.get(server.url()), as: id)
    #expect(transfers.inFlight == 1)
  }

  /// The CPU time of this thread.
  private func threadTime() -> MonotonicTime {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}
