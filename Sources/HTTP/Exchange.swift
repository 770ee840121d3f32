/// What one transfer has sent and received so far, as libcurl's callbacks see it.
///
/// Each easy handle has one and uses it for one transfer after another.
final class Exchange {
  /// The most header bytes of a response; real headers are much smaller.
  private static let maxHeaderBytes = 64 * 1024
  /// A buffer larger than this is not kept for the next transfer.
  private static let maxKeptBytes = 64 * 1024

  private let rateGroups: RateGroups
  private var ticket: RateGroups.Ticket?
  private var method = Request.Method.get
  private var requestBody: [UInt8] = []
  private var handedOut = 0
  private var headerBytes = 0
  private var maxResponseBytes = 0
  private var responseBody: [UInt8] = []

  /// Whether a connection was ready and sending the request began.
  private(set) var hasBegun = false
  /// Whether libcurl wanted to send a request that may have been sent before.
  private(set) var hasStoppedResending = false
  /// Whether the machine slept before the request could be sent.
  private(set) var hasOverslept = false
  /// Whether the header of the response is complete; libcurl accepts a truncated one.
  private(set) var hasWholeHeader = false
  /// The header fields that a caller may read.
  private(set) var fields = HeaderFields()
  /// Whether the response exceeded a limit.
  private(set) var isTooLarge = false

  init(rateGroups: RateGroups) {
    self.rateGroups = rateGroups
  }

  /// Whether the server may have received any of the request's body or, if it has none, the
  /// request.
  var requestMayHaveBeenSent: Bool {
    requestBody.isEmpty ? hasBegun : handedOut > 0
  }

  /// Forgets the last transfer and prepares for the next.
  func reset(for request: Request, _ ticket: RateGroups.Ticket?, maxResponseBytes: Int) {
    self.ticket = ticket
    method = request.method
    requestBody = request.method.hasBody ? request.body : []
    self.maxResponseBytes = maxResponseBytes
    handedOut = 0
    headerBytes = 0
    hasBegun = false
    hasStoppedResending = false
    hasOverslept = false
    hasWholeHeader = false
    fields = HeaderFields(request.reads)
    isTooLarge = false
  }

  /// Ends the transfer: returns the response's body and frees what the next transfer cannot use.
  func takeResponseBody() -> [UInt8] {
    let body = Array(responseBody[...])
    responseBody.removeAll(keepingCapacity: responseBody.capacity <= Exchange.maxKeptBytes)
    requestBody = []
    return body
  }

  /// Called when a connection is ready, before libcurl sends the request. Waits for the request's
  /// turn and returns whether it may be sent.
  ///
  /// libcurl repeats a request when a kept connection closes before the response. That is right for
  /// a GET or HEAD, and as long as nothing was sent; others must never reach the server twice.
  func begin() -> Bool {
    guard method.isSafe || !requestMayHaveBeenSent else {
      hasStoppedResending = true
      return false
    }
    if let ticket, !rateGroups.waitForTurn(ticket) {
      hasOverslept = true
      return false
    }
    hasBegun = true
    return true
  }

  /// Copies the next part of the request's body to `buffer` and returns its length.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, requestBody.count - handedOut)
    unsafe buffer.copyBytes(from: requestBody[handedOut..<handedOut + count])
    handedOut += count
    return count
  }

  /// Takes a line of the response's header. Returns whether to continue.
  func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    headerBytes += line.count
    // A response may follow others with status 1xx; each header ends with an empty line.
    if unsafe line.starts(with: "HTTP/".utf8) {
      hasWholeHeader = false
      fields.reset()
    } else if unsafe line.elementsEqual("\r\n".utf8) || line.elementsEqual("\n".utf8) {
      hasWholeHeader = true
    } else {
      unsafe fields.take(line)
    }
    isTooLarge = isTooLarge || headerBytes > Exchange.maxHeaderBytes
    return !isTooLarge
  }

  /// Appends bytes to the response's body. Returns whether to continue.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    isTooLarge = isTooLarge || bytes.count > maxResponseBytes - responseBody.count
    if !isTooLarge { unsafe responseBody.append(contentsOf: bytes) }
    return !isTooLarge
  }
}
