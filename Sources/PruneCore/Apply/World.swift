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
    /// The least time that handing over a call has taken.
    var least = Interval.seconds(1)
    while true {
      var next = 0
      while next < events.count {
        let (event, moment) = events[next]
        for action in handle(event, at: moment ?? world.now()) {
          if action == .finish { return }
          let begun = world.now().instant
          world.perform(action)
          guard case .send(let id, _, _) = action else { continue }
          // A call has left when it is handed over, whatever held it up until then, and the next
          // one will take its least time, too: so they never leave closer than the pace allows.
          var moment = world.now()
          least = min(least, moment.instant - begun)
          moment.instant = moment.instant - least
          events.append((.sent(id), moment))
        }
        next += 1
      }
      watch(progress)
      events = world.wait(until: deadline).map { ($0, nil) }
      if events.isEmpty { events = [(.tick, nil)] }
    }
  }
}
