/// Reads the tags of users before they are cleared, so that they can be restored, and after it, so
/// that only users seen without tags are recorded as cleared (docs/architecture.md, "Clears").
extension ApplyMachine {
  /// How long the tags of a user who was reported as cleared are read again before the user is
  /// cleared a second time, or has failed.
  static let readBackTime = Interval.seconds(10)
  /// How long to wait before reading again.
  private static let readBackWait = Interval.seconds(1)
  /// How many seconds old saved tags may be when their user is cleared.
  private static let freshness = 60

  // MARK: - Before a clear

  /// Takes the tags of users who are about to be cleared: saves them, and sets the users aside to be
  /// cleared. Users who have no tags, or no account, need no call.
  mutating func takeTags(_ flight: Flight, _ said: Statements, at now: Moment) {
    let readings = Readings(said, of: flight.batch)
    var outcomes: [(Batch.Member, UserOutcome)] = []
    var tagged: [Batch.Member] = []
    var saved: [SavedTags] = []
    var left: [Batch.Member] = []
    for (member, finding) in readings.found {
      switch finding {
      case .absent: outcomes.append((member, .done(.alreadyAbsent)))
      case .tags(0): outcomes.append((member, .done(.cleared)))
      case .tags:
        tagged.append(member)
        saved.append(SavedTags(id: member.id, tags: said[member.id]?.tags ?? [], time: now.wall))
      // An earlier clear of a user may have acted; only its own time says how long that matters.
      case .unread(.refused) where member.isResent: left.append(member)
      case .unread(.refused(let code)): outcomes.append((member, .failed(code)))
      case .exists, .unread: preconditionFailure("a reading of tags found no tags")
      }
    }
    if readings.findsTags { meetExisting(of: .clearTags, at: now) }
    if tagged.isEmpty, !readings.found.isEmpty { hasReadUntagged = true }
    decide(flight.batch, outcomes, at: now)
    release(left, of: flight.batch, at: now)
    readAgain(flight, readings, at: now)
    // What stopped the run may have come with these tags.
    if stoppedAt != nil { return release(tagged, of: flight.batch, at: now) }
    if !tagged.isEmpty { clear(tagged, of: flight.batch, saved, at: now) }
  }

  /// Clears users whose tags were read: saves the tags, which are durable before the call is sent.
  private mutating func clear(
    _ members: [Batch.Member], of batch: Batch, _ saved: [SavedTags], at now: Moment
  ) {
    var clear = batch.turned(into: .operation, .clearTags, members)
    if settings.savesTags {
      actions.append(.saveTags(saved))
      clear.tagsRead = now.wall
    }
    guard clear.intent != nil else { return queue.setAside(clear) }
    clear.attempts = batch.attempts
    clear.slowedSince = batch.slowedSince
    let (append, ticket) = journal.barrier(at: now.instant)
    actions.append(append)
    clear.ticket = ticket
    queue.arm(clear)
  }

  /// Reads the tags of a clear again if those on disk are old, as after the machine slept; nil if so.
  mutating func withFreshTags(_ batch: Batch, at now: Moment) -> Batch? {
    guard batch.operation == .clearTags, settings.savesTags else { return batch }
    guard let read = batch.tagsRead else {
      preconditionFailure("tags are cleared that are not saved")
    }
    if (0...Self.freshness).contains(now.wall.seconds(since: read)) { return batch }
    var reading = batch.turned(into: .backup, .readTags)
    reading.attempts = batch.attempts
    reading.slowedSince = batch.slowedSince
    queue.append(reading)
    return nil
  }

  // MARK: - After a clear

  /// Reads users back whom the service reported as cleared.
  mutating func readBack(_ members: [Batch.Member], of batch: Batch, at now: Moment) {
    tally.noteChange()
    timeout.note(at: now.instant)
    var reading = batch.turned(
      into: .readBack, .readTags,
      // What is read is true, whatever was sent before.
      members.map { .init(id: $0.id, revision: $0.revision, index: $0.index) })
    reading.reportedAt = now.instant
    if stoppedAt != nil { return releaseUnsent(reading, at: now) }
    queue.prepend([reading])
  }

  /// Takes the result of reading users back. Users without tags are done. The others are read again,
  /// then cleared a second time, then have failed.
  mutating func takeReadBack(_ flight: Flight, _ said: Statements, at now: Moment) {
    let readings = Readings(said, of: flight.batch)
    var outcomes: [(Batch.Member, UserOutcome)] = []
    var tagged: [Batch.Member] = []
    var unread: [Batch.Member] = []
    for (member, finding) in readings.found {
      switch finding {
      case .absent: outcomes.append((member, .done(.alreadyAbsent)))
      case .tags(0):
        outcomes.append((member, .done(.cleared)))
        reportReadBack(member.id)
      case .tags: tagged.append(member)
      case .exists, .unread: unread.append(member)
      }
    }
    if readings.findsTags { meetExisting(of: .clearTags, at: now) }
    decide(flight.batch, outcomes, at: now)
    leaveUnverified(unread, of: flight.batch, at: now)
    readAgain(flight, readings, at: now)
    if stoppedAt != nil { return release(tagged, of: flight.batch, at: now) }
    if !tagged.isEmpty { takeTagged(tagged, flight.batch, said, at: now) }
    // On the ramp nothing else is under way; it goes up once the whole batch is verified.
    if !outcomes.isEmpty, queue.isEmptyButRead, pace.isIdle { climb(.clearTags) }
  }

  /// Users reported as cleared still have tags.
  private mutating func takeTagged(
    _ members: [Batch.Member], _ batch: Batch, _ said: Statements, at now: Moment
  ) {
    guard let reportedAt = batch.reportedAt, let intent = batch.intent else {
      preconditionFailure("users are read back who were not cleared")
    }
    if now.instant < reportedAt + Self.readBackTime {
      var again = batch
      again.members = members
      return waitToReadBack(again, at: now)
    }
    // Later, the id may belong to another person.
    if !batch.isSecondTry, settings.resendWindow.isOpen(since: intent.time, at: now.wall) {
      var second = batch
      second.isSecondTry = true
      second.attempts = 0
      second.slowedSince = nil
      let saved = members.map {
        SavedTags(id: $0.id, tags: said[$0.id]?.tags ?? [], time: now.wall)
      }
      let members = members.map { member in
        var member = member
        member.mayHaveActed = true
        return member
      }
      return clear(members, of: second, saved, at: now)
    }
    let isOnRamp = pace.isOnRamp(.clearTags)
    // The code is the service's own: it reported success.
    decide(batch, members.map { ($0, .failed(ServiceCode(0))) }, at: now)
    if isOnRamp { stop(.notCleared(members[0].id), at: now) }
  }

  /// Reads users back a little later.
  mutating func waitToReadBack(_ batch: Batch, at now: Moment) {
    var batch = batch
    let wait = now.instant + Self.readBackWait
    batch.notBefore = wait
    timeout.pause(until: wait)
    queue.wait(batch)
  }

  /// Users reported as cleared cannot be read back: they are unknown. If these are the first ones,
  /// the run stops, since it could verify no clear.
  mutating func leaveUnverified(_ members: [Batch.Member], of batch: Batch, at now: Moment) {
    if members.isEmpty { return }
    let isOnRamp = pace.isOnRamp(.clearTags)
    record(batch, members.map { ($0, .unknown) }, at: now)
    if isOnRamp { stop(.notReadBack(members[0].id), at: now) }
  }

  private mutating func reportReadBack(_ id: UserID) {
    if hasReportedReadBack { return }
    hasReportedReadBack = true
    actions.append(.notice(.passed(.readBack(id))))
  }

  // MARK: - Both

  /// Records what a reading decides.
  mutating func decide(
    _ batch: Batch, _ outcomes: [(Batch.Member, UserOutcome)], at now: Moment
  ) {
    if outcomes.isEmpty { return }
    var decided = batch
    var outcomes = outcomes
    if decided.intent == nil {
      decided.members = outcomes.map(\.0)
      let record = writeIntent(&decided, at: now)
      journal.hold([record], at: now.instant)
      for index in outcomes.indices { outcomes[index].0 = decided.members[index] }
    }
    record(decided, outcomes, at: now)
    stopIfTooManyAbsent(of: .clearTags, at: now)
  }

  /// Reads users again about whom a response says nothing usable; in the end they are left unread.
  mutating func readAgain(_ flight: Flight, _ readings: Readings, at now: Moment) {
    slowDown(flight, for: readings.tooFast, at: now)
    if readings.again.isEmpty { return }
    var again = flight.batch
    again.members = readings.again
    let left = again.members.count
    if waits(again, "no usable answer for \(counted(left, "user"))", at: now) { return }
    for (reason, members) in readings.membersByReason {
      again.members = members
      leaveUnread(again, reason, at: now)
    }
  }
}
