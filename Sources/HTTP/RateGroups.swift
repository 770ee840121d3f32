/// Names requests that share one rate limit, such as those to one endpoint.
package struct RateGroup: Hashable, Sendable {
  package let name: String

  package init(_ name: String) {
    self.name = name
  }
}

/// When a request was sent: a connection was ready, and libcurl continued to write and send it.
package struct SendTime: Sendable {
  package let id: TransferID
  package let moment: MonotonicTime
}

/// Spaces the requests of each rate group, including those that had to wait for a connection.
final class RateGroups {
  /// A request waiting to be sent in a rate group, and its earliest send time.
  struct Ticket {
    let id: TransferID
    let group: RateGroup
    let earliest: MonotonicTime
    /// How far the wall clock was ahead when the ticket was issued.
    let wallOffset: Duration
  }

  private struct Spacing {
    /// The shortest time between two requests.
    var gap = Duration.zero
    /// When the last request was sent.
    var last: MonotonicTime?
  }

  /// A decision to send expires. If the send time has passed by this much, or if the wall clock
  /// moved by more against the monotonic one, as after a sleep, the caller must decide again.
  private static let longestDelay = Duration.seconds(1)
  private static let smallSteps = Duration.seconds(-1)..<Duration.seconds(1)

  private let wallOffset: () -> Duration
  private var spacing: [RateGroup: Spacing] = [:]
  private var sendTimes: [SendTime] = []
  /// How many requests had to wait for their turn.
  private(set) var held = 0

  init(wallOffset: @escaping () -> Duration) {
    self.wallOffset = wallOffset
  }

  /// Throws `.refused` if the request is already late.
  func ticket(
    _ id: TransferID, in group: RateGroup, earliest: MonotonicTime
  ) throws(TransferFailure) -> Ticket {
    guard earliest.duration(to: .now()) < Self.longestDelay else {
      throw .refused("it waited too long to be sent")
    }
    return Ticket(id: id, group: group, earliest: earliest, wallOffset: wallOffset())
  }

  func setGap(_ gap: Duration, of group: RateGroup) { spacing[group, default: Spacing()].gap = gap }

  /// Waits until the request may be sent, and counts it as sent. Returns false if the machine has
  /// slept, or the process was stopped, so that the request may not be sent any more.
  func waitForTurn(_ ticket: Ticket) -> Bool {
    let group = spacing[ticket.group, default: Spacing()]
    let turn =
      group.last.map { max(ticket.earliest, $0.advanced(by: group.gap)) } ?? ticket.earliest
    var now = MonotonicTime.now()
    if now < turn {
      held += 1
      MonotonicTime.wait(until: turn)
      now = .now()
      // The process was stopped, which the clocks alone do not show.
      if turn.duration(to: now) >= Self.longestDelay { return false }
    }
    let step = wallOffset() - ticket.wallOffset
    guard Self.smallSteps.contains(step) else { return false }
    spacing[ticket.group, default: Spacing()].last = now
    sendTimes.append(SendTime(id: ticket.id, moment: now))
    return true
  }

  /// Returns the send times since the last call, in order.
  func takeSendTimes() -> [SendTime] {
    defer { sendTimes.removeAll(keepingCapacity: true) }
    return sendTimes
  }
}
