import CCurl

/// The owner of a `CURLM`: the transfers in flight, and the connections kept between them.
///
/// libcurl reports which sockets it waits for, and the kernel (epoll) which of them are ready, so a
/// step costs what is ready and not what is in flight.
@safe
final class MultiHandle {
  /// Idle connections beyond this number are closed. The number is explicit, since libcurl's
  /// default of four per transfer in flight would close a burst's connections in the pause after
  /// it.
  private static let maxConnections = 512
  /// The longest sleep in one call, in milliseconds; waking up in between is harmless.
  private static let longestSleep: CInt = 60_000

  /// libcurl's global setup for the process, done once, by the first caller.
  private static let globalCode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

  private let multi: UnsafeMutableRawPointer
  private let sockets: WatchedSockets
  private let timer: Timer
  private let wakeEvent: WakeEvent
  /// The sockets that the last `sleep` found ready and that were not served yet. If one of them is
  /// closed in the meantime, libcurl ignores it.
  private var ready: [WatchedSockets.Ready] = []
  /// The slot of the transfer that each socket serves.
  private var slots: [CInt: Int] = [:]
  /// When libcurl wants to be called even if no socket is ready; nil for never.
  private var timeout: MonotonicTime?

  init(timer: Timer, wakeEvent: WakeEvent) throws(HTTPError) {
    sockets = try WatchedSockets()
    self.timer = timer
    self.wakeEvent = wakeEvent
    guard MultiHandle.globalCode == CURLE_OK, let multi = unsafe curl_multi_init() else {
      throw HTTPError("libcurl cannot start")
    }
    unsafe self.multi = unsafe multi
    for descriptor in [timer.descriptor, wakeEvent.descriptor]
    where !sockets.watch(descriptor, reading: true, writing: false) {
      throw HTTPError("the kernel cannot watch a descriptor: \(lastSystemError())")
    }
    try check(unsafe ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, MultiHandle.maxConnections))
    // libcurl calls the callbacks from within the calls below, while this value lives.
    let code = unsafe ccurl_multi_set_callbacks(
      multi, Unmanaged.passUnretained(self).toOpaque(),
      { easy, socket, what, context, _ in
        let slot = unsafe ccurl_get_slot(easy)
        return unsafe multiBehind(context).watch(socket, for: what, slot: slot) ? 0 : -1
      },
      { _, milliseconds, context in
        unsafe multiBehind(context).timeout =
          milliseconds < 0 ? nil : .now().advanced(by: .milliseconds(milliseconds))
        return 0
      })
    try check(code)
  }

  /// Closes all connections. Every easy handle must have been removed.
  deinit {
    // Closing connections would call back into a value that is being destroyed.
    unsafe ccurl_multi_drop_callbacks(multi)
    unsafe curl_multi_cleanup(multi)
  }

  /// Adds a prepared handle to the transfers in flight.
  func add(_ easy: EasyHandle) throws(HTTPError) {
    try check(unsafe easy.use { curl in unsafe curl_multi_add_handle(multi, curl) })
  }

  /// Removes a handle; if its transfer has not completed, this closes its connection.
  func remove(_ easy: EasyHandle) throws(HTTPError) {
    try check(unsafe easy.use { curl in unsafe curl_multi_remove_handle(multi, curl) })
  }

  /// Does what is due without waiting: starts added transfers, handles timeouts.
  func performDue() throws(HTTPError) {
    // One call may make the next one due at once.
    while let timeout, timeout <= .now() {
      self.timeout = nil
      try act(on: ccurl_socket_timeout, 0)
    }
  }

  /// Does what is due, and serves the ready sockets of the included slots until `isEnough`. The
  /// remaining sockets stay ready, and the next `sleep` finds them again.
  func performReady(
    _ isIncluded: (Int) -> Bool, until isEnough: () -> Bool = { false }
  ) throws(HTTPError) {
    var rest: [WatchedSockets.Ready] = []
    for socket in ready
    where socket.descriptor != timer.descriptor && socket.descriptor != wakeEvent.descriptor {
      if let slot = slots[socket.descriptor], !isIncluded(slot) || isEnough() {
        rest.append(socket)
        continue
      }
      let mask =
        (socket.isReadable ? CURL_CSELECT_IN : 0) | (socket.isWritable ? CURL_CSELECT_OUT : 0)
        | (socket.hasFailed ? CURL_CSELECT_ERR : 0)
      try act(on: socket.descriptor, CInt(mask))
    }
    ready = rest
    try performDue()
  }

  private func act(on socket: curl_socket_t, _ mask: CInt) throws(HTTPError) {
    var running: CInt = 0
    try check(unsafe curl_multi_socket_action(multi, socket, mask, &running))
  }

  /// The next completed transfer, if any: the slot of its handle, and libcurl's result code.
  func nextDone() -> (slot: Int, code: CURLcode)? {
    var slot = 0
    var code = CURLE_OK
    guard unsafe ccurl_next_done(multi, &slot, &code) != 0 else { return nil }
    return (slot, code)
  }

  /// Sleeps until a transfer can continue, the timer fires or the wake event is signaled.
  ///
  /// libcurl's own timeout counts milliseconds, too coarse for pacing; the timer is exact.
  func sleep() throws(HTTPError) -> (timer: Bool, wakeEvent: Bool) {
    var longest = Self.longestSleep
    if let timeout {
      let left = (timeout.nanoseconds - MonotonicTime.now().nanoseconds + 999_999) / 1_000_000
      longest = CInt(min(max(left, 0), Int64(longest)))
    }
    ready = try sockets.wait(milliseconds: longest)
    let descriptors = ready.map(\.descriptor)
    return (descriptors.contains(timer.descriptor), descriptors.contains(wakeEvent.descriptor))
  }

  /// Watches a socket as libcurl asks; returns whether that succeeded.
  private func watch(_ socket: curl_socket_t, for what: CInt, slot: Int) -> Bool {
    slots[socket] = what == CInt(CURL_POLL_REMOVE) ? nil : slot
    switch what {
    case CInt(CURL_POLL_IN): return sockets.watch(socket, reading: true, writing: false)
    case CInt(CURL_POLL_OUT): return sockets.watch(socket, reading: false, writing: true)
    case CInt(CURL_POLL_INOUT): return sockets.watch(socket, reading: true, writing: true)
    case CInt(CURL_POLL_REMOVE): sockets.forget(socket)
    default: break
    }
    return true
  }

  private func check(_ code: CURLMcode) throws(HTTPError) {
    guard code == CURLM_OK else {
      throw HTTPError(unsafe "libcurl: \(String(cString: curl_multi_strerror(code)))")
    }
  }
}

/// The handle behind the context pointer of a callback.
@unsafe
private func multiBehind(_ context: UnsafeMutableRawPointer) -> MultiHandle {
  unsafe Unmanaged<MultiHandle>.fromOpaque(context).takeUnretainedValue()
}
