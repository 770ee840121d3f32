/// Where a run takes place: clock, disk and network. Real in the tool, simulated in tests.
package protocol World {
  /// Why a run breaks off in the middle, as if its process had died. The real world never throws
  /// into the loop: whatever happens there is an event.
  associatedtype Failure: Error = Never

  /// The current time of both clocks.
  mutating func now() -> Moment
  /// Performs one action; its result arrives as an event. A call may be prepared at once but is
  /// sent no earlier than `earliest`; a later `wait` reports that it was sent.
  mutating func perform(_ action: ApplyAction, earliest: Instant) throws(Failure)
  /// Waits until something happens or the deadline has passed, and returns what happened.
  mutating func wait(until deadline: Instant?) throws(Failure) -> [ApplyEvent]
}

extension ApplyMachine {
  /// Drives the run to its end, in any world: there is no other loop. Calls `watch` after every
  /// step.
  package mutating func run<Place: World>(
    in world: inout Place, watch: (Progress) -> Void = { _ in }
  ) throws(Place.Failure) {
    var events: [ApplyEvent] = [.started]
    var due: Instant?
    var wakeAhead = WakeAhead()
    /// The call made for a due send time, and that time.
    var aimed: (id: SendID, at: Instant)?
    while true {
      for event in events {
        var now = world.now()
        if event == .tick, let due, now.instant < due, now.instant >= due - wakeAhead.time {
          // A decision made now is for the send time that is about to come.
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

/// How early the work on a call begins: a thread takes a while to wake, and a call to be prepared,
/// and without this the gap would be wider than the rate allows.
///
/// It is found by trial: one call in three is slightly late. `World.perform` waits for the rest of
/// the time, so none is early.
struct WakeAhead {
  /// An initial guess.
  private(set) var time = Interval(nanoseconds: 100_000)

  private static let step = Interval(nanoseconds: 1000)
  private static let longest = Interval.seconds(0.0005)

  /// Notes how late a call was sent.
  mutating func note(late: Interval) {
    let isLate = late > Self.step
    time = isLate ? min(time + Self.step + Self.step, Self.longest) : max(time - Self.step, .zero)
  }
}
