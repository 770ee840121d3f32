import Testing

@testable import imprune_sandbox

/// Runs `body` with the port of a server of its own, with the users u1, u2 and u3.
func serving(
  faults: [String] = [], reregister: [String] = [], latency: Duration = .zero,
  _ body: (Int) throws -> Void
) throws {
  let service = try Caller(faults: faults, reregister: reregister) { $0.rate = 0 }.service
  let backend = Backend(service: service, log: nil)
  let server = try Server(
    host: "127.0.0.1", port: 0, backend: backend, latency: latency,
    jitter: Jitter(longest: .zero, seed: 0))
  defer { #expect(throws: Never.self) { try server.stop() } }
  try body(try #require(server.port))
}

/// The text of a call; its signature lasts longer than any of us, for here the clock is real.
func httpText(
  _ endpoint: Endpoint, _ ids: [String], headers: String = "", body: String? = nil
) -> String {
  let query = Caller.query(userSig: Caller.userSig(time: 0, expire: 1 << 40))
  let body = body ?? Caller.body(endpoint, ids)
  return """
    POST \(endpoint.rawValue)?\(query) HTTP/1.1\r
    Host: localhost\r
    Content-Length: \(body.utf8.count)\r
    \(headers)\r
    \(body)
    """
}

/// The text of a request for one of the sandbox's own pages.
func pageText(_ name: String) -> String {
  "GET /sandbox/\(name) HTTP/1.1\r\nHost: localhost\r\n\r\n"
}
