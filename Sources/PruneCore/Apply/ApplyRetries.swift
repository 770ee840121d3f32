/// Sends batches again: after a transient failure, at a slower rate, or with a renewed signature.
extension ApplyMachine {
  /// Retries a batch later, or ends it when it has used its attempts.
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
      leaveUnread(batch, code.map(Finding.Unread.refused) ?? .noResponse, at: now)
    } else if let code {
      record(batch, batch.members.map { ($0, .failed(code)) }, at: now)
    } else {
      releaseUnsent(batch, at: now)
    }
    if let giveUp { stop(giveUp, at: now) }
  }

  /// Retries a batch after a growing, random wait; false if it has used its attempts.
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
    timeline.retried(at: now.instant)
    return true
  }

  /// The service throttled the call: adapts the rate and sends the batch again. With `adaptsRate`
  /// false, the rate of calls is not the reason, so only these users wait.
  ///
  /// The run continues while other users are completed, so the batch has its own time limit; after
  /// that it is released.
  mutating func slowDown(_ flight: Flight, adaptsRate: Bool = true, at now: Moment) {
    var batch = flight.batch
    if adaptsRate {
      pace.refused(flight, at: now.instant)
      timeline.throttled(at: now.instant)
      sendPace(of: batch.call)
    }
    let since = batch.slowedSince ?? flight.sent
    let isOver = batch.purpose.isForUsers && now.instant - since >= settings.progressTimeout
    if isOver, [.inspection, .restore].contains(batch.purpose) {
      return leaveUnread(batch, .throttled, at: now)
    }
    if isOver || stoppedAt != nil { return releaseUnsent(batch, at: now) }
    batch.slowedSince = since
    if adaptsRate {
      // Behind the others, which may not be throttled.
      queue.append(batch)
    } else {
      batch.notBefore = now.instant + Self.userWait
      queue.wait(batch)
    }
  }

  /// The service throttled these users of a call. If it accepted the call for others, now or before,
  /// the users are set apart.
  mutating func slowDown(_ flight: Flight, for members: [Batch.Member], at now: Moment) {
    if members.isEmpty { return }
    var part = flight
    if members.count < part.batch.members.count {
      part.batch.isSetApart = true
      part.batch.slowedSince = nil
    }
    part.batch.members = members
    slowDown(part, adaptsRate: !part.batch.isSetApart, at: now)
  }

  /// How long throttled users wait. Whether the service has a limit for single users is not
  /// documented.
  private static let userWait = Interval.seconds(1)

  /// Whether the service refused a whole call as too fast.
  static func isTooFast(_ answer: Answer, _ batch: Batch) -> Bool {
    func isThrottled(_ code: ServiceCode) -> Bool {
      ServiceCodes.meaning(of: code, for: batch.call) == .throttled
    }
    if isThrottled(answer.code) { return true }
    if batch.isSetApart { return false }
    let tooFast = Set(answer.users.lazy.filter { isThrottled($0.code) }.map(\.id))
    return !tooFast.isEmpty && tooFast.isSuperset(of: batch.ids)
  }

  /// Whether a call was refused only because the signature has expired, and a new one can be made:
  /// then the batch is sent again.
  mutating func renewsSignature(_ code: ServiceCode, _ flight: Flight) -> Bool {
    guard code == ServiceCodes.signatureExpired, settings.canSign, !flight.hasRenewedSignature,
      stoppedAt == nil
    else { return false }
    // Many calls may be in flight with the expired signature; one renewal serves them all.
    if !hasRenewedSignature {
      actions.append(.renewSignature)
      actions.append(.notice(.signatureRenewed))
    }
    hasRenewedSignature = true
    queue.prepend([flight.batch])
    return true
  }
}
