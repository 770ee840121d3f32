internal import PruneCore

/// Future events, by time; those of the same time in the order of adding.
struct Queue {
  enum Item {
    case event(ApplyEvent)
    case job(@Sendable () -> Void)
    /// A call reaches the service.
    case arrival(SendID, SimulatedCall)
    /// A queued call is sent when its connection is ready, and not before `earliest`.
    case send(SendID, earliest: Instant, sleptBefore: Interval)
  }

  private var list: [(at: Instant, item: Item)] = []

  var first: (at: Instant, item: Item)? { list.last }

  /// The list is in reverse order, so that the next event is the last.
  mutating func add(_ item: Item, at instant: Instant) {
    let index = list.lastIndex { $0.at > instant }
    list.insert((instant, item), at: index.map { $0 + 1 } ?? 0)
  }

  mutating func removeFirst() -> Item { list.removeLast().item }

  /// Removes the queued calls and returns them in order.
  mutating func removeQueuedSends() -> [SendID] {
    let sends = list.reversed().compactMap { entry in
      if case .send(let id, _, _) = entry.item { id } else { nil }
    }
    list.removeAll { if case .send = $0.item { true } else { false } }
    return sends
  }
}
