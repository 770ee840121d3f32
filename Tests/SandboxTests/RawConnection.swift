import Glibc

/// A TCP connection to this machine that sends and receives exactly the bytes it is told to, so
/// that a test can send what no HTTP client would.
final class RawConnection {
  struct Failure: Error {
    var call: String
    var errno: Int32
  }

  private let descriptor: Int32
  private var received: [UInt8] = []

  /// Connects to 127.0.0.1.
  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw Failure(call: "socket", errno: errno) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
    let result = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw Failure(call: "connect", errno: errno) }
    // A server that fails to answer fails the test instead of holding it up for ever.
    var patience = timeval(tv_sec: 30, tv_usec: 0)
    unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit {
    close(descriptor)
  }

  /// Sends all of `text`.
  func send(_ text: String) throws {
    var left = Array(text.utf8)[...]
    while !left.isEmpty {
      let count = unsafe left.withUnsafeBytes { buffer in
        unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Failure(call: "send", errno: errno) }
      left = left.dropFirst(count)
    }
  }

  /// The next response: its head and, as long as its content-length says, its body.
  func response() throws -> (head: String, body: String) {
    let end = Array("\r\n\r\n".utf8)
    var headLength: Int?
    while headLength == nil {
      headLength = received.indices.first { received[$0...].starts(with: end) }
      if headLength != nil { break }
      guard try receive() else { throw Failure(call: "recv", errno: 0) }
    }
    let head = String(decoding: received.prefix(headLength ?? 0), as: UTF8.self)
    received.removeFirst((headLength ?? 0) + end.count)
    let length = head.split(separator: "\r\n").compactMap { line in
      line.hasPrefix("content-length: ") ? Int(line.dropFirst("content-length: ".count)) : nil
    }.first
    while received.count < length ?? 0 {
      guard try receive() else { throw Failure(call: "recv", errno: 0) }
    }
    let body = String(decoding: received.prefix(length ?? 0), as: UTF8.self)
    received.removeFirst(length ?? 0)
    return (head, body)
  }

  /// All that comes until the other side closes.
  func untilEnd() throws -> String {
    while try receive() {}
    defer { received = [] }
    return String(decoding: received, as: UTF8.self)
  }

  /// Whether anything has come that was not asked for yet; does not wait.
  func hasBytes() throws -> Bool {
    var byte: UInt8 = 0
    return unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0
  }

  /// Whether the other side has closed and nothing unread is left.
  func isAtEnd() throws -> Bool {
    guard received.isEmpty else { return false }
    return !(try receive())
  }

  /// Waits for bytes; false at the end of the connection.
  private func receive() throws -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
    // A reset is an end as well: the other side may close before it has read everything.
    if count < 0 && errno == ECONNRESET { return false }
    guard count >= 0 else { throw Failure(call: "recv", errno: errno) }
    received += buffer.prefix(count)
    return count > 0
  }
}
