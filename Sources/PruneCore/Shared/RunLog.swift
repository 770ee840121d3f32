/// The entries of a log after those that its state contains, run by run.
package struct RunLog: Equatable, Sendable {
  /// What one run has written to its journal.
  package struct Portion: Equatable, Sendable {
    package let holder: LogHolder
    package fileprivate(set) var journal: [UInt8] = []
    /// The last entry of the run.
    package fileprivate(set) var last: LogIndex
  }

  /// The runs that have opened the state, in order.
  package private(set) var portions: [Portion] = []
  /// Whether the last run is over, or none has opened the state.
  package private(set) var isClosed = true
  /// The entries by which runs have opened the state. They are never removed: a run that was paused
  /// finds by them that another one has taken the state.
  package private(set) var opens: Set<LogIndex> = []
  /// The last entry.
  package private(set) var last: LogIndex

  /// A log without entries after those that the state contains.
  package init(after index: LogIndex) {
    last = index
  }

  /// The run that holds the state, or died while it did.
  package var holder: LogHolder? { isClosed ? nil : portions.last?.holder }

  /// Adds the next entry.
  package mutating func add(_ entry: LogEntry) throws(LogError) {
    guard entry.index == last.next else { throw .hole(last.next) }
    switch entry.content {
    case .open(let holder):
      opens.insert(entry.index)
      portions.append(Portion(holder: holder, last: entry.index))
      isClosed = false
    // A run that is saving the state shows that it is alive, behind the last entry in the state.
    case .records([]) where isClosed: break
    case .records(let bytes):
      guard let holder, holder.run == entry.run else { throw .misplaced(entry.index, entry.run) }
      portions[portions.count - 1].journal += bytes
    case .close:
      // A state that was saved at the end of a run is followed by only this.
      guard portions.isEmpty || holder?.run == entry.run else {
        throw .misplaced(entry.index, entry.run)
      }
      isClosed = true
    }
    last = entry.index
    if !portions.isEmpty { portions[portions.count - 1].last = last }
  }
}
