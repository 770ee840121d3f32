import Dispatch
package import PruneCore
import Synchronization

/// Appends to a journal, outside the sending loop, so that the loop never waits for the disk:
/// waiting appends are written together and made durable with one fdatasync.
///
/// It reports an append as durable only if, after the write, the paths of lock, journal and state
/// still lead to the run's files: otherwise another process may have taken the lock and read the
/// journal without the append. For the same reason it is asked before every send (`admits`).
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

  /// `later` runs its closures one at a time, in order and asynchronously; `post` is called from
  /// them, with `.durable`, `.journalFailed` and `.filesLost`, and by `admits`.
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

  /// Everything that was appended.
  package var copy: JournalCopy {
    content.withLock { content in
      var copy = content.copy
      copy.isOnDisk = !content.hasFailed
      return copy
    }
  }

  /// Runs closures on its own thread.
  package static func onThread() -> @Sendable (@escaping @Sendable () -> Void) -> Void {
    let queue = DispatchQueue(label: "imprune.journal")
    return { queue.async(execute: $0) }
  }

  /// Whether a call may be sent, as far as the run's files are concerned. If not, posts that they
  /// are lost, and the call is not sent: another process may have read the journal by now, and sent
  /// these users itself.
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
      // After a failure everything stays in memory.
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
      // It is unknown what a failed fdatasync left on disk, so nothing more is written.
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
