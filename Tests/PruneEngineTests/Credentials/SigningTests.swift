import Crypto
import HTTP
import PruneCore
import Testing

@testable import PruneEngine

/// Every call must be signed.
@Suite struct SigningTests {
  private let now = Timestamp(seconds: 10_000)

  @Test func `a signature that cannot be made is an error`() throws {
    var signer = Signer(.key(Secret("key"))) { (_, _, _) throws(ZlibError) in throw .outOfMemory }
    #expect(throws: SigningError(reason: "no memory to compress or restore the data")) {
      try signer.signature(at: now)
    }
  }

  @Test func `an empty signature is never returned`() throws {
    var signer = Signer(.key(Secret("key"))) { (_, _, _) throws(ZlibError) in Secret("") }
    #expect(throws: SigningError.self) { try signer.signature(at: now) }
  }

  @Test func `a failed renewal does not fall back to the old signature`() throws {
    var times = 0
    var signer = Signer(.key(Secret("key"))) { (_, time, _) throws(ZlibError) in
      times += 1
      if times == 2 { throw .outOfMemory }
      return Secret("made at \(time.seconds)")
    }
    #expect(try signer.signature(at: now).reveal() == "made at 10000")
    let later = Timestamp(seconds: 20_000)
    #expect(throws: SigningError.self) { try signer.signature(at: later) }
    #expect(try signer.signature(at: later).reveal() == "made at 20000")
  }

  @Test func `a call that cannot be signed stops the run and is not sent`() throws {
    let transfers = try Transfers(TransferOptions(userAgent: "imprune-tests"))
    let app = App(
      id: try #require(SDKAppID(1_400_000_000)), location: .endpoint("http://127.0.0.1:9"),
      admin: try #require(UserID("administrator")), edition: .trial)
    var world = LiveWorld(
      transfers, journal: nil, lease: nil, app: app, endpoint: try #require(app.location.endpoint),
      signer: Signer(.key(Secret("key"))) { (_, _, _) throws(ZlibError) in throw .outOfMemory },
      mailbox: Mailbox(transfers.wakeup), watch: Applier.Watch { _ in nil })
    world.perform(.send(SendID(1), .deleteAccounts, [app.admin]), earliest: world.now().instant)
    #expect(transfers.inFlight == 0)
    #expect(
      world.wait(until: world.now().instant) == [
        .signingFailed("no memory to compress or restore the data"),
        .answered(SendID(1), .notSent("it was not signed")),
      ])
  }

  /// Returns the same numbers repeatedly.
  private struct Repeating: RandomNumberGenerator {
    var numbers: [UInt64]

    mutating func next() -> UInt64 {
      numbers.append(numbers.removeFirst())
      return numbers[numbers.count - 1]
    }
  }

  @Test func `the random parameter of a request differs from the previous one`() {
    var one = RequestNumbers(Repeating(numbers: [7]))
    var all = RequestNumbers(Repeating(numbers: [.max]))
    var system = RequestNumbers(SystemRandomNumberGenerator())
    var last = (one.next(), all.next(), system.next())
    for _ in 0..<100 {
      let next = (one.next(), all.next(), system.next())
      #expect(next.0 != last.0)
      #expect(next.1 != last.1)
      #expect(next.2 != last.2)
      last = next
    }
  }
}
