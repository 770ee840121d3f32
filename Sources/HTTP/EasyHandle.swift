import CCurl

/// The owner of a `CURL` easy handle, reused for one transfer after another.
///
/// It must stay alive while it is added to a `MultiHandle`.
@safe
final class EasyHandle {
  /// What the transfer has sent and received.
  let exchange: Exchange

  private let curl: UnsafeMutableRawPointer
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private let slot: Int
  private let options: TransferOptions
  private var headers: HeaderList?

  /// A handle that `MultiHandle.nextDone` identifies by `slot`.
  init(slot: Int, options: TransferOptions, rateGroups: RateGroups) throws(HTTPError) {
    guard let curl = unsafe curl_easy_init() else {
      unsafe errorText.deallocate()
      throw HTTPError("libcurl cannot create a handle: out of memory")
    }
    unsafe self.curl = unsafe curl
    exchange = Exchange(rateGroups: rateGroups)
    self.slot = slot
    self.options = options
  }

  deinit {
    unsafe curl_easy_cleanup(curl)
    unsafe errorText.deallocate()
  }

  /// Sets up everything for `request`; throws `.refused` if the request is not allowed or cannot be
  /// set up.
  func prepare(
    _ request: Request, _ ticket: RateGroups.Ticket?, latest: BootTime?
  ) throws(TransferFailure) {
    let destination = try Destination(url: request.url)
    let longest = request.maxResponseBytes ?? options.maxResponseBytes
    exchange.reset(for: request, ticket, latest: latest, maxResponseBytes: longest)
    unsafe curl_easy_reset(curl)
    unsafe errorText.pointee = 0
    try check(unsafe ccurl_set_error_buffer(curl, errorText))
    try check(unsafe ccurl_set_slot(curl, slot))
    try setCallbacks()
    try setLimits(request.totalTimeout ?? options.totalTimeout, maxResponseBytes: longest)
    try setConnection(to: destination)
    try set(CURLOPT_URL, request.url)
    // Otherwise libcurl would take `/./` out, and ask for something else than was signed.
    try set(CURLOPT_PATH_AS_IS, 1)
    try set(CURLOPT_USERAGENT, options.userAgent)
    try set(request.method, bodyBytes: curl_off_t(request.bodyBytes))
    let headers = try HeaderList(lines(of: request))
    self.headers = headers
    try check(unsafe headers.use { list in unsafe ccurl_set_headers(curl, list) })
  }

  private func set(_ method: Request.Method, bodyBytes: curl_off_t) throws(TransferFailure) {
    switch method {
    case .get: try set(CURLOPT_HTTPGET, 1)
    case .head: try set(CURLOPT_NOBODY, 1)
    case .delete: try set(CURLOPT_CUSTOMREQUEST, method.rawValue)
    // No CURLOPT_POSTFIELDS and no seek function: the read callback supplies the body once, so
    // libcurl cannot rewind and send it again.
    case .post:
      try set(CURLOPT_POST, 1)
      try check(unsafe ccurl_set_size(curl, CURLOPT_POSTFIELDSIZE_LARGE, bodyBytes))
    case .put:
      try set(CURLOPT_UPLOAD, 1)
      try check(unsafe ccurl_set_size(curl, CURLOPT_INFILESIZE_LARGE, bodyBytes))
    }
  }

  private func lines(of request: Request) throws(TransferFailure) -> [String] {
    var lines: [String] = []
    if request.method.hasBody {
      guard isHeaderValue(request.contentType) else {
        throw .refused("the content type contains a control character")
      }
      // Without "Expect:" libcurl would wait for permission to send a larger body. An empty value means
      // no such header.
      lines = ["Content-Type: \(request.contentType)", "Expect:"]
    }
    for header in request.headers {
      guard let line = headerLine(header) else {
        throw .refused("the header \(header.name) is not allowed")
      }
      lines.append(line)
    }
    return lines
  }

  /// Ends a transfer with libcurl's result code.
  func finish(_ code: CURLcode) -> Result<Response, TransferFailure> {
    let mayHaveBeenSent = exchange.requestMayHaveBeenSent
    let body = exchange.takeResponseBody()
    if code == CURLE_OK && exchange.hasWholeHeader {
      return .success(
        Response(
          status: unsafe ccurl_get_status(curl), body: body, fields: exchange.fields.values,
          version: version,
          reusedConnection: unsafe ccurl_get_new_connections(curl) == 0))
    }
    let text = unsafe String(
      cString: errorText.pointee == 0 ? curl_easy_strerror(code) : UnsafePointer(errorText))
    return .failure(
      TransferFailure(
        kind: .init(code, exchange), requestMayHaveBeenSent: mayHaveBeenSent,
        message: exchange.message(for: code) ?? text))
  }

  /// The version of HTTP of the response.
  private var version: String {
    switch unsafe ccurl_get_http_version(curl) {
    case Int(CURL_HTTP_VERSION_1_0): "1.0"
    case Int(CURL_HTTP_VERSION_2_0): "2"
    case Int(CURL_HTTP_VERSION_3): "3"
    default: "1.1"
    }
  }

  /// Lends the raw handle to a libcurl call.
  func use<Value>(_ body: (UnsafeMutableRawPointer) -> Value) -> Value {
    unsafe body(curl)
  }
}

extension EasyHandle {
  private func setLimits(
    _ totalTimeout: Duration, maxResponseBytes: Int
  ) throws(TransferFailure) {
    try set(CURLOPT_CONNECTTIMEOUT_MS, options.connectTimeout.clampedMilliseconds)
    try set(CURLOPT_TIMEOUT_MS, totalTimeout.clampedMilliseconds)
    // Fails at a larger `Content-Length`. 0 would mean no limit; the write callback enforces the
    // limit too.
    let longest = curl_off_t(max(1, maxResponseBytes))
    try check(unsafe ccurl_set_size(curl, CURLOPT_MAXFILESIZE_LARGE, longest))
    // The requests are small; the default of 64 KiB per transfer would be a waste.
    try set(CURLOPT_UPLOAD_BUFFERSIZE, 16 * 1024)
  }

  private func setConnection(to destination: Destination) throws(TransferFailure) {
    try set(CURLOPT_PROTOCOLS_STR, destination.scheme)
    let version = options.offersHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1
    try set(CURLOPT_HTTP_VERSION, Int(version))
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_TCP_NODELAY, 1)
    try set(CURLOPT_FOLLOWLOCATION, 0)
    try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    try set(CURLOPT_NETRC, ccurl_netrc_ignored)
    try set(CURLOPT_SSL_VERIFYPEER, 1)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    if let caFile = options.caFile {
      try set(CURLOPT_CAINFO, caFile)
      // Otherwise libcurl would also trust the system's folder.
      try set(CURLOPT_CAPATH, nil)
    }
    // An empty name means no proxy, even if the environment names one.
    if destination.isLoopback { try set(CURLOPT_PROXY, "") }
    // The longer a connection is idle, the more likely the peer closes it just as we send.
    try set(CURLOPT_MAXAGE_CONN, 30)
    // Without this, giving up on a name server that hangs would block until it answers.
    try set(CURLOPT_QUICK_EXIT, 1)
  }

  /// Routes libcurl's callbacks to `exchange`, which lives as long as the handle.
  private func setCallbacks() throws(TransferFailure) {
    let context = unsafe Unmanaged.passUnretained(exchange).toOpaque()
    let code = unsafe ccurl_set_callbacks(
      curl, context,
      { context, _, _, _, _ in
        unsafe exchangeBehind(context).begin() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
      },
      { bytes, size, count, context in
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
        return unsafe exchangeBehind(context).read(into: buffer) ?? Int(ccurl_read_abort)
      },
      { bytes, size, count, context in
        let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
        return unsafe exchangeBehind(context).receiveHeader(line) ? size * count : 0
      },
      { bytes, size, count, context in
        let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
        // Anything but the full count makes libcurl abort; an empty body never gets here.
        let exchange = unsafe exchangeBehind(context)
        return unsafe exchange.receive(buffer) ? size * count : 0
      })
    try check(code)
  }

  private func set(_ option: CURLoption, _ value: Int) throws(TransferFailure) {
    try check(unsafe ccurl_set_long(curl, option, value))
  }

  private func set(_ option: CURLoption, _ value: String?) throws(TransferFailure) {
    try check(unsafe ccurl_set_string(curl, option, value))
  }

  private func check(_ code: CURLcode) throws(TransferFailure) {
    guard code == CURLE_OK else {
      throw .refused(unsafe "libcurl: \(String(cString: curl_easy_strerror(code)))")
    }
  }
}

/// The exchange behind the context pointer of a callback.
@unsafe
private func exchangeBehind(_ context: UnsafeMutableRawPointer) -> Exchange {
  unsafe Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
}
