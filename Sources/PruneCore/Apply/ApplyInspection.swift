/// A refresh: reads users and changes nothing (docs/architecture.md, "Refresh").
extension ApplyMachine {
  /// Queues batches to read, a little ahead of sending them.
  mutating func inspectNext() {
    while queue.readyCount < journal.ahead, let batch = inspection.nextBatch() {
      queue.append(batch)
    }
  }

  /// Takes the response to a call that reads users. Users of whom it says nothing usable, or whom
  /// the service could not read for the moment, are read again.
  mutating func inspect(_ flight: Flight, _ said: Statements, at now: Moment) {
    let readings = Readings(said, of: flight.batch)
    for (member, finding) in readings.found { inspection.note(member, finding) }
    if !readings.found.isEmpty { timeout.note(at: now.instant) }
    readAgain(flight, readings, at: now)
  }

  /// Notes the same finding for all users of a call.
  mutating func inspect(_ batch: Batch, all finding: Finding, at now: Moment) {
    for member in batch.members { inspection.note(member, finding) }
    timeout.note(at: now.instant)
  }

  /// The users of a reading call are not read, for this reason. Users to clear have failed, or are
  /// not attempted if the service did not refuse them; the others stay as they are.
  mutating func leaveUnread(_ batch: Batch, _ reason: Finding.Unread, at now: Moment) {
    switch batch.purpose {
    case .inspection: inspect(batch, all: .unread(reason), at: now)
    case .resolution: leaveUnresolved(batch)
    case .backup:
      guard case .refused(let code) = reason else { return releaseUnsent(batch, at: now) }
      release(batch.members.filter(\.isResent), of: batch, at: now)
      decide(
        batch, batch.members.filter { !$0.isResent }.map { ($0, .failed(code)) }, at: now)
    case .restore: leaveUnrestored(batch, reason)
    case .readBack: leaveUnverified(batch.members, of: batch, at: now)
    case .access, .probeLook, .probe, .tagAccess, .operation:
      preconditionFailure("no call that reads users")
    }
  }
}
