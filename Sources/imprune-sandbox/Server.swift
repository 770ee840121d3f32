import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// The sockets: HTTP/1.1 with connections that stay open, on one event loop.
struct Server {
  private let group: MultiThreadedEventLoopGroup
  private let channel: any Channel

  /// Listens on `host` and `port` (0: any free one); each answer to a call waits for `latency`, and
  /// each request reaches the service late by `jitter`.
  ///
  /// - Throws: What the system says when the address cannot be had.
  init(
    host: String, port: Int, backend: Backend, facts: Facts = Facts(), latency: Duration,
    jitter: Jitter
  ) throws {
    // One thread: calls are answered in the order in which they arrive, and times are comparable.
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withErrorHandling: true)
          try channel.pipeline.syncOperations.addHandler(
            HTTPHandler(
              backend: backend, facts: facts, latency: TimeAmount(latency), jitter: jitter))
        }
      }
    do {
      channel = try bootstrap.bind(host: host, port: port).wait()
    } catch {
      try? group.syncShutdownGracefully()
      throw error
    }
    self.group = group
  }

  /// Host and port as they stand in a URL.
  static func authority(_ host: String, _ port: Int) -> String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// Why an address cannot be had, in words.
  static func describe(_ error: any Error) -> String {
    switch (error as? IOError)?.errnoCode {
    case EADDRINUSE: "another program listens on it"
    case EACCES: "permission denied"
    case EADDRNOTAVAIL: "this machine does not have this address"
    case .some(let code): "errno \(code)"
    case nil: "\(error)"
    }
  }

  /// The port that the server listens on.
  var port: Int? { channel.localAddress?.port }

  /// Closes all connections; answers still waiting for their latency are dropped.
  func stop() throws {
    try group.syncShutdownGracefully()
  }
}
