import CCurl
import Glibc

/// The owner of an epoll: descriptors that the kernel watches, however many, at the cost of those
/// that are ready.
@safe
final class WatchedSockets {
  /// One descriptor that is ready.
  struct Ready {
    var descriptor: CInt
    var isReadable: Bool
    var isWritable: Bool
    var hasFailed: Bool
  }

  /// The most that one wait reports; the next one reports the rest.
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

  /// Watches a descriptor for these from now on; false if the kernel will not.
  func watch(_ descriptor: CInt, reading: Bool, writing: Bool) -> Bool {
    var event = unsafe epoll_event()
    unsafe event.events =
      (reading ? EPOLLIN.rawValue : 0) | (writing ? EPOLLOUT.rawValue : 0)
    unsafe event.data.fd = descriptor
    return unsafe epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event) == 0
      || epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0
  }

  /// Watches a descriptor no more. It may be closed already: the kernel has then let go of it.
  func forget(_ descriptor: CInt) {
    _ = epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
  }

  /// Sleeps until a descriptor is ready, for at most so many milliseconds; also a signal ends it.
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
