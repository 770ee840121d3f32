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
    let batch = flight.batch
    var tooFast: [Batch.Member] = []
    var again = batch
    again.members = []
    for member in batch.members {
      let user = said[member.id]
      switch user.map({ ServiceCodes.meaning(of: $0.code, for: batch.call) }) {
      case .throttled?: tooFast.append(member)
      case .transient?: again.members.append(member)
      default:
        if let finding = Finding(user, batch.call) {
          inspection.note(member, finding)
          timeout.note(at: now.instant)
        } else {
          again.members.append(member)
        }
      }
    }
    slowDown(flight, for: tooFast, at: now)
    let left = again.members.count
    if left == 0 || waits(again, "no usable answer for \(counted(left, "user"))", at: now) {
      return
    }
    for member in again.members {
      let code = said[member.id]?.code
      inspection.note(
        member, .unread(code.map { $0.number == 0 ? .noResponse : .refused($0) } ?? .noResponse))
    }
    timeout.note(at: now.instant)
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
