/// Sends batches again: after a passing failure, at a slower pace, or under a new signature.
extension ApplyMachine {
  /// Puts a batch aside for another try, or ends it when it has had its tries.
  mutating func retry(
    _ batch: Batch, mayHaveActed: Bool, giveUp: StopReason?, _ reason: String,
    _ code: ServiceCode? = nil, limit: Int? = nil, at now: Moment
  ) {
    var batch = batch
    if mayHaveActed {
      for index in batch.members.indices { batch.members[index].mayHaveActed = true }
    }
    if waits(batch, reason, limit: limit, at: now) { return }
    if batch.call.operation == nil {
      leaveUnresolved(batch)
    } else if let code {
      record(batch, batch.members.map { ($0, .failed(code)) }, at: now)
    } else {
      releaseUnsent(batch, at: now)
    }
    if let giveUp { stop(giveUp, at: now) }
  }

  /// Puts a batch aside for another try after a growing, random wait; false if it has had its tries.
  mutating func waits(
    _ batch: Batch, _ reason: String, limit: Int? = nil, at now: Moment
  ) -> Bool {
    var batch = batch
    batch.attempts += 1
    guard stoppedAt == nil, batch.attempts < limit ?? settings.maxAttempts else { return false }
    let wait = Backoff.wait(after: batch.attempts, &randomness)
    actions.append(
      .notice(.retrying(batch.call, reason: reason, attempt: batch.attempts + 1, wait: wait)))
    batch.notBefore = now.instant + wait
    queue.wait(batch)
    return true
  }

  /// The service said "too fast": halves the rate and sends the batch again. While others come to
  /// their end the run goes on, so the batch has a bound of its own: then it is left over.
  mutating func slowDown(_ flight: Flight, at now: Moment) {
    var batch = flight.batch
    pace.throttled(flight, at: now.instant)
    tellPace(of: batch.call)
    actions.append(.notice(.throttled(batch.call, rate: pace.rate(of: batch.call))))
    let since = batch.slowedSince ?? flight.sent
    let isOver = batch.purpose.isForUsers && now.instant - since >= settings.patience
    if isOver || stoppedAt != nil { return releaseUnsent(batch, at: now) }
    batch.slowedSince = since
    // Behind the others, who may be no part of what is too fast.
    queue.append(batch)
  }

  /// The service said "too fast" of these users of a call alone.
  mutating func slowDown(_ flight: Flight, for members: [Batch.Member], at now: Moment) {
    if members.isEmpty { return }
    var part = flight
    if members.count < part.batch.members.count { part.batch.slowedSince = nil }
    part.batch.members = members
    slowDown(part, at: now)
  }

  /// Whether a refusal is only that the signature has expired, and a new one can be made: then the
  /// batch is sent again.
  mutating func signsAnew(_ code: ServiceCode, _ flight: Flight) -> Bool {
    guard code == ServiceCodes.signatureExpired, settings.canSign, !flight.isSignedAnew,
      stoppedAt == nil
    else { return false }
    // Many calls may be under way with the expired signature; one new one serves them all.
    if !hasSignedAnew {
      actions.append(.renewSignature)
      actions.append(.notice(.signedAnew))
    }
    hasSignedAnew = true
    queue.prepend([flight.batch])
    return true
  }
}
