import HTTP
import PruneCore
import Synchronization

/// Sends requests to a store, over connections that are kept; one call at a time.
final class StoreClient: Sendable {
  fileprivate struct Content {
    let transfers: Transfers
    var last: UInt64 = 0
  }

  private let content: Mutex<Content>

  init(caFile: String?, version: String) throws(SharedStoreError) {
    let options = TransferOptions(
      totalTimeout: .seconds(10), caFile: caFile, maxResponseBytes: LogEntry.maxBytes,
      userAgent: "imprune/\(version)")
    do throws(HTTPError) {
      content = Mutex(Content(transfers: try Transfers(options)))
    } catch {
      throw .unsuitable("libcurl cannot be set up: \(error.description).")
    }
  }

  /// How long a transfer of this many bytes may take: at least 100 kB a second.
  static func timeout(bytes: Int) -> Duration { .seconds(30 + bytes / 100_000) }

  /// The response to a request; throws if there is none.
  func send(_ request: Request) throws(SharedStoreError) -> Response {
    try send([request])[0].get()
  }

  /// The responses to requests that are sent at the same time, in their order.
  func send(
    _ requests: [Request]
  ) throws(SharedStoreError) -> [Result<Response, SharedStoreError>] {
    let outcome = content.withLock { content in
      Result { () throws(HTTPError) in try content.send(requests) }
    }
    do throws(HTTPError) {
      return try outcome.get()
    } catch {
      throw .unavailable(error.description)
    }
  }
}

extension StoreClient.Content {
  fileprivate mutating func send(
    _ requests: [Request]
  ) throws(HTTPError) -> [Result<Response, SharedStoreError>] {
    let first = last + 1
    for request in requests {
      last += 1
      try transfers.start(request, as: TransferID(rawValue: last))
    }
    var results: [UInt64: Result<Response, SharedStoreError>] = [:]
    while results.count < requests.count {
      for done in try transfers.wait(until: nil) where done.id.rawValue >= first {
        results[done.id.rawValue] = done.result.mapError { failure in
          switch failure.kind {
          case .untrusted, .refused, .tooLarge: .unsuitable("\(failure.message).")
          case .unreachable, .timedOut, .lost: .unavailable(failure.message)
          }
        }
      }
    }
    return (0..<UInt64(requests.count)).compactMap { results[first + $0] }
  }
}
