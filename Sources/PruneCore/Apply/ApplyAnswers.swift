/// What the answers to calls mean for the users of their batches.
extension ApplyMachine {
  mutating func take(_ reply: Reply, for flight: Flight, at now: Moment) {
    let batch = flight.batch
    guard batch.purpose.isForUsers else { return takeCheck(reply, for: flight, at: now) }
    switch reply {
    case .notSent(let message):
      retry(batch, mayHaveActed: false, giveUp: .unreachable(message), message, at: now)
    case .untrusted(let message):
      giveBack(batch, at: now)
      stop(.untrusted(message), at: now)
    case .lost(let message):
      loseAnswer(batch, message, at: now)
    case .response(let status, let body):
      if let answer = status == 200 ? Answer(json: body) : nil {
        take(answer, for: flight, at: now)
      } else if (500...599).contains(status) {
        retry(batch, mayHaveActed: true, giveUp: nil, "HTTP status \(status)", at: now)
      } else {
        let what = status == 200 ? "an answer that cannot be read" : "HTTP status \(status)"
        loseAnswer(batch, what, at: now)
      }
    }
  }

  private mutating func take(_ answer: Answer, for flight: Flight, at now: Moment) {
    let batch = flight.batch
    switch ServiceCodes.meaning(of: answer.code, for: batch.call) {
    case .done:
      let asked = Set(batch.ids)
      let isTooFast = answer.users.contains {
        ServiceCodes.meaning(of: $0.code, for: batch.call) == .throttled && asked.contains($0.id)
      }
      if !isTooFast { pacers[batch.call].accepted() }
      takeUsers(of: answer, for: flight, at: now)
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
        return leaveInDoubt(batch)
      }
      giveBack(batch, at: now)
      stop(.fatal(batch.call, answer.code, info: answer.info), at: now)
    case .other:
      guard batch.call.operation != nil else { return leaveInDoubt(batch) }
      // What a code that no page explains has done is not known.
      result.hasChangedUsers = true
      record(batch, batch.members.map { ($0, .failed(answer.code)) }, at: now)
    }
  }

  // MARK: - User by user

  /// Takes an answer that stands for the whole call: the users are told apart by their ids, never
  /// by their order; one that is missing, or spoken of in two ways, is in doubt.
  private mutating func takeUsers(of answer: Answer, for flight: Flight, at now: Moment) {
    let batch = flight.batch
    var said: [UserID: Answer.UserAnswer] = [:]
    var contradicted: Set<UserID> = []
    for user in answer.users {
      if let before = said.updateValue(user, forKey: user.id), before != user {
        contradicted.insert(user.id)
      }
    }
    for id in contradicted { said[id] = nil }
    switch batch.call {
    case .checkAccounts, .readTags: resolve(flight, said, at: now)
    case .deleteAccounts:
      if answer.code.number == 70107, said.isEmpty, batch.members.count > 1 {
        return split(flight, answer, at: now)
      }
      takeItems(of: flight, at: now) { member in
        if answer.code.number == 70107, said.isEmpty { return answer.code }
        return said[member.id]?.code
      }
    case .clearTags:
      takeItems(of: flight, at: now) { member in
        contradicted.contains(member.id) ? nil : said[member.id]?.code ?? ServiceCode(0)
      }
    }
  }

  /// Gives each member of a changing batch its outcome by its own code; nil means no usable word.
  private mutating func takeItems(
    of flight: Flight, at now: Moment, _ code: (Batch.Member) -> ServiceCode?
  ) {
    let batch = flight.batch
    var outcomes: [(Batch.Member, UserOutcome)] = []
    var again = batch
    again.members = []
    var tooFast: [Batch.Member] = []
    var passing: ServiceCode?
    var fatal: ServiceCode?
    for member in batch.members {
      guard let code = code(member) else {
        outcomes.append((member, .unknown))
        continue
      }
      switch ServiceCodes.meaning(of: code, for: batch.call) {
      case .done: outcomes.append((member, .done(Self.done(code, member, batch.call))))
      case .throttled: tooFast.append(member)
      case .transient:
        again.members.append(member)
        passing = passing ?? code
      case .unknown: outcomes.append((member, .unknown))
      case .fatal:
        fatal = code
        outcomes.append((member, member.givenBack))
      case .batch where batch.call == .clearTags && ServiceCodes.meansAbsent(code):
        outcomes.append((member, .done(.alreadyAbsent)))
      case .batch: outcomes.append((member, .failed(code)))
      case .other:
        // Nobody knows what became of this user.
        result.hasChangedUsers = true
        outcomes.append((member, .failed(code)))
      }
    }
    record(batch, outcomes, at: now)
    slowDown(flight, for: tooFast, at: now)
    if let passing {
      retry(again, mayHaveActed: true, giveUp: nil, "code \(passing)", passing, at: now)
    }
    if let fatal { stop(.fatal(batch.call, fatal, info: ""), at: now) }
    if let operation = batch.call.operation, fatal == nil,
      outcomes.contains(where: { $0.1.isKnown && !$0.0.isInDoubt($0.1) })
    {
      climb(operation, outcomes.map(\.1))
      readBack(batch, outcomes, at: now)
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
  private mutating func climb(_ operation: Operation, _ outcomes: [UserOutcome]) {
    let ramp = Int(operation.rawValue)
    guard ramps[ramp].isSingle else { return }
    ramps[ramp].answered(by: outcomes)
    if !ramps[ramp].isSingle, ramps[ramp].metOnlyAbsent {
      actions.append(.notice(.onlyAbsent))
    }
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
      leaveInDoubt(batch)
    } else if let code {
      record(batch, batch.members.map { ($0, .failed(code)) }, at: now)
    } else {
      giveBack(batch, at: now)
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
    waiting.append(batch)
    return true
  }

  /// The service said "too fast": halves the rate and sends the batch again. While others come to
  /// their end the run goes on, so the batch has a bound of its own: then it is left over.
  mutating func slowDown(_ flight: Flight, at now: Moment) {
    var batch = flight.batch
    pacers[batch.call].throttled(sent: flight.sent, at: now.instant)
    tellPace(of: batch.call)
    actions.append(.notice(.throttled(batch.call, rate: pacers[batch.call].rate)))
    let since = batch.slowedSince ?? flight.sent
    let isOver = batch.purpose.isForUsers && now.instant - since >= settings.patience
    if isOver || stoppedAt != nil { return giveBack(batch, at: now) }
    batch.slowedSince = since
    // Behind the others, who may be no part of what is too fast.
    ready.append(batch)
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
    ready.insert(flight.batch, at: 0)
    return true
  }

  /// The answer to a call is of no use: its users are in doubt, or are read again.
  private mutating func loseAnswer(_ batch: Batch, _ reason: String, at now: Moment) {
    guard batch.call.operation != nil else {
      return retry(batch, mayHaveActed: false, giveUp: nil, reason, at: now)
    }
    record(batch, batch.members.map { ($0, .unknown) }, at: now)
  }

  /// Some user of the batch is the cause of a refusal: find it by halves.
  private mutating func split(_ flight: Flight, _ answer: Answer, at now: Moment) {
    let batch = flight.batch
    if batch.members.count > 1 {
      if stoppedAt != nil { return giveBack(batch, at: now) }
      if !batch.isPart, batch.call.operation != nil { breaker.note(success: false) }
      ready.insert(contentsOf: batch.halves, at: 0)
      return
    }
    guard let operation = batch.call.operation else {
      guard batch.call == .readTags, ServiceCodes.meansAbsent(answer.code) else {
        return leaveInDoubt(batch)
      }
      for member in batch.members { settle(doubts[member.index], .alreadyAbsent, at: now) }
      return
    }
    let isAbsent =
      operation == .clearTags
      ? ServiceCodes.meansAbsent(answer.code) : answer.code.number == 70107
    takeItems(of: flight, at: now) { _ in isAbsent ? ServiceCode(70107) : answer.code }
  }

  /// Users that were not sent after all, or whose refusal says nothing of them: those for whom an
  /// earlier send may have acted are in doubt, the others keep their record as it was.
  mutating func giveBack(_ batch: Batch, at now: Moment) {
    guard batch.purpose.isForUsers else { return }
    guard batch.call.operation != nil else { return leaveInDoubt(batch) }
    record(batch, batch.members.map { ($0, $0.givenBack) }, at: now)
  }

  // MARK: - Recording

  /// Writes outcomes to the journal and counts them.
  private mutating func record(
    _ batch: Batch, _ outcomes: [(Batch.Member, UserOutcome)], at now: Moment
  ) {
    guard !outcomes.isEmpty, let operation = batch.call.operation else { return }
    var users = [UserOutcome?](repeating: nil, count: batch.intentSize)
    var isSuccess = false
    for (member, said) in outcomes {
      let outcome = member.isInDoubt(said) ? .unknown : said
      users[member.index] = outcome
      switch outcome {
      case .done(let done):
        result.counts.add(done)
        isSuccess = true
        settled += 1
      case .failed(let code):
        result.counts.failed += 1
        settled += 1
        noteFailure(member.id, operation, code)
      case .unknown:
        ownDoubts.append(
          Doubt(
            operation: operation, id: member.id, revision: member.revision,
            time: batch.intentTime,
            origin: .own(intent: batch.intent, size: batch.intentSize, index: member.index),
            refusal: said.code.map { ($0, now.instant) }, wanted: member.revision))
      case .notAttempted where member.isResent:
        // What its earlier intent left open stays open.
        result.counts.unknown += 1
        settled += 1
      case .notAttempted: break
      }
      if outcome != .notAttempted { lastProgress = now.instant }
      switch outcome {
      case .done(.removed), .done(.cleared), .unknown: result.hasChangedUsers = true
      case .done(.alreadyAbsent), .failed, .notAttempted: break
      }
    }
    append([.outcome(.init(intent: batch.intent, time: now.wall, users: users))], at: now)
    // Of a split only what came through counts: its culprits say nothing of the service.
    if outcomes.contains(where: { $0.1 != .notAttempted }), isSuccess || !batch.isPart {
      breaker.note(success: isSuccess)
      if let (failed, recent) = breaker.tripped {
        stop(.mostlyFailing(failed: failed, of: recent), at: now)
      }
    }
  }

  mutating func noteFailure(_ id: UserID, _ operation: Operation, _ code: ServiceCode) {
    if result.failures.count < RunResult.shownFailures {
      result.failures.append(.init(id: id, operation: operation, code: code))
    }
  }

  // MARK: - Stopping

  /// Stops sending. What was not sent is given back, what was handed over and has not left is taken
  /// back, and what is in flight is waited for.
  mutating func stop(_ reason: StopReason, at now: Moment) {
    // Whatever else has stopped the run: from now on nothing is confirmed as durable.
    switch reason {
    case .journal, .filesLost: result.stop = reason
    default: break
    }
    guard stoppedAt == nil else { return }
    stoppedAt = now.instant
    result.stop = result.stop ?? reason
    actions.append(.takeBack)
    actions.append(.notice(.stopping(reason, inFlight: flights.values.count(where: \.hasLeft))))
    let unsent = armed.map(\.batch) + ready + waiting
    armed = []
    ready = []
    waiting = []
    for batch in unsent { giveBack(batch, at: now) }
  }

  /// Gives up on what is still in flight after the drain: nothing is known of it.
  mutating func abandon(at now: Moment) {
    let left = flights.sorted { $0.key.number < $1.key.number }
    flights = [:]
    actions.append(.abandon)
    for (_, flight) in left where flight.batch.purpose.isForUsers {
      loseAnswer(flight.batch, "interrupted", at: now)
    }
  }
}
