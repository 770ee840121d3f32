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

  /// The service refused a call as too fast: notes it for the rate and sends the batch again. While
  /// other users are completed the run goes on, so the batch has a bound of its own: then it is left
  /// over.
  mutating func slowDown(_ flight: Flight, at now: Moment) {
    var batch = flight.batch
    pace.refused(flight, at: now.instant)
    sendPace(of: batch.call)
    let since = batch.slowedSince ?? flight.sent
    let isOver = batch.purpose.isForUsers && now.instant - since >= settings.progressTimeout
    if isOver || stoppedAt != nil { return releaseUnsent(batch, at: now) }
    batch.slowedSince = since
    // Behind the others, who may be no part of what is too fast.
    queue.append(batch)
  }

  /// The service refused these users of a call as too fast. If it accepted the call for others, its
  /// rate is not the reason: then these users wait.
  mutating func slowDown(_ flight: Flight, for members: [Batch.Member], at now: Moment) {
    if members.isEmpty { return }
    if members.count == flight.batch.members.count { return slowDown(flight, at: now) }
    var part = flight.batch
    part.members = members
    if stoppedAt != nil { return releaseUnsent(part, at: now) }
    part.slowedSince = now.instant
    part.notBefore = now.instant + Self.userWait
    queue.wait(part)
  }

  /// How long single users wait that the service refused as too fast. Whether there is such a limit,
  /// and of how many calls, is not documented; a second is over then.
  private static let userWait = Interval.seconds(1)

  /// Whether the service refused a whole call as too fast.
  static func isTooFast(_ answer: Answer, _ batch: Batch) -> Bool {
    func isThrottled(_ code: ServiceCode) -> Bool {
      ServiceCodes.meaning(of: code, for: batch.call) == .throttled
    }
    if isThrottled(answer.code) { return true }
    let tooFast = Set(answer.users.lazy.filter { isThrottled($0.code) }.map(\.id))
    return !tooFast.isEmpty && tooFast.isSuperset(of: batch.ids)
  }

  /// Whether a refusal is only that the signature has expired, and a new one can be made: then the
  /// batch is sent again.
  mutating func renewsSignature(_ code: ServiceCode, _ flight: Flight) -> Bool {
    guard code == ServiceCodes.signatureExpired, settings.canSign, !flight.hasRenewedSignature,
      stoppedAt == nil
    else { return false }
    // Many calls may be under way with the expired signature; one new one serves them all.
    if !hasRenewedSignature {
      actions.append(.renewSignature)
      actions.append(.notice(.signatureRenewed))
    }
    hasRenewedSignature = true
    queue.prepend([flight.batch])
    return true
  }
}
