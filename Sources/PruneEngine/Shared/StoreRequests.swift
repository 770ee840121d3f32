import Bytes
import Glibc
import HTTP
import PruneCore
import Synchronization

/// What the requests to all stores have in common.
extension StoreClient {
  /// How many requests for entries are sent at the same time.
  private static let atOnce = 16

  /// The first entries of a log from an index on, without gap; not after `last`, if it is known.
  /// `request` asks for an entry; `read` finds it in a response, or nil if it is missing. `hasLater`
  /// says whether the log has an entry at the index or behind it.
  func entries(
    from index: LogIndex, through last: LogIndex? = nil, _ request: (LogIndex) -> Request,
    _ read: (Response, LogIndex) throws(SharedStoreError) -> [UInt8]?,
    hasLater: () throws(SharedStoreError) -> Bool
  ) throws(SharedStoreError) -> [[UInt8]] {
    var found = try read(send(request(index)), index)
    if found == nil {
      // Usually there is no new entry.
      guard try hasLater() else { return [] }
      // It may have been appended in the meantime.
      found = try read(send(request(index)), index)
    }
    guard let first = found else { throw .log(.hole(index)) }
    let indexes = (1...UInt64(Self.atOnce)).compactMap { LogIndex(index.number + $0) }
      .filter { next in last.map { next <= $0 } ?? true }
    let responses = try send(indexes.map(request))
    var entries = [first]
    for (number, result) in responses.enumerated() {
      guard let bytes = try read(result.get(), indexes[number]) else {
        // What is behind it may have been appended after it was asked for.
        var hasMore = false
        for later in (number + 1)..<responses.count
        where try read(responses[later].get(), indexes[later]) != nil {
          hasMore = true
        }
        if hasMore, try read(send(request(indexes[number])), indexes[number]) == nil {
          throw .log(.hole(indexes[number]))
        }
        break
      }
      entries.append(bytes)
    }
    return entries
  }

  /// Sends a request for each entry, some at the same time, and checks the responses.
  func send(
    forEach indexes: [LogIndex], _ request: (LogIndex) -> Request,
    _ check: (Response) throws(SharedStoreError) -> Void
  ) throws(SharedStoreError) {
    var rest = indexes[...]
    while !rest.isEmpty {
      let some = rest.prefix(Self.atOnce)
      rest = rest.dropFirst(some.count)
      for result in try send(some.map(request)) { try check(result.get()) }
    }
  }

  /// The response to a request, after `take` has taken its body piece by piece; throws what `take`
  /// throws.
  func download(
    _ request: Request,
    _ take: @escaping @Sendable ([UInt8]) throws(SharedStoreError) -> Void
  ) throws(SharedStoreError) -> Response {
    let failure = Mutex<SharedStoreError?>(nil)
    var request = request
    request.download = { bytes in
      do throws(SharedStoreError) {
        try take(bytes)
        return true
      } catch {
        failure.withLock { $0 = error }
        return false
      }
    }
    let result = try send([request])[0]
    if let failure = failure.withLock({ $0 }) { throw failure }
    return try result.get()
  }
}

extension ByteSource {
  /// Gives all bytes, piece by piece; `address` is where they are to be stored.
  func read(
    toStoreAt address: String, _ take: ([UInt8]) throws(SharedStoreError) -> Void
  ) throws(SharedStoreError) {
    var chunk: [UInt8] = []
    repeat {
      do throws(ReadFailure) {
        try read(into: &chunk)
      } catch {
        throw .disk(SystemError(action: "read", path: address, code: EIO, rule: error.message))
      }
      try take(chunk)
    } while !chunk.isEmpty
  }
}

extension Response {
  /// How long the store asks to wait.
  var retryAfter: Interval? {
    self["Retry-After"].flatMap { UInt16($0) }.map { .seconds(Double($0)) }
  }
}
