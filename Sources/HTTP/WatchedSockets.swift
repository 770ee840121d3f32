import CCurl
import Glibc

/// The owner of an epoll instance: the kernel watches any number of descriptors, at the cost of the
/// ready ones.
@safe
final class WatchedSockets {
  /// One descriptor that is ready.
  struct Ready {
    var descriptor: CInt
    var isReadable: Bool
    var isWritable: Bool
    var hasFailed: Bool
  }

  /// The maximum that one wait reports; the next wait reports the rest.
  private static let most = 64

  private let epoll: CInt
  private var events = unsafe [epoll_event](repeating: epoll_event(), count: most)

  init() throws(HTTPError) {
    epoll = epoll_create1(CInt(EPOLL_CLOEXEC))
    guard epoll >= 0 else { throw HTTPError("no epoll: \(lastSystemError())") }
  }

  deinit {
    close(epoll)
  }

  /// Watches a descriptor for these events from now on; false if the kernel refuses.
  func watch(_ descriptor: CInt, reading: Bool, writing: Bool) -> Bool {
    var event = unsafe epoll_event()
    unsafe event.events =
      (reading ? EPOLLIN.rawValue : 0) | (writing ? EPOLLOUT.rawValue : 0)
    unsafe event.data.fd = descriptor
    return unsafe epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event) == 0
      || epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0
  }

  /// Stops watching a descriptor. It may be closed already: the kernel has then removed it.
  func forget(_ descriptor: CInt) {
    _ = epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
  }

  /// Sleeps until a descriptor is ready, at most this many milliseconds; a signal also ends it.
  func wait(milliseconds: CInt) throws(HTTPError) -> [Ready] {
    let count = unsafe epoll_wait(epoll, &events, CInt(Self.most), milliseconds)
    guard count >= 0 || errno == EINTR else {
      throw HTTPError("the sockets cannot be waited for: \(lastSystemError())")
    }
    return (0..<max(0, Int(count))).map { index in
      let event = unsafe events[index]
      let bits = unsafe event.events
      return Ready(
        descriptor: unsafe event.data.fd,
        isReadable: bits & EPOLLIN.rawValue != 0, isWritable: bits & EPOLLOUT.rawValue != 0,
        hasFailed: bits & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0)
    }
  }
}
