import Dispatch
package import PruneCore
import Synchronization

/// Appends to a journal, away from the loop that sends, so that it never waits for the disk: what
/// waits is written together and made durable with one fdatasync.
///
/// Nothing is confirmed as durable unless, after it was written, the paths of lock, journal and state
/// still lead to the files of the run: another process that had taken the lock by then may have read
/// the journal without it. For the same reason it is asked before every send (`admits`).
package final class JournalWriter: Sendable {
  private struct Content {
    var copy: JournalCopy
    var waiting: [UInt8] = []
    var ticket: JournalTicket?
    var hasFailed = false
  }

  private let run: RunFiles
  private let content: Mutex<Content>
  private let later: @Sendable (@escaping @Sendable () -> Void) -> Void
  private let post: @Sendable (ApplyEvent) -> Void

  /// `later` calls what it is given, one at a time, in order and not at once; `post` is called from
  /// within, with `.durable`, `.journalFailed` and `.filesLost`, and by `admits`.
  package init(
    _ run: RunFiles,
    later: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void = onThread(),
    post: @escaping @Sendable (ApplyEvent) -> Void
  ) {
    self.run = run
    content = Mutex(Content(copy: JournalCopy(run.header)))
    self.later = later
    self.post = post
  }

  /// All that was appended.
  package var copy: JournalCopy {
    content.withLock { content in
      var copy = content.copy
      copy.isOnDisk = !content.hasFailed
      return copy
    }
  }

  /// Calls on a thread of its own.
  package static func onThread() -> @Sendable (@escaping @Sendable () -> Void) -> Void {
    let queue = DispatchQueue(label: "imprune.journal")
    return { queue.async(execute: $0) }
  }

  /// Whether a call may be sent as far as the run's files go. If not, it is posted that they are lost
  /// and the call is not sent: another process may have read the journal by now, and sent these users
  /// itself.
  package func admits(_ id: SendID, _ call: Call) -> Bool {
    guard call.operation != nil, let loss = run.lock.loss() else { return true }
    post(.filesLost(loss.description))
    post(.answered(id, .notSent(loss.description)))
    return false
  }

  package func append(_ records: [JournalRecord], _ ticket: JournalTicket) {
    var bytes: [UInt8] = []
    for record in records { record.append(to: &bytes) }
    append(bytes, ticket)
  }

  func append(_ bytes: [UInt8], _ ticket: JournalTicket) {
    content.withLock {
      $0.copy.append(bytes)
      $0.waiting.append(contentsOf: bytes)
      $0.ticket = ticket
    }
    later { self.flush() }
  }

  private func flush() {
    let (bytes, ticket, size) = content.withLock { content -> ([UInt8], JournalTicket?, Int) in
      // After a failure all is kept in memory alone.
      if content.hasFailed { return ([], nil, 0) }
      defer {
        content.waiting = []
        content.ticket = nil
      }
      return (content.waiting, content.ticket, content.copy.bytes)
    }
    guard let ticket else { return }
    do throws(SystemError) {
      try run.journal.write(bytes)
      try run.journal.syncData()
    } catch {
      // What a failed fdatasync left on disk is not known, so nothing more is written.
      fail(.journalFailed(error.description))
      return
    }
    if let loss = run.loss(journalBytes: size) {
      fail(.filesLost(loss.description))
    } else {
      post(.durable(ticket))
    }
  }

  private func fail(_ event: ApplyEvent) {
    content.withLock { $0.hasFailed = true }
    post(event)
  }
}
