import CCurl

/// The owner of a `CURLM`: the transfers under way, and the connections kept between them.
@safe
final class MultiHandle {
  /// Idle connections beyond this number are closed. It is said, and not left to libcurl's rule of
  /// four for each transfer under way, so that a burst's connections outlast the quiet after it.
  private static let maxConnections = 512
  /// The longest sleep in one call, in milliseconds; waking up in between does no harm.
  private static let longestPoll: CInt = 60_000

  /// libcurl's set-up for the process, done once, by whoever comes first.
  private static let globalCode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

  private let multi: UnsafeMutableRawPointer

  init() throws(HTTPError) {
    guard MultiHandle.globalCode == CURLE_OK, let multi = unsafe curl_multi_init() else {
      throw HTTPError("libcurl cannot start")
    }
    unsafe self.multi = unsafe multi
    try check(unsafe ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, MultiHandle.maxConnections))
  }

  /// Closes all connections. Every easy handle must have been removed.
  deinit {
    unsafe curl_multi_cleanup(multi)
  }

  /// Puts a prepared handle among the transfers under way.
  func add(_ easy: EasyHandle) throws(HTTPError) {
    try check(unsafe easy.use { curl in unsafe curl_multi_add_handle(multi, curl) })
  }

  /// Takes a handle out; if its transfer has not completed, this closes its connection.
  func remove(_ easy: EasyHandle) throws(HTTPError) {
    try check(unsafe easy.use { curl in unsafe curl_multi_remove_handle(multi, curl) })
  }

  /// Does, without waiting, all that can be done for all transfers.
  func perform() throws(HTTPError) {
    var running: CInt = 0
    try check(unsafe curl_multi_perform(multi, &running))
  }

  /// The next completed transfer, if any: the slot of its handle, and libcurl's verdict.
  func nextDone() -> (slot: Int, code: CURLcode)? {
    var slot = 0
    var code = CURLE_OK
    guard unsafe ccurl_next_done(multi, &slot, &code) != 0 else { return nil }
    return (slot, code)
  }

  /// Sleeps until a transfer can go on, the alarm rings or the bell was rung.
  ///
  /// libcurl's own time-out counts milliseconds, too coarse for pacing; the alarm is exact.
  func poll(alarm: Alarm, bell: Bell) throws(HTTPError) -> (alarm: Bool, bell: Bool) {
    let readable = Int16(CURL_WAIT_POLLIN)
    var extra = (
      curl_waitfd(fd: alarm.descriptor, events: readable, revents: 0),
      curl_waitfd(fd: bell.descriptor, events: readable, revents: 0)
    )
    let code = unsafe withUnsafeMutableBytes(of: &extra) { bytes in
      unsafe curl_multi_poll(
        multi, bytes.baseAddress?.assumingMemoryBound(to: curl_waitfd.self), 2,
        MultiHandle.longestPoll, nil)
    }
    try check(code)
    return (extra.0.revents != 0, extra.1.revents != 0)
  }

  private func check(_ code: CURLMcode) throws(HTTPError) {
    guard code == CURLM_OK else {
      throw HTTPError(unsafe "libcurl: \(String(cString: curl_multi_strerror(code)))")
    }
  }
}
