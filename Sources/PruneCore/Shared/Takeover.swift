/// Decides how a command takes a shared state (docs/architecture.md, "Shared states").
///
/// The caller performs each step and reports its result; the machine performs nothing. The same
/// results give the same steps.
package struct Takeover {
  /// What to do next.
  package enum Step: Equatable, Sendable {
    /// Read the state, and report it with `found`.
    case readState
    /// Read the entries of the log from this one to the first missing, and report them with `read`.
    case readEntries(LogIndex)
    /// Wait until then, and report it with `waited`. The holder has not ended its run.
    case wait(LogHolder, until: Instant)
    /// Create the entry if there is none at its index, and report with `opened` or `occupied`.
    case open(LogEntry)
    /// The state is ours.
    case taken(Taken)
    /// The state is another run's.
    case held(LogHolder)
  }

  /// A state that was taken.
  package struct Taken: Equatable, Sendable {
    /// Nil if there is no state yet.
    package let state: StoredState?
    /// The entries after those in the state and before our own: what dead runs have left.
    package let log: RunLog
    /// Our own first entry.
    package let entry: LogEntry
  }

  private let own: LogHolder
  private var state: StoredState?
  private var log = RunLog(after: .start)
  /// Since when the log, not closed, has not grown.
  private var quietSince: Instant?
  private var entry: LogEntry?

  /// A takeover by a run.
  package init(by own: LogHolder) {
    self.own = own
  }

  package var first: Step { .readState }

  /// The state was read; nil if there is none.
  package mutating func found(_ found: StoredState?) -> Step {
    let isSame = found?.version == state?.version
    state = found
    let contained = found?.log ?? .start
    if let entry {
      if contained < entry.index, isSame { return taken(entry) }
      // A run that was paused has saved. If the state contains our entry's index, the log was trimmed,
      // and our entry means nothing: start over. Otherwise it stands.
      if contained >= entry.index { self.entry = nil }
    }
    log = RunLog(after: contained)
    quietSince = nil
    return .readEntries(log.last.next)
  }

  /// The entries from the index that was asked for were read; none if it is missing.
  package mutating func read(_ entries: [LogEntry], at now: Instant) throws(LogError) -> Step {
    for next in entries {
      if let entry, next.index == entry.index {
        guard next == entry else { throw .misplaced(next.index, next.run) }
        return taken(entry)
      }
      try log.add(next)
    }
    if let entry { throw .hole(entry.index) }
    guard let holder = log.holder else { return open() }
    if !entries.isEmpty, quietSince != nil { return .held(holder) }
    let since = quietSince ?? now
    quietSince = since
    if now - since >= Lease.patience { return open() }
    return .wait(holder, until: min(now + Lease.look, since + Lease.patience))
  }

  /// The time of a wait has come.
  package func waited() -> Step { .readEntries(log.last.next) }

  /// Our entry was created.
  package mutating func opened(_ entry: LogEntry) -> Step {
    self.entry = entry
    // Another run may have saved the state, and trimmed the log, since it was read.
    return .readState
  }

  /// Another entry is at our index.
  package func occupied(by other: LogEntry) throws(LogError) -> Step {
    switch other.content {
    case .open(let holder): return .held(holder)
    // The last run has just ended, or is about to end.
    case .close: return .readState
    case .records([]) where log.isClosed: return .readState
    case .records:
      // A run that was thought dead is alive.
      guard let holder = log.portions.last?.holder, holder.run == other.run else {
        throw .misplaced(other.index, other.run)
      }
      return .held(holder)
    }
  }

  private func open() -> Step {
    .open(LogEntry(.open(own), of: own.run, at: log.last.next))
  }

  private func taken(_ entry: LogEntry) -> Step {
    .taken(Taken(state: state, log: log, entry: entry))
  }
}
