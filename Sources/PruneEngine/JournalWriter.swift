import Dispatch
package import PruneCore
import Synchronization

/// What a run wrote to its journal that may not be on disk, because the disk failed.
package struct JournalTail: Equatable, Sendable {
  /// How many bytes of the journal are on disk for sure.
  package var durable: Int
  /// What follows them.
  package var unsaved: [UInt8]
}

/// Appends to a journal, away from the loop that sends, so that it never waits for the disk: what
/// waits is written together and made durable with one fdatasync.
package final class JournalWriter: Sendable {
  private struct Waiting {
    var bytes: [UInt8] = []
    var ticket: JournalTicket?
    var hasFailed = false
    var durable: Int
  }

  private let file: any DiskFile
  private let waiting: Mutex<Waiting>
  private let later: @Sendable (@escaping @Sendable () -> Void) -> Void
  private let post: @Sendable (ApplyEvent) -> Void

  /// `later` calls what it is given, one at a time, in order and not at once; `post` is called from
  /// within, with `.durable` and `.journalFailed`.
  package init(
    _ journal: BegunJournal,
    later: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void = onThread(),
    post: @escaping @Sendable (ApplyEvent) -> Void
  ) {
    file = journal.file
    waiting = Mutex(Waiting(durable: journal.bytes))
    self.later = later
    self.post = post
  }

  /// What may not be on disk, once the disk has failed; nil as long as it has not.
  package var tail: JournalTail? {
    waiting.withLock { waiting in
      waiting.hasFailed ? JournalTail(durable: waiting.durable, unsaved: waiting.bytes) : nil
    }
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
    let (bytes, ticket) = waiting.withLock { waiting -> ([UInt8], JournalTicket?) in
      // After a failure all is kept in memory.
      if waiting.hasFailed { return ([], nil) }
      defer {
        waiting.bytes = []
        waiting.ticket = nil
      }
      return (waiting.bytes, waiting.ticket)
    }
    guard let ticket else { return }
    do throws(SystemError) {
      try file.write(bytes)
      try file.syncData()
      waiting.withLock { $0.durable += bytes.count }
      post(.durable(ticket))
    } catch {
      // What a failed fdatasync left on disk is not known, so nothing more is written.
      waiting.withLock { waiting in
        waiting.hasFailed = true
        waiting.bytes = bytes + waiting.bytes
      }
      post(.journalFailed(error.description))
    }
  }
}
