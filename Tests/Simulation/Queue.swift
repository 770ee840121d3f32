internal import PruneCore

/// What will happen, by time; what was added first comes first.
struct Queue {
  enum Item {
    case event(ApplyEvent)
    case job(@Sendable () -> Void)
    /// A call that was handed over leaves, now that its connection is ready, and not before
    /// `earliest`.
    case send(SendID, earliest: Instant, sleptBefore: Interval)
  }

  private var list: [(at: Instant, item: Item)] = []

  var first: (at: Instant, item: Item)? { list.last }

  /// The list runs backwards, so that the next is the last.
  mutating func add(_ item: Item, at instant: Instant) {
    let index = list.lastIndex { $0.at > instant }
    list.insert((instant, item), at: index.map { $0 + 1 } ?? 0)
  }

  mutating func removeFirst() -> Item { list.removeLast().item }

  /// Takes out the calls that have still to leave, the first first.
  mutating func removeQueuedSends() -> [SendID] {
    let sends = list.reversed().compactMap { entry in
      if case .send(let id, _, _) = entry.item { id } else { nil }
    }
    list.removeAll { if case .send = $0.item { true } else { false } }
    return sends
  }
}
