import Dispatch
import Synchronization
import Glibc

extension Process {
  fileprivate static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard unsafe sigaction(number, nil, &action) == 0 else { return false }
    let handler = unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
    let ignoring = unsafe unsafeBitCast(SIG_IGN, to: Int.self)
    return handler == ignoring
  }

  /// Calls `take` on its own thread with each of these signals, in place of their default action,
  /// until the returned value is released. Of several watches, the newest gets a signal.
  package static func watchSignals(
    _ numbers: [Int32], _ take: @escaping @Sendable (Int32) -> Void
  ) -> SignalWatch {
    SignalWatch(SignalSources.shared.begin(numbers, take))
  }

  /// Ends this process as a signal does by default.
  static func end(bySignal number: Int32) -> Never {
    _ = signal(number, SIG_DFL)
    var set = sigset_t()
    unsafe sigemptyset(&set)
    unsafe sigaddset(&set, number)
    unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
    raise(number)
    leave(128 + number)
  }
}

/// Watched signals, until this value goes: then the watch before it gets them, or they have their
/// default action.
package final class SignalWatch: Sendable {
  private let number: Int

  fileprivate init(_ number: Int) {
    self.number = number
  }

  deinit { SignalSources.shared.end(number) }
}

/// The sources of signals, which stay until the process ends: a source that is made while an earlier
/// one of the same signal is being canceled may never fire.
private final class SignalSources: Sendable {
  static let shared = SignalSources()

  private struct Watch {
    let number: Int
    let signals: [Int32]
    let take: @Sendable (Int32) -> Void
  }

  private struct Content {
    var sources: [Int32: any DispatchSourceSignal] = [:]
    /// The newest last.
    var watches: [Watch] = []
    var last = 0
  }

  private let content = Mutex(Content())
  private let queue = DispatchQueue(label: "imprune.signals")

  /// Returns the number of the watch.
  func begin(_ numbers: [Int32], _ take: @escaping @Sendable (Int32) -> Void) -> Int {
    content.withLock { content in
      // A signal ignored from the start, as under nohup, stays ignored.
      let numbers = numbers.filter { content.sources[$0] != nil || !Process.isIgnored($0) }
      content.last += 1
      content.watches.append(Watch(number: content.last, signals: numbers, take: take))
      for number in numbers where content.sources[number] == nil {
        // Before the source: it installs a handler of its own.
        _ = signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler { self.deliver(number) }
        source.resume()
        content.sources[number] = source
      }
      return content.last
    }
  }

  func end(_ watch: Int) {
    content.withLock { $0.watches.removeAll { $0.number == watch } }
  }

  /// A signal that no watch wants ends the process, as it does by default.
  private func deliver(_ number: Int32) {
    let watch = content.withLock { $0.watches.last { $0.signals.contains(number) } }
    guard let watch else { Process.end(bySignal: number) }
    watch.take(number)
  }
}
