/// A restore: reads users, and adds the saved tags that they lack (docs/architecture.md, "Restoring
/// tags").
extension ApplyMachine {
  /// Queues batches to read, a little ahead of sending them.
  mutating func restoreNext() {
    while queue.readyReads < Self.readsAhead, let batch = restoration.nextBatch() {
      queue.append(batch)
    }
  }

  /// Takes the response to a call that reads users or adds tags to them.
  mutating func restore(_ flight: Flight, _ said: Statements, at now: Moment) {
    if flight.batch.call == .addTags { return takeAdded(flight, said, at: now) }
    let batch = flight.batch
    let readings = Readings(said, of: batch)
    var adding: [Batch.Member] = []
    var stuck: [Batch.Member] = []
    for (member, finding) in readings.found {
      timeout.note(at: now.instant)
      switch restoration.take(member, finding, has: said[member.id]?.tags ?? []) {
      case .settled: break
      case .add: adding.append(member)
      case .stuck: stuck.append(member)
      }
    }
    readAgain(flight, readings, at: now)
    if stoppedAt != nil { return leave(adding + stuck, .unread(.notReached)) }
    if !adding.isEmpty {
      var next = batch.turned(into: .restore, .addTags, adding)
      next.isSecondTry = false
      queue.prepend([next])
    }
    if !stuck.isEmpty { takeStuck(stuck, of: batch, at: now) }
  }

  /// Tags that the service reported as added are still missing: reads again for a while, then adds
  /// them once more, then gives up.
  private mutating func takeStuck(_ members: [Batch.Member], of batch: Batch, at now: Moment) {
    guard let reportedAt = batch.reportedAt else {
      preconditionFailure("tags are missing that were not added")
    }
    if now.instant < reportedAt + Self.readBackTime {
      var again = batch
      again.members = members
      return waitToReadBack(again, at: now)
    }
    if batch.isSecondTry { return leave(members, .failed(ServiceCode(0))) }
    var second = batch.turned(into: .restore, .addTags, members)
    second.isSecondTry = true
    queue.prepend([second])
  }

  /// Tags were added, unless the response names users: then these have failed.
  private mutating func takeAdded(_ flight: Flight, _ said: Statements, at now: Moment) {
    var reading = flight.batch.turned(into: .restore, .readTags, [])
    reading.reportedAt = now.instant
    var tooFast: [Batch.Member] = []
    for member in flight.batch.members {
      let code = said[member.id]?.code ?? ServiceCode(0)
      switch ServiceCodes.meaning(of: code, for: .addTags) {
      case .done, .transient, .unknown: reading.members.append(member)
      case .throttled: tooFast.append(member)
      case .fatal, .batch, .other: restoration.settle(member, status(code))
      }
    }
    slowDown(flight, for: tooFast, at: now)
    if reading.members.isEmpty { return }
    if stoppedAt != nil { return leave(reading.members, .unread(.notReached)) }
    queue.prepend([reading])
  }

  private func status(_ code: ServiceCode) -> RestoreStatus {
    ServiceCodes.meansAbsent(code) ? .absent : .failed(code)
  }

  /// The users of a call cannot be restored, for this reason.
  mutating func leaveUnrestored(_ batch: Batch, _ reason: Finding.Unread) {
    switch reason {
    case .refused(let code) where batch.call == .addTags || ServiceCodes.meansAbsent(code):
      leave(batch.members, status(code))
    case .refused, .throttled, .noResponse, .notReached: leave(batch.members, .unread(reason))
    }
  }

  private mutating func leave(_ members: [Batch.Member], _ status: RestoreStatus) {
    for member in members { restoration.settle(member, status) }
  }
}
