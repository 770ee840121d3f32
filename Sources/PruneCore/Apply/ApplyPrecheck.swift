/// The live half of the precheck (docs/architecture.md, "Precheck"): calls made before the first
/// change, to find out whether the run can succeed at all, with no user touched.
extension ApplyMachine {
  /// Ids of probes begin with this, so that they can be told in the service's logs.
  package static let probePrefix = "imprune-probe-"

  /// Whether an id is that of a probe.
  static func isProbe(_ id: UserID) -> Bool { id.hasPrefix(Array(probePrefix.utf8)[...]) }

  // MARK: - Steps

  /// `account_check` of the admin: the code counts, not the account's status.
  mutating func checkAccess(at now: Moment) {
    check(.access, .checkAccounts, plan.manifest.app.admin, at: now)
  }

  /// For clears: tags of one user that is to be cleared are read.
  mutating func checkTagAccess(at now: Moment) {
    guard let id = firstUser(of: .clearTags) else { return }
    check(.tagAccess, .readTags, id, at: now)
  }

  /// For removals: an id is made up, and seen not to exist, before it is probed.
  mutating func lookForProbe(at now: Moment) {
    guard settings.scope != .readingPrecheck, firstUser(of: .removeAccount) != nil else { return }
    var hex: [UInt8] = []
    hex.appendHex(randomness.next(), digits: 16)
    guard let id = UserID(Array(Self.probePrefix.utf8) + hex) else { return }
    probeLooks += 1
    check(.probeLook, .checkAccounts, id, at: now)
  }

  /// How many users are read back at most: as many as the ramp has steps. One is enough, unless it
  /// turns out to be absent, which shows nothing.
  static let maxReadBacks = 3

  /// After the first clear: are the tags gone?
  mutating func readBack(
    _ batch: Batch, _ outcomes: [(Batch.Member, UserOutcome)], at now: Moment
  ) {
    guard batch.call == .clearTags, readBacksLeft > 0, !isReadingBack,
      let (member, _) = outcomes.first(where: { $0.1 == .done(.cleared) })
    else { return }
    readBacksLeft -= 1
    isReadingBack = true
    queue.prepend([
      Batch(purpose: .readBack, call: .readTags, intent: batch.intent, members: [member])
    ])
  }

  private mutating func check(
    _ purpose: Batch.Purpose, _ call: Call, _ id: UserID, at now: Moment
  ) {
    queue.append(
      Batch(
        purpose: purpose, call: call, members: [.init(id: id, revision: .first, index: 0)]))
  }

  /// A user for whom the operation is asked: of the plan, or of the manifest if only the precheck
  /// is made.
  private func firstUser(of operation: Operation) -> UserID? {
    if settings.scope == .whole {
      let item = plan.items.first { $0.block == nil && $0.operation == operation }
      return item.map { plan.entry(of: $0).id }
    }
    let entries = plan.manifest.entries
    return entries.list.first { entries.operation(of: $0) == operation }?.id
  }

  // MARK: - Answers

  /// Takes the answer to a step. Passing failures are tried again; whatever else is no clear yes
  /// ends the run, with nobody touched.
  mutating func takeCheck(_ reading: Reading, for flight: Flight, at now: Moment) {
    let batch = flight.batch
    switch reading {
    case .answer(let answer): take(answer, of: flight, at: now)
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

  private mutating func take(_ answer: Answer, of flight: Flight, at now: Moment) {
    let batch = flight.batch
    let id = batch.members[0].id
    let said = Statements(answer, about: batch)
    let user = said[id]
    var code = answer.code
    // The verdict may stand for the call or for the one user in it; of the admin it does not count.
    if batch.purpose != .access {
      let refused = answer.users.first { $0.id == id && ServiceCodes.isEditionRefusal($0.code) }
      if let refused {
        code = refused.code
      } else if said.contradicts(id) {
        return stop(.notTheService("an answer that contradicts itself"), at: now)
      } else if let user, ServiceCodes.meaning(of: code, for: batch.call) == .done {
        code = user.code
      }
    }
    let refusal = refusal(batch.call, code, info: answer.info)
    switch ServiceCodes.meaning(of: code, for: batch.call) {
    case .throttled: slowDown(flight, at: now)
    case .transient(let limit):
      tryAgain(batch, "code \(code)", limit: limit, orStop: refusal, at: now)
    case .fatal:
      if signsAnew(code, flight) { return }
      stop(refusal, at: now)
    case .done: pass(batch, code, user, at: now)
    case .batch where batch.call == .readTags && ServiceCodes.meansAbsent(code):
      // Tags of nobody can be read too.
      pass(batch, code, nil, at: now)
    case .batch where batch.purpose == .tagAccess,
      .other where batch.purpose == .tagAccess && answer.code.number == 0:
      // This user is at fault, who will stand alone as failed; the call itself is allowed.
      pass(batch, code, nil, at: now)
    case .unknown, .batch, .other: stop(refusal, at: now)
    }
  }

  private mutating func pass(
    _ batch: Batch, _ code: ServiceCode, _ user: Answer.UserAnswer?, at now: Moment
  ) {
    timeout.note(at: now.instant)
    let member = batch.members[0]
    switch batch.purpose {
    case .access: actions.append(.notice(.passed(.access(admin: member.id))))
    case .tagAccess: actions.append(.notice(.passed(.tagAccess)))
    case .probeLook:
      if user?.isImported == false {
        check(.probe, .deleteAccounts, member.id, at: now)
      } else if probeLooks < Self.maxProbeLooks {
        lookForProbe(at: now)
      } else {
        stop(.notTheService("every made-up id exists, or none can be checked"), at: now)
      }
    case .probe:
      guard user != nil || code.number != 0 else {
        return stop(.notTheService("an answer without a result for the probe"), at: now)
      }
      actions.append(.notice(.passed(.probe(member.id, code))))
    case .readBack:
      isReadingBack = false
      // Of a user that is absent nothing need be said: then the next one that is cleared is read.
      guard let tags = user?.tags else { return }
      if tags > 0 {
        takeBack(batch, at: now)
        stop(.notCleared(member.id), at: now)
      } else {
        readBacksLeft = 0
        actions.append(.notice(.passed(.readBack(member.id))))
      }
    case .resolution, .operation: break
    }
  }

  /// How many made-up ids are looked at before it is clear that something is wrong.
  private static let maxProbeLooks = 3

  private mutating func tryAgain(
    _ batch: Batch, _ reason: String, limit: Int? = nil, orStop stopReason: StopReason,
    at now: Moment
  ) {
    if !waits(batch, reason, limit: limit, at: now) { stop(stopReason, at: now) }
  }

  /// The user read back was recorded as cleared and is not: the record is corrected to failed, with
  /// the code 0 that the service gave.
  private mutating func takeBack(_ batch: Batch, at now: Moment) {
    let member = batch.members[0]
    let code = ServiceCode(0)
    tally.correctCleared(member.id, code)
    guard let place = batch.place(of: member) else { return }
    append([place.outcome(.failed(code), at: now.wall)], at: now)
  }
}
