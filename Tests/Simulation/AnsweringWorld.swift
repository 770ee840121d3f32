package import PruneCore
internal import PruneEngine

/// A world that answers each call by a function, a second after it was sent; what is appended is
/// durable at once. For what a service would never answer.
private struct AnsweringWorld: World {
  let answer: (Call, [UserID]) throws -> Reply
  var time: Moment
  var records: [JournalRecord] = []
  private var events: [ApplyEvent] = []

  init(at time: Moment, answer: @escaping (Call, [UserID]) throws -> Reply) {
    self.time = time
    self.answer = answer
  }

  func now() -> Moment { time }

  mutating func perform(_ action: ApplyAction, earliest: Instant) throws {
    switch action {
    case .append(let appended, let ticket):
      records += appended
      events.append(.durable(ticket))
    case .send(let id, let call, let ids):
      time.instant = max(time.instant, earliest) + .seconds(1)
      events.append(.answered(id, try answer(call, ids)))
    default: break
    }
  }

  mutating func wait(until deadline: Instant?) throws -> [ApplyEvent] {
    defer { events = [] }
    guard events.isEmpty else { return events }
    guard let deadline else { throw Breach(.end, "no event is left, but the run is not over") }
    time.instant = max(time.instant, deadline)
    return []
  }
}

extension Simulation {
  /// Performs the plan with these answers in place of the service's, and saves nothing; returns the
  /// result, and the records of the journal.
  package func apply(
    answering answer: @escaping (Call, [UserID]) throws -> Reply
  ) throws -> (result: RunResult, records: [JournalRecord]) {
    var world = AnsweringWorld(at: Moment(instant: now, wall: wall), answer: answer)
    let result = try Applier.drive(plan(), settings, seed: 3, in: &world)
    return (result, world.records)
  }
}

extension Simulation {
  /// Reads the users of the plan for a refresh, with these answers in place of the service's; returns
  /// the result, what was found, and the records of the journal, of which there must be none.
  package func refresh(
    answering answer: @escaping (Call, [UserID]) throws -> Reply
  ) throws -> (result: RunResult, inspection: Inspection, records: [JournalRecord]) {
    var world = AnsweringWorld(at: Moment(instant: now, wall: wall), answer: answer)
    let plan = try plan()
    let (result, inspection) = try Applier.refresh(
      plan, plan.inspection(), settings, seed: 3, in: &world)
    return (result, inspection, world.records)
  }
}

extension Reply {
  /// A body with the status 200.
  package static func json(_ body: String) -> Reply {
    .response(status: 200, body: Array(body.utf8))
  }

  /// What the service answers to a call about one user: the account does not exist, a removal
  /// succeeds, and the user has a tag.
  package static func usual(_ call: Call, _ id: UserID) -> Reply {
    switch call {
    case .checkAccounts, .deleteAccounts:
      .json(
        #"{"ErrorCode":0,"ResultItem":[{"UserID":"\#(id)","ResultCode":0,"#
          + #""AccountStatus":"NotImported"}]}"#)
    case .readTags: .json(#"{"ErrorCode":0,"UserTags":[{"To_Account":"\#(id)","Tags":["x"]}]}"#)
    case .clearTags, .addTags: .json(#"{"ErrorCode":0}"#)
    }
  }
}
