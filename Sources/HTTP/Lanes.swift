/// Requests that count towards one limit, such as those to one endpoint.
package struct Lane: Sendable {
  package let name: String
  /// The least time between two that leave.
  package let gap: Duration

  package init(_ name: String, gap: Duration) {
    self.name = name
    self.gap = gap
  }
}

/// When a request left: a connection was ready, and libcurl went on to write and send it.
package struct Departure: Sendable {
  package let id: TransferID
  package let moment: MonotonicTime
}

/// Keeps the requests of a lane apart, also those that had to wait for a connection.
final class Lanes {
  /// A request on its way to a lane, and when it may leave at the earliest.
  struct Ticket {
    let id: TransferID
    let lane: Lane
    let earliest: MonotonicTime
  }

  /// When the last request of each lane left, by the lane's name.
  private var last: [String: MonotonicTime] = [:]
  private var departures: [Departure] = []

  /// Comes back when the request may leave, and takes it for gone.
  func depart(_ ticket: Ticket) {
    let afterLast = last[ticket.lane.name]?.advanced(by: ticket.lane.gap)
    MonotonicTime.wait(until: max(ticket.earliest, afterLast ?? ticket.earliest))
    let now = MonotonicTime.now()
    last[ticket.lane.name] = now
    departures.append(Departure(id: ticket.id, moment: now))
  }

  /// Hands out the departure of a request, if it has left.
  func take(_ id: TransferID) -> Departure? {
    departures.firstIndex { $0.id == id }.map { departures.remove(at: $0) }
  }

  /// Hands out the departures that nobody has taken.
  func takeAll() -> [Departure] {
    defer { departures.removeAll(keepingCapacity: true) }
    return departures
  }
}
