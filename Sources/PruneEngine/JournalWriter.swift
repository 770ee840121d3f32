import Dispatch
import PruneCore
import Synchronization

/// Appends to a journal on a thread of its own: what waits is written together and made durable
/// with one fdatasync, so that the loop that sends never waits for the disk.
final class JournalWriter: Sendable {
  private struct Waiting {
    var bytes: [UInt8] = []
    var ticket: JournalTicket?
    var hasFailed = false
  }

  private let file: File
  private let waiting = Mutex(Waiting())
  private let queue = DispatchQueue(label: "imprune.journal")
  private let post: @Sendable (ApplyEvent) -> Void

  /// `post` is called from the writer's thread with `.durable` and `.journalFailed`.
  init(_ file: File, post: @escaping @Sendable (ApplyEvent) -> Void) {
    self.file = file
    self.post = post
  }

  func append(_ bytes: [UInt8], _ ticket: JournalTicket) {
    waiting.withLock {
      $0.bytes.append(contentsOf: bytes)
      $0.ticket = ticket
    }
    queue.async { self.flush() }
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
