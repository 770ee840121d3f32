import Dispatch
package import PruneCore
import Synchronization

/// Appends to a journal, outside the sending loop, so that the loop never waits for the disk:
/// waiting appends are written together and made durable with one fdatasync.
///
/// It reports an append as durable only if, after the write, the paths of lock, journal and state
/// still lead to the run's files: otherwise another process may have taken the lock and read the
/// journal without the append. For the same reason it is asked before every send (`admits`).
///
/// The tags of users who are about to be cleared are durable before any later append is.
package final class JournalWriter: Sendable {
  private struct Content {
    var copy: JournalCopy
    var waiting: [UInt8] = []
    var ticket: JournalTicket?
    /// Lines of a tag file, for this many users.
    var tags: [UInt8] = []
    var taggedUsers = 0
    var hasFailed = false
  }

  private let run: RunFiles
  private let content: Mutex<Content>
  /// Used on the thread of `later`, and after the run.
  private let tagFile: Mutex<TagFileWriter>
  private let later: @Sendable (@escaping @Sendable () -> Void) -> Void
  private let post: @Sendable (ApplyEvent) -> Void

  /// `later` runs its closures one at a time, in order and asynchronously; `post` is called from
  /// them, with `.durable`, `.journalFailed`, `.filesLost` and `.deposed`, and by `admits`.
  package init(
    _ run: RunFiles, tagsAPI: TagsAPI,
    later: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void = onThread(),
    post: @escaping @Sendable (ApplyEvent) -> Void
  ) {
    self.run = run
    content = Mutex(Content(copy: JournalCopy(run.header)))
    let header = run.header
    tagFile = Mutex(
      TagFileWriter(
        run.files,
        TagFileHeader(
          app: header.app, service: header.service, lineage: header.lineage, run: header.run,
          api: tagsAPI)))
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
    post(loss.event)
    post(.answered(id, .notSent(loss.description)))
    return false
  }

  package func append(_ records: [JournalRecord], _ ticket: JournalTicket) {
    var bytes: [UInt8] = []
    for record in records { record.append(to: &bytes) }
    append(bytes, ticket)
  }

  /// Saves tags; an append that follows is durable only after them.
  package func save(_ tags: [SavedTags]) {
    var lines: [UInt8] = []
    for user in tags { user.append(to: &lines) }
    content.withLock {
      $0.tags.append(contentsOf: lines)
      $0.taggedUsers += tags.count
    }
  }

  /// Ends the tag file after the run; nil if no tags were saved.
  func endTags() -> SavedTagFile? { tagFile.withLock { $0.end() } }

  func append(_ bytes: [UInt8], _ ticket: JournalTicket) {
    content.withLock {
      $0.copy.append(bytes)
      $0.waiting.append(contentsOf: bytes)
      $0.ticket = ticket
    }
    later { self.flush() }
  }

  private func flush() {
    guard let next = takeWaiting(), let ticket = next.ticket else { return }
    do throws(SystemError) {
      if next.taggedUsers > 0 { try write(next.tags, users: next.taggedUsers) }
      if !next.waiting.isEmpty {
        try run.journal.write(next.waiting)
        try run.journal.syncData()
      }
    } catch {
      // It is unknown what a failed fdatasync left on disk, so nothing more is written.
      fail(
        run.lock.loss()?.event ?? .journalFailed(error.description))
      return
    }
    if let loss = tagFile.withLock(\.loss) ?? run.loss(journalBytes: next.copy.bytes) {
      fail(loss.event)
    } else {
      post(.durable(ticket))
    }
  }

  /// Takes what waits to be written. Nil if no append waits: tags wait for the next one, which makes
  /// them durable. Nil after a failure, too, when everything stays in memory.
  private func takeWaiting() -> Content? {
    content.withLock { content in
      if content.hasFailed || content.ticket == nil { return nil }
      defer {
        content.waiting = []
        content.ticket = nil
        content.tags = []
        content.taggedUsers = 0
      }
      return content
    }
  }

  private func write(_ tags: [UInt8], users: Int) throws(SystemError) {
    let failure = tagFile.withLock { file -> SystemError? in
      do throws(SystemError) {
        try file.write(tags, users: users)
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
  }

  private func fail(_ event: ApplyEvent) {
    content.withLock { $0.hasFailed = true }
    post(event)
  }
}
