import Glibc
import Synchronization

/// An HTTP server of sockets and threads on 127.0.0.1 that does exactly what a test says.
///
/// Each accepted connection gets its own thread that runs `serve` and then closes the connection.
package final class TestServer: Sendable {
  private let listener: BoundPort
  private let sockets = OpenSockets()

  package var port: UInt16 { listener.port }

  /// How many connections were accepted so far.
  package var accepted: Int { sockets.accepted }

  package init(_ serve: @escaping @Sendable (Connection) -> Void) throws {
    let listener = try BoundPort()
    self.listener = listener
    guard listen(listener.socket, 512) == 0 else { throw SocketError() }
    // The threads must not keep the server alive, since its deinit ends them.
    startThread { [sockets] in
      while true {
        let socket = accept(listener.socket, nil, nil)
        guard socket >= 0, let number = sockets.add(socket) else { break }
        startThread {
          serve(Connection(socket: socket, listener: listener, number: number))
          sockets.close(socket)
        }
      }
    }
  }

  deinit {
    listener.shutDown()
    sockets.shutDown()
  }

  /// The URL of `path` on this server.
  package func url(_ path: String = "/") -> String {
    "http://127.0.0.1:\(port)\(path)"
  }
}

/// The sockets of a server's connections. Only this class closes them, so that none is shut down
/// when its number already belongs to another socket.
private final class OpenSockets: Sendable {
  private struct State {
    var accepted = 0
    var sockets: Set<CInt> = []
    var isOver = false
  }

  private let state = Mutex(State())

  var accepted: Int { state.withLock { $0.accepted } }

  /// Takes over a socket and returns its number, from 1; closes it if the server is gone.
  func add(_ socket: CInt) -> Int? {
    state.withLock { state in
      guard !state.isOver else {
        Glibc.close(socket)
        return nil
      }
      state.accepted += 1
      state.sockets.insert(socket)
      return state.accepted
    }
  }

  /// Ends a connection.
  func close(_ socket: CInt) {
    state.withLock { state in
      state.sockets.remove(socket)
      // A process started by another test may hold the socket too.
      shutdown(socket, CInt(SHUT_RDWR))
      Glibc.close(socket)
    }
  }

  /// Shuts down all connections; their threads close the sockets.
  func shutDown() {
    state.withLock { state in
      state.isOver = true
      for socket in state.sockets { shutdown(socket, CInt(SHUT_RDWR)) }
    }
  }
}

/// A TCP port of 127.0.0.1, reserved as long as this value lives, on which no process listens.
package final class BoundPort: Sendable {
  package let port: UInt16
  package let socket: CInt

  package init() throws {
    socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let socket = socket
    let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        unsafe bind(socket, generic, length) == 0 ? getsockname(socket, generic, &length) : -1
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    guard code == 0 else { throw SocketError() }
  }

  deinit {
    close(socket)
  }

  /// Stops listening for good, including a waiting `accept`.
  package func shutDown() {
    shutdown(socket, CInt(SHUT_RDWR))
  }
}

/// The system's message for the error of the last call.
package struct SocketError: Error, CustomStringConvertible {
  package let description = unsafe String(cString: strerror(errno))

  package init() {}
}

/// Runs `body` on its own thread.
package func startThread(_ body: @escaping @Sendable () -> Void) {
  final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  let code = unsafe pthread_create(
    &thread, nil,
    { context in
      if let context = unsafe context {
        unsafe Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
      }
      return nil
    }, Unmanaged.passRetained(Box(body)).toOpaque())
  precondition(code == 0, "no thread")
  pthread_detach(thread)
}
