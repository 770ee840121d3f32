import Dispatch
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
    let queue = DispatchQueue(label: "imprune.signals")
    // A signal ignored from the start, as under nohup, stays ignored.
    let numbers = numbers.filter { !isIgnored($0) }
    let sources = numbers.map { number in
      _ = signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { take(number) }
      source.resume()
      return source
    }
    return SignalWatch(sources: sources, numbers: numbers)
  }
}

/// Watched signals; they get their default action back on deinit.
package final class SignalWatch {
  private let sources: [any DispatchSourceSignal]
  private let numbers: [Int32]

  init(sources: [any DispatchSourceSignal], numbers: [Int32]) {
    self.sources = sources
    self.numbers = numbers
  }

  deinit {
    for source in sources { source.cancel() }
    for number in numbers { _ = signal(number, SIG_DFL) }
  }
}
