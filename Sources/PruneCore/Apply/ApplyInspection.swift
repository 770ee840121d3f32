/// A refresh: reads users and changes nothing (docs/architecture.md, "Refresh").
extension ApplyMachine {
  /// Queues batches to read, a little ahead of sending them.
  mutating func inspectNext() {
    while queue.readyCount < journal.ahead, let batch = inspection.nextBatch() {
      queue.append(batch)
    }
  }

  /// Takes the response to a call that reads users.
  mutating func inspect(_ flight: Flight, _ said: Statements, at now: Moment) {
    let batch = flight.batch
    var tooFast: [Batch.Member] = []
    for member in batch.members {
      if let code = said[member.id]?.code,
        ServiceCodes.meaning(of: code, for: batch.call) == .throttled
      {
        tooFast.append(member)
      } else {
        inspection.note(member, Finding(said[member.id], batch.call) ?? .unread(.noResponse))
      }
    }
    timeout.note(at: now.instant)
    slowDown(flight, for: tooFast, at: now)
  }

  /// Notes the same finding for all users of a call.
  mutating func inspect(_ batch: Batch, all finding: Finding, at now: Moment) {
    for member in batch.members { inspection.note(member, finding) }
    timeout.note(at: now.instant)
  }

  /// The users of a reading call stay as they are: unknown, or not read for this reason.
  mutating func leaveUnread(_ batch: Batch, _ reason: Finding.Unread, at now: Moment) {
    guard batch.purpose == .inspection else { return leaveUnresolved(batch) }
    inspect(batch, all: .unread(reason), at: now)
  }
}
