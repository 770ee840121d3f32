/// Where a run takes place: clock, disk and network. Real in the tool, simulated in tests.
package protocol World {
  /// The moment of both clocks.
  mutating func now() -> Moment
  /// Does one thing; its result comes back as an event. A call may be made ready at once, and leaves
  /// at `earliest` or after. Gives the moment at which it was done; that of a call is when it left.
  mutating func perform(_ action: ApplyAction, earliest: Instant) -> Moment
  /// Waits until something happened or the deadline has passed, and says what happened.
  mutating func wait(until deadline: Instant?) -> [ApplyEvent]
}

extension ApplyMachine {
  /// Drives the run to its end; `watch` is called after every step.
  package mutating func run(
    in world: inout some World, watch: (Progress) -> Void = { _ in }
  ) {
    var events: [(event: ApplyEvent, at: Moment?)] = [(.started, nil)]
    var handover = Handover()
    while true {
      var next = 0
      while next < events.count {
        let (event, moment) = events[next]
        // What the machine decides now can leave only once it has been made ready.
        let now = moment ?? world.now().advanced(by: handover.least)
        for action in handle(event, at: now) {
          if action == .finish { return }
          let begun = world.now().instant
          let done = world.perform(action, earliest: now.instant)
          guard case .send(let id, _, _) = action else { continue }
          handover.note(done.instant - begun)
          // The pace counts from when a call has left, whatever held it up until then.
          events.append((.sent(id), done))
        }
        next += 1
      }
      watch(progress)
      events = world.wait(until: deadline.map { $0 - handover.least }).map { ($0, nil) }
      if events.isEmpty { events = [(.tick, nil)] }
    }
  }
}

/// The least time in which a call is made ready and leaves.
///
/// The work on a call begins so much before the moment that the pace gives it, so that the gap is
/// not wider than it must be; that it is not narrower is up to `World.perform`.
struct Handover {
  /// Zero until it is known well enough.
  private(set) var least = Interval(nanoseconds: 0)
  private var times = 0
  private var shortest = longest

  private static let enough = 20
  private static let longest = Interval.seconds(0.0005)

  mutating func note(_ time: Interval) {
    shortest = min(shortest, time)
    times += 1
    if times >= Self.enough { least = shortest }
  }
}
