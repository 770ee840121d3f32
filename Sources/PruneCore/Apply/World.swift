/// Where a run takes place: clock, disk and network. Real in the tool, simulated in tests.
package protocol World {
  /// Why a run breaks off in the middle, as if its process had died. The real world never does that
  /// to the loop: whatever happens there is an event.
  associatedtype Failure: Error = Never

  /// The moment of both clocks.
  mutating func now() -> Moment
  /// Does one thing; its result comes back as an event. A call may be made ready at once, and leaves
  /// at `earliest` or after; once it has, a `wait` says so.
  mutating func perform(_ action: ApplyAction, earliest: Instant) throws(Failure)
  /// Waits until something happened or the deadline has passed, and says what happened.
  mutating func wait(until deadline: Instant?) throws(Failure) -> [ApplyEvent]
}

extension ApplyMachine {
  /// Drives the run to its end, in whatever world: there is no other loop. `watch` is called after
  /// every step.
  package mutating func run<Place: World>(
    in world: inout Place, watch: (Progress) -> Void = { _ in }
  ) throws(Place.Failure) {
    var events: [ApplyEvent] = [.started]
    var due: Instant?
    var wakeAhead = WakeAhead()
    /// The call that was made for the moment that had come, and that moment.
    var aimed: (id: SendID, at: Instant)?
    while true {
      for event in events {
        var now = world.now()
        if event == .tick, let due, now.instant < due, now.instant >= due - wakeAhead.time {
          // What is decided now is decided for the moment that is about to come.
          now.instant = due
        }
        if case .sent(let id, let left) = event, let (call, moment) = aimed, id == call {
          wakeAhead.note(late: left - moment)
        }
        for action in handle(event, at: now) {
          if event == .tick, let due, case .send(let id, _, _) = action { aimed = (id, due) }
          try world.perform(action, earliest: now.instant)
          if case .finish = action { return }
        }
      }
      watch(progress)
      due = deadline
      events = try world.wait(until: due.map { $0 - wakeAhead.time })
      if events.isEmpty { events = [.tick] }
    }
  }
}

/// How much before its moment the work on a call begins: a thread takes a while to wake, and a call to
/// be made ready, and by that much the gap would be wider than the pace asks for.
///
/// It is found out by trying: one call in three is late by a little. That none is early is up to
/// `World.perform`, which waits for the rest of the lead.
struct WakeAhead {
  /// A guess to begin with.
  private(set) var time = Interval(nanoseconds: 100_000)

  private static let step = Interval(nanoseconds: 1000)
  private static let longest = Interval.seconds(0.0005)

  /// Notes how long after its moment a call has left.
  mutating func note(late: Interval) {
    let isLate = late > Self.step
    time = isLate ? min(time + Self.step + Self.step, Self.longest) : max(time - Self.step, .zero)
  }
}
