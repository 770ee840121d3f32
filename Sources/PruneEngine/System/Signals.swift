import Dispatch
import Synchronization
import Glibc

extension Process {
  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard unsafe sigaction(number, nil, &action) == 0 else { return false }
    let handler = unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
    let ignoring = unsafe unsafeBitCast(SIG_IGN, to: Int.self)
    return handler == ignoring
  }

  /// Calls `take` on its own thread with each of these signals, in place of their default action,
  /// until the returned value is released.
  package static func watchSignals(
    _ numbers: [Int32], _ take: @escaping @Sendable (Int32) -> Void
  ) -> SignalWatch {
    // A signal ignored from the start, as under nohup, stays ignored.
    let numbers = numbers.filter { !isIgnored($0) }
    SignalSources.shared.begin(numbers, take)
    return SignalWatch(numbers)
  }
}

/// Watched signals; they get their default action back on deinit. One watch exists at a time.
package final class SignalWatch {
  private let numbers: [Int32]

  init(_ numbers: [Int32]) {
    self.numbers = numbers
  }

  deinit { SignalSources.shared.end(numbers) }
}

/// The sources of signals, which stay until the process ends: a source that is made while an earlier
/// one of the same signal is being canceled may never fire.
private final class SignalSources: Sendable {
  static let shared = SignalSources()

  private struct Content {
    var sources: [Int32: any DispatchSourceSignal] = [:]
    var take: (@Sendable (Int32) -> Void)?
  }

  private let content = Mutex(Content())
  private let queue = DispatchQueue(label: "imprune.signals")

  func begin(_ numbers: [Int32], _ take: @escaping @Sendable (Int32) -> Void) {
    content.withLock { content in
      content.take = take
      for number in numbers {
        _ = signal(number, SIG_IGN)
        if content.sources[number] != nil { continue }
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler { self.deliver(number) }
        source.resume()
        content.sources[number] = source
      }
    }
  }

  func end(_ numbers: [Int32]) {
    content.withLock { content in
      content.take = nil
      for number in numbers { _ = signal(number, SIG_DFL) }
    }
  }

  private func deliver(_ number: Int32) {
    content.withLock(\.take)?(number)
  }
}
