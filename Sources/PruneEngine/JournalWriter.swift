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
///
/// An intent is written at once, since its sending waits for it. An outcome may wait for the next
/// intent, which in a run at its pace comes sooner than it would matter: one fdatasync for both.
package final class JournalWriter: Sendable {
  private struct Waiting {
    var bytes: [UInt8] = []
    var ticket: JournalTicket?
    var hasFailed = false
    /// Whether a turn is coming by itself, because only outcomes wait.
    var isTurnComing = false
    var durable: Int
  }

  /// Where the writer's work is done: each calls what it is given, one at a time, in order and not
  /// at once.
  package struct Turns: Sendable {
    package typealias Work = @Sendable () -> Void

    /// As soon as what was given before is done.
    package var next: @Sendable (@escaping Work) -> Void
    /// After `longestWait`.
    package var later: @Sendable (@escaping Work) -> Void

    package init(
      next: @escaping @Sendable (@escaping Work) -> Void,
      later: @escaping @Sendable (@escaping Work) -> Void
    ) {
      self.next = next
      self.later = later
    }

    /// How long an outcome waits for an intent, in milliseconds.
    package static let longestWait = 20

    /// On a thread of its own.
    package static func onThread() -> Turns {
      let queue = DispatchQueue(label: "imprune.journal")
      return Turns(
        next: { queue.async(execute: $0) },
        later: { queue.asyncAfter(deadline: .now() + .milliseconds(longestWait), execute: $0) })
    }
  }

  private let file: any DiskFile
  private let waiting: Mutex<Waiting>
  private let turns: Turns
  private let post: @Sendable (ApplyEvent) -> Void

  /// `post` is called in a turn, with `.durable` and `.journalFailed`.
  package init(
    _ journal: BegunJournal, turns: Turns = .onThread(),
    post: @escaping @Sendable (ApplyEvent) -> Void
  ) {
    file = journal.file
    waiting = Mutex(Waiting(durable: journal.bytes))
    self.turns = turns
    self.post = post
  }

  /// What may not be on disk, once the disk has failed; nil as long as it has not.
  package var tail: JournalTail? {
    waiting.withLock { waiting in
      waiting.hasFailed ? JournalTail(durable: waiting.durable, unsaved: waiting.bytes) : nil
    }
  }

  /// Appends bytes whose being durable is told by the ticket; `mayWait` says that nothing is held
  /// up by it.
  package func append(_ bytes: [UInt8], _ ticket: JournalTicket, mayWait: Bool = false) {
    let isTurnComing = waiting.withLock { waiting in
      waiting.bytes.append(contentsOf: bytes)
      waiting.ticket = ticket
      defer { if mayWait { waiting.isTurnComing = true } }
      return waiting.isTurnComing
    }
    if !mayWait {
      turns.next { self.flush() }
    } else if !isTurnComing {
      turns.later { self.flush() }
    }
  }

  private func flush() {
    let (bytes, ticket) = waiting.withLock { waiting -> ([UInt8], JournalTicket?) in
      waiting.isTurnComing = false
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
