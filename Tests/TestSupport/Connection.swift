import Glibc

/// The server's end of one connection, used by one thread.
package final class Connection {
  /// 1 for the first connection that the server accepted.
  package let number: Int

  private let socket: CInt
  private let listener: BoundPort
  private var unread: [UInt8] = []

  init(socket: CInt, listener: BoundPort, number: Int) {
    self.socket = socket
    self.listener = listener
    self.number = number
  }

  /// Makes the server refuse further connections.
  package func stopListening() {
    listener.shutDown()
  }

  /// The next complete request; nil when the client has closed the connection.
  package func readRequest() -> ReceivedRequest? {
    while true {
      if let request = ReceivedRequest(parsing: &unread) { return request }
      guard readMore() else { return nil }
    }
  }

  /// Returns when the client has closed the connection.
  package func waitForClose() {
    while readMore() {}
  }

  /// Sends text unchanged, including header lines.
  package func send(_ text: String) { send(Array(text.utf8)) }

  package func send(_ content: [UInt8]) {
    var bytes = content[...]
    while !bytes.isEmpty {
      let sent = unsafe bytes.withUnsafeBytes { bytes in
        unsafe Glibc.send(socket, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
      }
      guard sent > 0 else { return }
      bytes = bytes.dropFirst(sent)
    }
  }

  /// Sends a complete response.
  package func answer(_ status: String = "200 OK", headers: [String] = [], body: String = "") {
    let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
    send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
  }

  /// Closes the sending direction.
  package func close() {
    shutdown(socket, CInt(SHUT_RDWR))
  }

  private func readMore() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    let count = unsafe recv(socket, &buffer, buffer.count, 0)
    if count > 0 { unread += buffer.prefix(count) }
    return count > 0
  }
}

/// A request as the server received it.
package struct ReceivedRequest: Sendable {
  /// The request line, as `POST /path HTTP/1.1`.
  package let line: String
  /// The header lines, in lower case.
  package let headers: [String]
  private let lines: [Substring]
  package let body: [UInt8]

  package var text: String { String(decoding: body, as: UTF8.self) }

  /// The value of a header, unchanged; its name is in lower case.
  package func value(of header: String) -> String? {
    lines.first { $0.lowercased().hasPrefix(header + ": ") }
      .map { String($0.dropFirst(header.utf8.count + 2)) }
  }

  /// Removes a complete request from the front of `bytes`; nil if it is incomplete.
  init?(parsing bytes: inout [UInt8]) {
    let end = Array("\r\n\r\n".utf8)
    guard let headEnd = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else {
      return nil
    }
    let lines = String(decoding: bytes[..<headEnd], as: UTF8.self).split(separator: "\r\n")
    let headers = lines.dropFirst().map { $0.lowercased() }
    let lengths = headers.compactMap { header in
      header.hasPrefix("content-length: ") ? Int(header.dropFirst(16)) : nil
    }
    let bodyStart = headEnd + end.count
    let bodyEnd = bodyStart + (lengths.first ?? 0)
    guard bytes.count >= bodyEnd, let line = lines.first else { return nil }
    self.line = String(line)
    self.headers = headers
    self.lines = Array(lines.dropFirst())
    body = Array(bytes[bodyStart..<bodyEnd])
    bytes.removeFirst(bodyEnd)
  }
}
