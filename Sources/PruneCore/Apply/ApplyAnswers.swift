/// What the answers to calls mean for the users of their batches.
extension ApplyMachine {
  mutating func take(_ reading: Reading, for flight: Flight, at now: Moment) {
    let batch = flight.batch
    if case .answer(let answer) = reading, !Self.isTooFast(answer, batch) {
      pace.accepted(flight)
    }
    guard batch.purpose.isForUsers else { return takeCheck(reading, for: flight, at: now) }
    switch reading {
    case .answer(let answer): take(answer, for: flight, at: now)
    case .notSent(let message):
      retry(batch, mayHaveActed: false, giveUp: .unreachable(message), message, at: now)
    case .untrusted(let message):
      releaseUnsent(batch, at: now)
      stop(.untrusted(message), at: now)
    case .lost(let message): loseAnswer(batch, message, at: now)
    case .unavailable(let status):
      retry(batch, mayHaveActed: true, giveUp: nil, Reading.words(forStatus: status), at: now)
    case .webPage(let status), .unusable(let status):
      loseAnswer(batch, Reading.words(forStatus: status), at: now)
    }
  }

  private mutating func take(_ answer: Answer, for flight: Flight, at now: Moment) {
    guard let flight = settingApartDone(answer, flight, at: now) else { return }
    let batch = flight.batch
    switch ServiceCodes.meaning(of: answer.code, for: batch.call) {
    case .done:
      takeUsers(of: answer, Statements(answer, about: batch), for: flight, at: now)
    case .throttled: slowDown(flight, at: now)
    case .transient(let limit):
      retry(
        batch, mayHaveActed: true, giveUp: nil, "code \(answer.code)", answer.code,
        limit: limit, at: now)
    case .unknown: loseAnswer(batch, "code \(answer.code)", at: now)
    case .batch: split(flight, answer, at: now)
    case .fatal:
      if renewsSignature(answer.code, flight) { return }
      if batch.call == .readTags, batch.decides == nil, ServiceCodes.isEditionRefusal(answer.code) {
        return leaveUnread(batch, .refused(answer.code), at: now)
      }
      releaseUnsent(batch, at: now)
      stop(refusal(batch.call, answer.code, info: answer.info), at: now)
    case .other where batch.call == .addTags: split(flight, answer, at: now)
    case .other:
      guard batch.call.operation != nil else {
        return leaveUnread(batch, .refused(answer.code), at: now)
      }
      // The effect of an undocumented code is unknown.
      tally.noteChange()
      record(batch, batch.members.map { ($0, .failed(answer.code)) }, at: now)
    }
  }

  /// The call failed as a whole, but its response reports single users as done: both cannot be
  /// true, so these users are read. Returns the rest of the call, nil if there is none.
  private mutating func settingApartDone(
    _ answer: Answer, _ flight: Flight, at now: Moment
  ) -> Flight? {
    let batch = flight.batch
    let meaning = ServiceCodes.meaning(of: answer.code, for: batch.call)
    guard batch.call.operation != nil, meaning != .done else { return flight }
    let done = Set(answer.users.lazy.filter { $0.code.number == 0 }.map(\.id))
    let contradicted = batch.members.filter { done.contains($0.id) }
    if contradicted.isEmpty { return flight }
    record(batch, contradicted.map { ($0, .unknown) }, at: now)
    var rest = flight
    rest.batch.members.removeAll { done.contains($0.id) }
    if !rest.batch.members.isEmpty { return rest }
    if meaning == .fatal { stop(refusal(batch.call, answer.code, info: answer.info), at: now) }
    return nil
  }

  /// Why a run stops after a fatal code.
  func refusal(_ call: Call, _ code: ServiceCode, info: String) -> StopReason {
    guard code == ServiceCodes.signatureExpired, settings.canSign else {
      return .fatal(call, code, info: info)
    }
    return .newSignatureExpired(call, info: info, ahead: reader.secondsAhead)
  }

  /// The response to a call is unusable: its users are unresolved, or are read again.
  mutating func loseAnswer(_ batch: Batch, _ reason: String, at now: Moment) {
    guard batch.call.operation != nil else {
      return retry(batch, mayHaveActed: false, giveUp: nil, reason, at: now)
    }
    record(batch, batch.members.map { ($0, .unknown) }, at: now)
  }

  /// Some user of the batch causes a refusal: find the user by bisection.
  mutating func split(_ flight: Flight, _ answer: Answer, at now: Moment) {
    let batch = flight.batch
    if batch.members.count > 1 {
      if stoppedAt != nil { return releaseUnsent(batch, at: now) }
      if !batch.isPart, batch.call.operation != nil { breaker.note(success: false) }
      queue.prepend(batch.halves)
      return
    }
    let mayNameOthers = answer.mayNameOthers(than: Set(batch.ids))
    guard let operation = batch.call.operation else {
      guard batch.call == .readTags || batch.purpose == .restore,
        ServiceCodes.meansAbsent(answer.code), !mayNameOthers
      else {
        return leaveUnread(batch, .refused(answer.code), at: now)
      }
      switch batch.purpose {
      case .inspection: inspect(batch, all: .absent, at: now)
      case .restore: leaveUnrestored(batch, .refused(answer.code))
      case .backup, .readBack:
        decide(batch, batch.members.map { ($0, .done(.alreadyAbsent)) }, at: now)
      default:
        for member in batch.members { settle(unresolved.user(of: member), .alreadyAbsent, at: now) }
      }
      return
    }
    let isAbsent =
      operation == .clearTags
      ? ServiceCodes.meansAbsent(answer.code) : answer.code.number == 70107
    takeItems(of: flight, at: now) { _ in
      if isAbsent { return mayNameOthers ? nil : ServiceCodes.absent }
      return answer.code
    }
  }
}
