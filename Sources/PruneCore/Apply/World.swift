/// Where a run takes place: clock, disk and network. Real in the tool, simulated in tests.
package protocol World {
  /// The moment of both clocks.
  mutating func now() -> Moment
  /// Does one thing; its result comes back as an event. Gives the moment at which it was done; that
  /// of a call is when it left, all that had to be made ready for it behind it.
  mutating func perform(_ action: ApplyAction) -> Moment
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
        for action in handle(event, at: moment ?? world.now()) {
          if action == .finish { return }
          let begun = world.now().instant
          var done = world.perform(action)
          guard case .send(let id, _, _) = action else { continue }
          done.instant = handover.pacedFrom(begun, done.instant)
          events.append((.sent(id), done))
        }
        next += 1
      }
      watch(progress)
      events = world.wait(until: deadline).map { ($0, nil) }
      if events.isEmpty { events = [(.tick, nil)] }
    }
  }
}

/// From when on the pace counts after a call was handed over.
///
/// What has to be made ready before a call leaves takes time, and not always the same. The next one
/// will take at least the least time as well, so that much of the gap may be given to it: calls then
/// never leave closer than the pace allows, nor farther apart than they must.
private struct Handover {
  private var least = Interval.seconds(1)
  private var calls = 0
  /// After so many calls the least time is known well enough.
  private static let enough = 20

  mutating func pacedFrom(_ begun: Instant, _ left: Instant) -> Instant {
    least = min(least, left - begun)
    calls += 1
    return calls < Self.enough ? left : left - least
  }
}
