private import Glibc

/// SIGINT and SIGTERM as something to wait for.
///
/// `block` comes before any other thread is started, so that all of them inherit the mask and the
/// signals go to `wait` only.
enum StopSignal {
  /// Keeps the signals from ending the process.
  static func block() {
    var signals = set()
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// Returns once one of the signals has come.
  static func wait() {
    var signals = set()
    var signal: Int32 = 0
    while unsafe sigwait(&signals, &signal) != 0 {}
  }

  private static func set() -> sigset_t {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGINT)
    unsafe sigaddset(&signals, SIGTERM)
    return signals
  }
}
