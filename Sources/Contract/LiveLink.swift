import HTTP
import PruneCore
import PruneEngine
import Synchronization

/// The way to the service over the network.
struct LiveLink: ContractLink {
  /// Calls in flight: enough to break a limit of 100 per second at usual distances.
  private static let maxInFlight = 32

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

  /// Notes the first signal, until the returned value is released; a second one ends the process.
  func watchSignals() -> SignalWatch {
    let numbers: [Signal] = [.interrupt, .terminate, .hangup]
    return Process.watchSignals(numbers.map(\.rawValue)) { [stop] number in
      if !stop.raise(number) { Process.leave(128 + number) }
    }
  }
}

/// The first signal that came.
private final class StopFlag: Sendable {
  private struct State {
    var signal: Int32?
    var hasCome = false
  }

  private let state = Mutex(State())
  private let wakeup: Wakeup

  init(_ wakeup: Wakeup) {
    self.wakeup = wakeup
  }

  var signal: Int32? { state.withLock(\.signal) }

  /// Takes a signal; false if it is not the first.
  func raise(_ number: Int32) -> Bool {
    let isFirst = state.withLock { state in
      defer { state.hasCome = true }
      if !state.hasCome { state.signal = number }
      return !state.hasCome
    }
    wakeup()
    return isFirst
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
