import Foundation
import Synchronization

/// A service that answers as a test says, one request per connection. Only the precheck's probe,
/// whose id a test cannot know, is answered as absent.
final class FakeService: Sendable {
  enum Answer: Sendable {
    /// HTTP 200 with this body.
    case body(String)
    /// HTTP 200 with this body and these header lines.
    case headed([String], String)
    /// This HTTP status, with a body that is not the service's.
    case status(Int)
    /// Closes the connection without a response.
    case cut
    /// Sends nothing until the client closes the connection.
    case silence
  }

  struct Failure: Error {
    let call: String
    let code = errno
  }

  let port: Int
  private let listener: CInt
  private let requested = Mutex<[String]>([])
  private let answer: @Sendable (String) -> Answer

  private let probed = Mutex<[String]>([])

  /// The made-up ids so far, one for each call.
  var probes: [String] { probed.withLock { $0 } }

  /// The paths so far except the probe's, without their queries.
  var paths: [String] { requested.withLock { $0 } }

  init(_ answer: @escaping @Sendable (String) -> Answer) throws {
    self.answer = answer
    let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    self.listener = listener
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        unsafe bind(listener, generic, length) == 0 && listen(listener, 64) == 0
          ? getsockname(listener, generic, &length) : -1
      }
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    guard code == 0 else { throw Failure(call: "bind") }
    // Not held by the thread, so the end of the test ends both.
    Thread.detachNewThread { [weak self] in
      defer { close(listener) }
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        self?.serve(connection)
        close(connection)
      }
    }
  }

  deinit {
    shutdown(listener, CInt(SHUT_RDWR))
  }

  private func serve(_ connection: CInt) {
    guard let (path, request) = read(connection) else { return }
    let (status, body): (Int, String)
    if let probe = request.firstMatch(of: /imprune-probe-[0-9a-f]{16}/).map({ String($0.0) }) {
      probed.withLock { $0.append(probe) }
      let isLook = path.contains("account_check")
      return say(
        200,
        """
        {"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ResultItem":[{"UserID":"\(probe)",\
        "ResultCode":\(isLook ? 0 : 70107),"AccountStatus":"NotImported"}]}
        """, connection)
    }
    requested.withLock { $0.append(path) }
    switch answer(path) {
    case .headed(let lines, let text): return say(200, text, connection, lines)
    case .body(let text): (status, body) = (200, text)
    case .status(let number): (status, body) = (number, "<html>nothing to see</html>")
    case .cut: return
    case .silence:
      // Reads on until the client closes the connection.
      _ = read(connection)
      return
    }
    say(status, body, connection)
  }

  private func say(_ status: Int, _ body: String, _ connection: CInt, _ lines: [String] = []) {
    let text =
      "HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\nLocation: /elsewhere\r\n"
      + lines.map { $0 + "\r\n" }.joined() + "Connection: close\r\n\r\n" + body
    let bytes = Array(text.utf8)
    _ = unsafe send(connection, bytes, bytes.count, CInt(MSG_NOSIGNAL))
  }

  /// Reads a complete request; its path and its text, or nil if there was none.
  private func read(_ connection: CInt) -> (path: String, text: String)? {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      text += String(decoding: buffer.prefix(count), as: UTF8.self)
      guard let head = text.firstRange(of: "\r\n\r\n") else { continue }
      let length = text.firstMatch(of: /Content-Length: (\d+)/).flatMap { Int($0.1) } ?? 0
      if text[head.upperBound...].utf8.count >= length {
        return text.split(separator: " ").dropFirst().first.map {
          (String($0.prefix { $0 != "?" }), text)
        }
      }
    }
  }
}
