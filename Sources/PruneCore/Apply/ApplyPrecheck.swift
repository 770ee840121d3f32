/// Makes the calls of the precheck and acts on what they find; see `Precheck`.
extension ApplyMachine {
  /// The prefix of probe ids, which makes them recognizable in the service's logs.
  package static let probePrefix = "imprune-probe-"

  /// Whether an id is a probe's.
  static func isProbe(_ id: UserID) -> Bool { id.hasPrefix(Array(probePrefix.utf8)[...]) }

  /// Takes the reply to a call. Retries transient failures; anything else but a clear success ends
  /// the run without a changed user.
  mutating func takeCheck(_ reading: Reading, for flight: Flight, at now: Moment) {
    let batch = flight.batch
    switch reading {
    case .answer(let answer): takeCheck(answer, for: flight, at: now)
    case .notSent(let message), .lost(let message):
      tryAgain(batch, message, orStop: .unreachable(message), at: now)
    case .untrusted(let message): stop(.untrusted(message), at: now)
    case .unavailable(let status):
      tryAgain(
        batch, Reading.words(forStatus: status), orStop: .unavailable(status: status), at: now)
    case .webPage(let status): stop(.webPage(status: status), at: now)
    case .unusable(let status):
      stop(.notTheService(Reading.words(forStatus: status)), at: now)
    }
  }

  private mutating func takeCheck(_ answer: Answer, for flight: Flight, at now: Moment) {
    let batch = flight.batch
    func refusal(_ code: ServiceCode) -> StopReason {
      self.refusal(batch.call, code, info: answer.info)
    }
    switch precheck.judge(answer, to: batch, &randomness) {
    case .passed(let step):
      timeout.note(at: now.instant)
      actions.append(.notice(.passed(step)))
    case .call(let next):
      timeout.note(at: now.instant)
      queue.append(next)
    case .throttled: slowDown(flight, at: now)
    case .transient(let code, let limit):
      tryAgain(batch, "code \(code)", limit: limit, orStop: refusal(code), at: now)
    case .fatal(let code):
      if !renewsSignature(code, flight) { stop(refusal(code), at: now) }
    case .refused(let code): stop(refusal(code), at: now)
    case .notTheService(let words): stop(.notTheService(words), at: now)
    }
  }

  private mutating func tryAgain(
    _ batch: Batch, _ reason: String, limit: Int? = nil, orStop stopReason: StopReason,
    at now: Moment
  ) {
    if !waits(batch, reason, limit: limit, at: now) { stop(stopReason, at: now) }
  }
}
