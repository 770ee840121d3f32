import Bytes
import HTTP
import JSON
import PruneCore
import PruneEngine
import Synchronization

/// The way to the service over the network.
struct LiveLink: ContractLink {
  /// Calls in flight: enough to break a limit of 100 per second at usual distances.
  private static let maxInFlight = 64

  private let transfers: Transfers
  /// For the call that lets the server choose HTTP/2; imprune never does.
  private let newerTransfers: Transfers
  private let url: CallURL
  private var signer: Signer
  private var storingSigner: Signer
  private var random = RequestNumbers(SystemRandomNumberGenerator())
  private var lastID: UInt64 = 0
  private let stop: StopFlag
  let canSign: Bool

  init(
    _ endpoint: Endpoint, app: SDKAppID, admin: UserID, credentials: Credentials, caFile: String?
  ) throws(HTTPError) {
    var options = TransferOptions(caFile: caFile, userAgent: "imprune-contract")
    transfers = try Transfers(options)
    options.offersHTTP2 = true
    newerTransfers = try Transfers(options)
    url = CallURL(endpoint, app: app, admin: admin)
    signer = Signer(credentials, app: app, admin: admin)
    storingSigner = Signer(credentials, app: app, admin: admin, stored: true)
    canSign = credentials.canSign
    stop = StopFlag(transfers.wakeup)
  }

  var nanoseconds: Int64 { MonotonicTime.now().nanoseconds }
  var seconds: UInt32 { Process.wallSeconds() }
  var stopSignal: Int32? { stop.signal }

  mutating func resume() { stop.forget() }

  mutating func pause(_ nanoseconds: Int64) {
    let end = MonotonicTime(nanoseconds: self.nanoseconds + nanoseconds)
    while stop.signal == nil, MonotonicTime.now() < end {
      // Nothing is in flight, so it only sleeps; if it cannot, the pause is over.
      guard (try? transfers.wait(until: end)) != nil else { return }
    }
  }

  mutating func send(_ calls: [ContractCall]) -> [ContractReply] {
    var replies = [ContractReply?](repeating: nil, count: calls.count)
    let transfers = calls.first?.offersHTTP2 == true ? newerTransfers : self.transfers
    var next = 0
    var places: [TransferID: Int] = [:]
    do throws(HTTPError) {
      while stop.signal == nil, next < calls.count || !places.isEmpty {
        while next < calls.count, places.count < Self.maxInFlight {
          switch request(calls[next]) {
          case .success(let request):
            lastID += 1
            let id = TransferID(rawValue: lastID)
            places[id] = next
            try transfers.start(request, as: id)
          case .failure(let error): replies[next] = ContractReply(problem: error.reason)
          }
          next += 1
        }
        // It looks for a signal now and then: only one of the two is woken by it.
        for completion in try transfers.wait(until: .now().advanced(by: .milliseconds(200))) {
          guard let place = places.removeValue(forKey: completion.id) else { continue }
          replies[place] = ContractReply(completion.result)
        }
      }
      _ = try transfers.cancelAll()
    } catch {
      return replies.map { $0 ?? ContractReply(problem: error.description) }
    }
    return replies.map { $0 ?? ContractReply(problem: "interrupted") }
  }

  private mutating func request(_ call: ContractCall) -> Result<Request, SigningError> {
    let now = Timestamp(seconds: seconds)
    do throws(SigningError) {
      let signature =
        call.isStored ? try storingSigner.signature(at: now) : try signer.signature(at: now)
      let url = url.text(path: call.path, signature: signature, random: random.next())
      return .success(.post(url, body: call.body))
    } catch {
      return .failure(error)
    }
  }

  /// Stops what it does at signals, as `StopRule` says, until the returned value is released.
  func watchSignals() -> SignalWatch {
    let numbers: [Signal] = [.interrupt, .terminate, .hangup]
    return Process.watchSignals(numbers.map(\.rawValue)) { [stop] number in
      stop.raise(number, at: MonotonicTime.now().nanoseconds)
    }
  }

  /// Whether an address is of this machine and a sandbox answers there, and not the service behind a
  /// forwarder: whether `GET /sandbox/counters` has the sandbox's counters. It sends no signature.
  static func isSandbox(_ endpoint: Endpoint, caFile: String?) throws(HTTPError) -> Bool {
    guard endpoint.isLoopback else { return false }
    let transfers = try Transfers(
      TransferOptions(
        totalTimeout: .seconds(5), caFile: caFile, userAgent: "imprune-contract"))
    try transfers.start(.get("\(endpoint)/sandbox/counters"), as: TransferID(rawValue: 1))
    var completions: [Completion] = []
    while completions.isEmpty { completions = try transfers.wait(until: nil) }
    guard case .success(let response) = completions[0].result, response.status == 200 else {
      return false
    }
    return SandboxCounters.arePresent(in: response.body)
  }
}

/// The page of a sandbox that tells it from the service.
private enum SandboxCounters {
  private enum Key: String, CaseIterable {
    case users
    case removed
    case absent = "deletes_of_absent"
    case calls
  }
  private static let keys = KeyTable<Key>("the counters of a sandbox")

  static func arePresent(in body: [UInt8]) -> Bool {
    var json = JSONReader(body)
    do throws(JSONError) {
      let seen = try json.object(keys) { (json, _) throws(JSONError) in try json.skip() }
      try json.end()
      return Key.allCases.allSatisfy(seen.contains)
    } catch {
      return false
    }
  }
}

/// The signal that stops what the link does.
private final class StopFlag: Sendable {
  private struct State {
    var rule = StopRule()
    var signal: Int32?
  }

  private let state = Mutex(State())
  private let wakeup: Wakeup

  init(_ wakeup: Wakeup) {
    self.wakeup = wakeup
  }

  var signal: Int32? { state.withLock(\.signal) }

  /// Takes a signal at a time of the monotonic clock, in nanoseconds.
  func raise(_ number: Int32, at time: Int64) {
    state.withLock { state in
      if state.rule.stops(number, at: time) { state.signal = number }
    }
    wakeup()
  }

  /// The clean-up goes on after a signal.
  func forget() {
    state.withLock { $0.signal = nil }
  }
}

extension ContractReply {
  fileprivate init(_ result: Result<Response, TransferFailure>) {
    switch result {
    case .success(let response):
      self.init(
        status: response.status, body: response.body, date: response.date,
        version: response.version, reusedConnection: response.reusedConnection)
    case .failure(let failure): self.init(problem: failure.message)
    }
  }
}
