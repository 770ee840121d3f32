/// What the answers to calls mean for the users of their batches.
extension ApplyMachine {
  mutating func take(_ reading: Reading, for flight: Flight, at now: Moment) {
    let batch = flight.batch
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
      let said = Statements(answer, about: batch)
      let isTooFast = answer.users.contains {
        ServiceCodes.meaning(of: $0.code, for: batch.call) == .throttled && said.isAsked($0.id)
      }
      if !isTooFast { pace.accepted(batch.call) }
      takeUsers(of: answer, said, for: flight, at: now)
    case .throttled: slowDown(flight, at: now)
    case .transient(let limit):
      retry(
        batch, mayHaveActed: true, giveUp: nil, "code \(answer.code)", answer.code,
        limit: limit, at: now)
    case .unknown: loseAnswer(batch, "code \(answer.code)", at: now)
    case .batch: split(flight, answer, at: now)
    case .fatal:
      if signsAnew(answer.code, flight) { return }
      if batch.call == .readTags, ServiceCodes.isEditionRefusal(answer.code) {
        return leaveUnresolved(batch)
      }
      releaseUnsent(batch, at: now)
      stop(refusal(batch.call, answer.code, info: answer.info), at: now)
    case .other:
      guard batch.call.operation != nil else { return leaveUnresolved(batch) }
      // What a code that no page explains has done is not known.
      tally.noteChange()
      record(batch, batch.members.map { ($0, .failed(answer.code)) }, at: now)
    }
  }

  /// The call failed as a whole, and its answer says of single users that they are done: both
  /// cannot be true, so these are read. Gives the rest of the call, nil if there is none.
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

  // MARK: - User by user

  /// Takes an answer that stands for the whole call; a user of whom it says nothing is unresolved.
  private mutating func takeUsers(
    of answer: Answer, _ said: Statements, for flight: Flight, at now: Moment
  ) {
    let batch = flight.batch
    let mayMeanOthers = said.mayMeanOthers
    switch batch.call {
    case .checkAccounts, .readTags: resolve(flight, said, at: now)
    case .deleteAccounts:
      if answer.code.number == 70107, said.isEmpty, batch.members.count > 1 {
        return split(flight, answer, at: now)
      }
      takeItems(of: flight, at: now) { member in
        if answer.code.number == 70107, said.isEmpty { return mayMeanOthers ? nil : answer.code }
        return said[member.id]?.code
      }
    case .clearTags:
      var left = 0
      takeItems(of: flight, isTaken: mayMeanOthers, at: now) { member in
        if said.contradicts(member.id) { return nil }
        if let user = said[member.id] { return user.tags ?? 0 > 0 ? nil : user.code }
        // Success is not to be spoken of, so it must be clear who is.
        if mayMeanOthers { left += 1 }
        return mayMeanOthers ? nil : ServiceCode(0)
      }
      guard left > 0, !hasToldUnattributed else { return }
      hasToldUnattributed = true
      actions.append(.notice(.unattributed(batch.call, users: left)))
    }
  }

  /// Gives each member of a changing batch its outcome by its own code; nil means no usable word.
  /// `isTaken` says that the call went through even if none of its users is known to be done.
  private mutating func takeItems(
    of flight: Flight, isTaken: Bool = false, at now: Moment, _ code: (Batch.Member) -> ServiceCode?
  ) {
    let batch = flight.batch
    var outcomes: [(Batch.Member, UserOutcome)] = []
    var again = batch
    again.members = []
    var tooFast: [Batch.Member] = []
    var passing: ServiceCode?
    var fatal: ServiceCode?
    /// Whether the service has now found one of the users: a code 0, be it of a second sending.
    var meetsSomebody = false
    for member in batch.members {
      guard let code = code(member) else {
        outcomes.append((member, .unknown))
        continue
      }
      switch ServiceCodes.meaning(of: code, for: batch.call) {
      case .done:
        if code.number == 0 { meetsSomebody = true }
        outcomes.append((member, .done(Self.done(code, member, batch.call))))
      case .throttled: tooFast.append(member)
      case .transient:
        again.members.append(member)
        passing = passing ?? code
      case .unknown: outcomes.append((member, .unknown))
      case .fatal:
        fatal = code
        outcomes.append((member, member.unsentOutcome))
      case .batch where batch.call == .clearTags && ServiceCodes.meansAbsent(code):
        outcomes.append((member, .done(.alreadyAbsent)))
      case .batch: outcomes.append((member, .failed(code)))
      case .other:
        // Nobody knows what became of this user.
        tally.noteChange()
        outcomes.append((member, .failed(code)))
      }
    }
    guard let operation = batch.operation else { return }
    if meetsSomebody { meetExisting(of: operation, at: now) }
    record(batch, outcomes, isTaken: isTaken, at: now)
    slowDown(flight, for: tooFast, at: now)
    if let passing {
      retry(again, mayHaveActed: true, giveUp: nil, "code \(passing)", passing, at: now)
    }
    if let fatal { stop(refusal(batch.call, fatal, info: ""), at: now) }
    stopIfTooManyAbsent(of: operation, at: now)
    if fatal == nil,
      outcomes.contains(where: { $0.1.isKnown && !$0.0.isUnresolved(by: $0.1) })
    {
      climb(operation)
      if let reading = precheck.readBack(batch, outcomes) { queue.prepend([reading]) }
    }
  }

  /// How a confirmed user ended: 70107 on our own second sending means that the first one did it.
  private static func done(
    _ code: ServiceCode, _ member: Batch.Member, _ call: Call
  ) -> DoneOutcome {
    if call == .clearTags { return .cleared }
    let isFirst = !member.mayHaveActed && !member.isResent
    return code.number == 0 || !isFirst ? .removed : .alreadyAbsent
  }

  /// Goes up the ramp, and tells if the first users were all absent.
  private mutating func climb(_ operation: Operation) {
    if pace.climb(operation), stoppedAt == nil, absences[operation].deservesWarning {
      actions.append(.notice(.onlyAbsent))
    }
  }

  /// Why a run stops after a code with which it cannot go on.
  func refusal(_ call: Call, _ code: ServiceCode, info: String) -> StopReason {
    guard code == ServiceCodes.signatureExpired, settings.canSign else {
      return .fatal(call, code, info: info)
    }
    return .newSignatureExpired(call, info: info, ahead: reader.secondsAhead)
  }

  // MARK: - Failures

  /// Puts a batch aside for another try, or ends it when it has had its tries.
  private mutating func retry(
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

  /// The answer to a call is of no use: its users are in doubt, or are read again.
  mutating func loseAnswer(_ batch: Batch, _ reason: String, at now: Moment) {
    guard batch.call.operation != nil else {
      return retry(batch, mayHaveActed: false, giveUp: nil, reason, at: now)
    }
    record(batch, batch.members.map { ($0, .unknown) }, at: now)
  }

  /// Some user of the batch is the cause of a refusal: find it by halves.
  private mutating func split(_ flight: Flight, _ answer: Answer, at now: Moment) {
    let batch = flight.batch
    if batch.members.count > 1 {
      if stoppedAt != nil { return releaseUnsent(batch, at: now) }
      if !batch.isPart, batch.call.operation != nil { breaker.note(success: false) }
      queue.prepend(batch.halves)
      return
    }
    let mayMeanOthers = answer.mayMeanOthers(than: Set(batch.ids))
    guard let operation = batch.call.operation else {
      guard batch.call == .readTags, ServiceCodes.meansAbsent(answer.code), !mayMeanOthers else {
        return leaveUnresolved(batch)
      }
      for member in batch.members { settle(unresolved.user(of: member), .alreadyAbsent, at: now) }
      return
    }
    let isAbsent =
      operation == .clearTags
      ? ServiceCodes.meansAbsent(answer.code) : answer.code.number == 70107
    takeItems(of: flight, at: now) { _ in
      if isAbsent { return mayMeanOthers ? nil : ServiceCodes.absent }
      return answer.code
    }
  }
}
