import Dispatch
package import PruneCore
import Synchronization

/// Appends to a journal, away from the loop that sends, so that it never waits for the disk: what
/// waits is written together and made durable with one fdatasync.
package final class JournalWriter: Sendable {
  private struct Waiting {
    var bytes: [UInt8] = []
    var ticket: JournalTicket?
    var hasFailed = false
  }

  private let file: any DiskFile
  private let waiting = Mutex(Waiting())
  private let later: @Sendable (@escaping @Sendable () -> Void) -> Void
  private let post: @Sendable (ApplyEvent) -> Void

  /// `later` calls what it is given, one at a time, in order and not at once; `post` is called from
  /// within, with `.durable` and `.journalFailed`.
  package init(
    _ file: any DiskFile,
    later: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void = onThread(),
    post: @escaping @Sendable (ApplyEvent) -> Void
  ) {
    self.file = file
    self.later = later
    self.post = post
  }

  /// Calls on a thread of its own.
  package static func onThread() -> @Sendable (@escaping @Sendable () -> Void) -> Void {
    let queue = DispatchQueue(label: "imprune.journal")
    return { queue.async(execute: $0) }
  }

  package func append(_ bytes: [UInt8], _ ticket: JournalTicket) {
    waiting.withLock {
      $0.bytes.append(contentsOf: bytes)
      $0.ticket = ticket
    }
    later { self.flush() }
  }

  private func flush() {
    let (bytes, ticket) = waiting.withLock { waiting in
      defer {
        waiting.bytes = []
        waiting.ticket = nil
      }
      return (waiting.bytes, waiting.hasFailed ? nil : waiting.ticket)
    }
    guard let ticket else { return }
    do throws(SystemError) {
      try file.write(bytes)
      try file.syncData()
      post(.durable(ticket))
    } catch {
      // What a failed fdatasync left on disk is not known, so nothing more is written.
      waiting.withLock { $0.hasFailed = true }
      post(.journalFailed(error.description))
    }
  }
}
