internal import PruneCore
internal import PruneEngine
internal import TestSupport

/// Where the run of a story's process takes place: the real loop, journal and log, and a simulated
/// service.
final class StoryWorld: World {
  typealias Failure = any Error

  private let story: SharedStory
  private let process: StoryProcess
  private let journal: JournalWriter
  private let log: SharedLog
  private var flights: Set<SendID> = []

  init(_ story: SharedStory, _ process: StoryProcess, _ journal: JournalWriter, _ log: SharedLog) {
    self.story = story
    self.process = process
    self.journal = journal
    self.log = log
    log.notify { hold in
      if case .until = hold, story.mutation == .noLease { return }
      process.post(ApplyEvent(hold))
    }
  }

  func now() -> Moment {
    Moment(instant: process.scheduler.now, wall: process.scheduler.wall)
  }

  func wait(until deadline: Instant?) throws -> [ApplyEvent] {
    try process.nextEvents(until: deadline)
  }

  func perform(_ action: ApplyAction, earliest: Instant) throws {
    switch action {
    case .saveTags(let tags): journal.save(tags)
    case .append(let records, let ticket):
      journal.append(records, ticket)
      if story.mutation == .sendFirst { process.post(.durable(ticket)) }
    case .send(let id, let call, let ids): try send(id, call, ids)
    case .abandon: flights = []
    case .addTags, .cancelQueued, .pace, .renewSignature, .notice, .finish: break
    }
  }

  private func send(_ id: SendID, _ call: Call, _ ids: [UserID]) throws {
    guard journal.admits(id, call) else { return }
    if story.mutation != .noLease, !log.maySend {
      return process.post(.answered(id, .notSent("the shared state was not held long enough")))
    }
    try story.checks.leave(process.number, call, ids)
    let now = process.scheduler.now
    story.note(process.number, "sends \(call) for \(ids.count)")
    process.post(.sent(id, at: now))
    flights.insert(id)
    if !call.onlyReads { process.noteChange() }
    // Connecting takes up to ten seconds, and the service up to three.
    let way = story.random.oneIn(40) ? Double.random(in: 0...12, using: &story.random) : 0.01
    process.scheduler.after(.seconds(way)) { [self] in
      let sent = SimulatedCall(
        number: 1, call: call, purpose: .users, ids: ids, sent: now, inFlight: 1)
      let here = process.scheduler.now
      story.checks.arrive(process.number, call, ids)
      story.service.advance(to: here)
      let (reply, after) = story.service.receive(sent, at: here)
      let isLost = (here - now).seconds + after > 10
      process.scheduler.after(.seconds(isLost ? max(0, 10 - (here - now).seconds) : after)) {
        [self] in
        guard flights.remove(id) != nil else { return }
        process.post(.answered(id, isLost ? .lost("timed out") : reply))
      }
    }
  }
}
