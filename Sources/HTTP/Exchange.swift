internal import Bytes

/// What one transfer has sent and received so far, as libcurl's callbacks see it.
///
/// Each easy handle has one and uses it for one transfer after another.
final class Exchange {
  /// The most header bytes of a response; real headers are much smaller.
  private static let maxHeaderBytes = 64 * 1024
  /// The longest body of an error in place of a download.
  private static let maxErrorBytes = 1 << 20
  /// A buffer larger than this is not kept for the next transfer.
  private static let maxKeptBytes = 64 * 1024

  private let rateGroups: RateGroups
  private var ticket: RateGroups.Ticket?
  private var latest: BootTime?
  private var method = Request.Method.get
  private var requestBody: [UInt8] = []
  private var upload: ByteSource?
  private var bodyBytes = 0
  /// How much of `requestBody` is handed out, and of the whole body.
  private var handedOutOfPart = 0
  private var handedOut = 0
  private var headerBytes = 0
  private var maxResponseBytes = 0
  private var responseBody: [UInt8] = []
  private var download: (@Sendable ([UInt8]) -> Bool)?
  private var downloaded = 0
  /// Whether the response has status 200.
  private var isOK = false

  /// Whether a connection was ready and sending the request began.
  private(set) var hasBegun = false
  /// Whether libcurl wanted to send a request that may have been sent before.
  private(set) var hasStoppedResending = false
  /// Whether the machine slept, or the latest time to send passed, before the request could be sent.
  private(set) var hasOverslept = false
  /// Whether the header of the response is complete; libcurl accepts a truncated one.
  private(set) var hasWholeHeader = false
  /// The header fields that a caller may read.
  private(set) var fields = HeaderFields()
  /// Whether the response exceeded a limit.
  private(set) var isTooLarge = false
  /// Why the caller's bytes could not be read, or the response's not be taken.
  private(set) var callerFailure: String?

  init(rateGroups: RateGroups) {
    self.rateGroups = rateGroups
  }

  /// Whether the server may have received any of the request's body or, if it has none, the
  /// request.
  var requestMayHaveBeenSent: Bool {
    bodyBytes == 0 ? hasBegun : handedOut > 0
  }

  /// Forgets the last transfer and prepares for the next.
  func reset(
    for request: Request, _ ticket: RateGroups.Ticket?, latest: BootTime?, maxResponseBytes: Int
  ) {
    self.ticket = ticket
    self.latest = latest
    method = request.method
    upload = request.method.hasBody ? request.upload?.source() : nil
    requestBody = request.method.hasBody && upload == nil ? request.body : []
    bodyBytes = request.bodyBytes
    download = request.download
    downloaded = 0
    isOK = false
    self.maxResponseBytes = maxResponseBytes
    handedOutOfPart = 0
    handedOut = 0
    headerBytes = 0
    hasBegun = false
    hasStoppedResending = false
    hasOverslept = false
    hasWholeHeader = false
    fields = HeaderFields(request.reads)
    isTooLarge = false
    callerFailure = nil
  }

  /// Ends the transfer: returns the response's body and frees what the next transfer cannot use.
  func takeResponseBody() -> [UInt8] {
    let body = Array(responseBody[...])
    responseBody.removeAll(keepingCapacity: responseBody.capacity <= Exchange.maxKeptBytes)
    requestBody = []
    upload = nil
    download = nil
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
    let isTimely = ticket.map(rateGroups.waitForTurn) ?? true
    guard isTimely, latest.map({ .now() < $0 }) ?? true else {
      hasOverslept = true
      return false
    }
    hasBegun = true
    return true
  }

  /// Copies the next part of the request's body to `buffer` and returns its length; nil if it
  /// cannot be read.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    if let upload, handedOutOfPart == requestBody.count, handedOut < bodyBytes {
      do throws(ReadFailure) {
        try upload.read(into: &requestBody)
      } catch {
        callerFailure = error.message
        return nil
      }
      handedOutOfPart = 0
      guard !requestBody.isEmpty, requestBody.count <= bodyBytes - handedOut else {
        callerFailure = "what is to be sent has changed"
        return nil
      }
    }
    let count = min(buffer.count, requestBody.count - handedOutOfPart)
    unsafe buffer.copyBytes(from: requestBody[handedOutOfPart..<handedOutOfPart + count])
    handedOutOfPart += count
    handedOut += count
    return count
  }

  /// Takes a line of the response's header. Returns whether to continue.
  func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    headerBytes += line.count
    // A response may follow others with status 1xx; each header ends with an empty line.
    if unsafe line.starts(with: "HTTP/".utf8) {
      hasWholeHeader = false
      isOK = unsafe line.drop { $0 != UInt8(ascii: " ") }.starts(with: " 200".utf8)
      fields.reset()
    } else if unsafe line.elementsEqual("\r\n".utf8) || line.elementsEqual("\n".utf8) {
      hasWholeHeader = true
    } else {
      unsafe fields.take(line)
    }
    isTooLarge = isTooLarge || headerBytes > Exchange.maxHeaderBytes
    return !isTooLarge
  }

  /// Appends bytes to the response's body, or lets the caller take them. Returns whether to
  /// continue.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let longest = download == nil || isOK ? maxResponseBytes : Self.maxErrorBytes
    isTooLarge = isTooLarge || bytes.count > longest - responseBody.count - downloaded
    if isTooLarge { return false }
    guard let download, isOK else {
      unsafe responseBody.append(contentsOf: bytes)
      return true
    }
    downloaded += bytes.count
    if unsafe download(Array(bytes)) { return true }
    callerFailure = "the response could not be stored"
    return false
  }
}
