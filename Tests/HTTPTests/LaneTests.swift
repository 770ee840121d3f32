import HTTP
import Synchronization
import Testing

/// When requests that count towards one limit leave.
struct LaneTests {
  private func answeringServer() throws -> TestServer {
    try TestServer { connection in
      while connection.readRequest() != nil { connection.answer() }
    }
  }

  /// Starts requests in one lane, each of which makes a connection of its own.
  private func start(_ count: UInt64, on transfers: Transfers, _ server: TestServer) throws {
    for number in 0..<count {
      try transfers.start(
        .post(server.url(), body: [1]), as: TransferID(rawValue: number), in: Lane("a"))
    }
  }

  @Test func `a request leaves no earlier than it may`() throws {
    let server = try answeringServer()
    let transfers = try Transfers(.test)
    for number in 0..<20 as Range<UInt64> {
      let earliest = MonotonicTime.now().advanced(by: .microseconds(400))
      try transfers.start(
        .post(server.url(), body: [1]), as: TransferID(rawValue: number), in: Lane("a"),
        earliest: earliest)
      while try transfers.wait(until: nil).isEmpty {}
      let departures = transfers.takeDepartures()
      #expect(departures.map(\.id.rawValue) == [number])
      for departure in departures { #expect(departure.moment >= earliest) }
    }
  }

  @Test func `requests of a lane keep their gap, whenever their connections are ready`() throws {
    let received = Mutex<[String]>([])
    let server = try TestServer { connection in
      while let request = connection.readRequest() {
        received.withLock { $0.append(request.line) }
        connection.answer()
      }
    }
    let transfers = try Transfers(.test)
    var departures: [Departure] = []
    // All at once: each makes a connection of its own, and they are ready together.
    for lane in 0..<2 { transfers.setGap(.milliseconds(1), of: Lane("\(lane)")) }
    for number in 0..<20 as Range<UInt64> {
      try transfers.start(
        .post(server.url("/\(number % 2)"), body: [1]), as: TransferID(rawValue: number),
        in: Lane("\(number % 2)"))
    }
    // A wider gap holds also for those that have started.
    for lane in 0..<2 { transfers.setGap(.milliseconds(2), of: Lane("\(lane)")) }
    let widened = MonotonicTime.now()
    departures += transfers.takeDepartures()
    while transfers.inFlight > 0 {
      _ = try transfers.wait(until: nil)
      departures += transfers.takeDepartures()
    }
    #expect(Set(departures.map(\.id)).count == 20)
    #expect(received.withLock { $0.count } == 20)
    for lane in 0..<2 as Range<UInt64> {
      let moments = departures.filter { $0.id.rawValue % 2 == lane }.map(\.moment)
      for (one, next) in zip(moments, moments.dropFirst()) {
        #expect(one.duration(to: next) >= .milliseconds(next > widened ? 2 : 1))
      }
    }
  }

  @Test func `requests that are held back do not keep a wake-up waiting`() throws {
    let server = try answeringServer()
    let transfers = try Transfers(.test)
    try start(10, on: transfers, server)
    transfers.setGap(.milliseconds(60), of: Lane("a"))
    _ = transfers.takeDepartures()
    transfers.wakeup()
    _ = try transfers.wait(until: nil)
    #expect(transfers.takeDepartures().isEmpty)
    _ = try transfers.cancelAll()
  }

  @Test func `requests that are held back do not keep answers waiting`() throws {
    let server = try answeringServer()
    let transfers = try Transfers(.test)
    try start(12, on: transfers, server)
    transfers.setGap(.milliseconds(40), of: Lane("a"))
    let atOnce = transfers.takeDepartures().count
    let first = try transfers.wait(until: nil)
    #expect(!first.isEmpty)
    #expect(transfers.takeDepartures().count <= min(5, 12 - atOnce))
    _ = try transfers.cancelAll()
  }

  @Test func `a request whose moment is long over is not sent`() throws {
    let server = try answeringServer()
    let transfers = try Transfers(.test)
    let now = MonotonicTime.now()
    for (number, seconds) in [(1, 2), (2, 0)] as [(UInt64, Int64)] {
      try transfers.start(
        .post(server.url(), body: [1]), as: TransferID(rawValue: number), in: Lane("a"),
        earliest: now.advanced(by: .seconds(-seconds)))
    }
    var sent: [UInt64: Bool] = [:]
    while transfers.inFlight > 0 {
      for completion in try transfers.wait(until: nil) {
        sent[completion.id.rawValue] = (try? completion.result.get()) != nil
      }
    }
    #expect(sent == [1: false, 2: true])
    #expect(transfers.takeDepartures().map(\.id.rawValue) == [2])
  }

  @Test func `a request that the machine slept over is not sent`() throws {
    let received = Mutex(0)
    let server = try TestServer { connection in
      while connection.readRequest() != nil {
        received.withLock { $0 += 1 }
        connection.answer()
      }
    }
    let lead = Mutex(Duration.zero)
    let transfers = try Transfers(.test) {
      // A sleep between any two looks at it.
      lead.withLock { lead in
        lead += .seconds(2)
        return lead
      }
    }
    for (number, lane) in [(1, Lane("a")), (2, nil)] as [(UInt64, Lane?)] {
      try transfers.start(
        .post(server.url(), body: [1]), as: TransferID(rawValue: number), in: lane)
      let completion = try #require(try transfers.wait(until: nil).first)
      guard lane != nil else {
        #expect(try completion.result.get().status == 200)
        continue
      }
      #expect(transfers.takeDepartures().isEmpty)
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
