/// Where a run takes place: clock, disk and network. Real in the tool, simulated in tests.
package protocol World {
  /// The moment of both clocks.
  mutating func now() -> Moment
  /// Does one thing; its result comes back as an event.
  mutating func perform(_ action: ApplyAction)
  /// Waits until something happened or the deadline has passed, and says what happened.
  mutating func wait(until deadline: Instant?) -> [ApplyEvent]
}

extension ApplyMachine {
  /// Drives the run to its end; `watch` is called after every step.
  package mutating func run(
    in world: inout some World, watch: (Progress) -> Void = { _ in }
  ) {
    var events: [(event: ApplyEvent, at: Moment?)] = [(.started, nil)]
    while true {
      var next = 0
      while next < events.count {
        let (event, moment) = events[next]
        for action in handle(event, at: moment ?? world.now()) {
          if action == .finish { return }
          // The pace counts from the moment at which the call is handed over, so what that takes
          // does not widen the gap to the next one.
          if case .send(let id, _, _) = action { events.append((.sent(id), world.now())) }
          world.perform(action)
        }
        next += 1
      }
      watch(progress)
      events = world.wait(until: deadline).map { ($0, nil) }
      if events.isEmpty { events = [(.tick, nil)] }
    }
  }
}
