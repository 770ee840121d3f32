/// Interprets responses for users, one by one.
extension ApplyMachine {
  /// Interprets the response to a whole call; a user without a result is unresolved.
  mutating func takeUsers(
    of answer: Answer, _ said: Statements, for flight: Flight, at now: Moment
  ) {
    let batch = flight.batch
    let mayNameOthers = said.mayNameOthers
    switch batch.call {
    case .checkAccounts, .readTags:
      switch batch.purpose {
      case .inspection: inspect(flight, said, at: now)
      case .restore: restore(flight, said, at: now)
      case .backup: takeTags(flight, said, at: now)
      case .readBack: takeReadBack(flight, said, at: now)
      default: resolve(flight, said, at: now)
      }
    case .addTags: restore(flight, said, at: now)
    case .deleteAccounts:
      if answer.code.number == 70107, said.isEmpty, batch.members.count > 1 {
        return split(flight, answer, at: now)
      }
      takeItems(of: flight, at: now) { member in
        if answer.code.number == 70107, said.isEmpty { return mayNameOthers ? nil : answer.code }
        return said[member.id]?.code
      }
    case .clearTags:
      var left = 0
      takeItems(of: flight, isTaken: mayNameOthers, at: now) { member in
        if said.contradicts(member.id) { return nil }
        if let user = said[member.id] { return user.tags?.isEmpty == false ? nil : user.code }
        // A clear's response does not list successes, so it must name its failures unambiguously.
        if mayNameOthers { left += 1 }
        return mayNameOthers ? nil : ServiceCode(0)
      }
      guard left > 0, !hasReportedUnattributed else { return }
      hasReportedUnattributed = true
      actions.append(.notice(.unattributed(batch.call, users: left)))
    }
  }

  /// Gives each member of a batch its outcome by its own code; nil means no usable result.
  /// `isTaken` says that the service accepted the call even if none of its users is known to be
  /// done.
  mutating func takeItems(
    of flight: Flight, isTaken: Bool = false, at now: Moment, _ code: (Batch.Member) -> ServiceCode?
  ) {
    let batch = flight.batch
    var outcomes: [(Batch.Member, UserOutcome)] = []
    outcomes.reserveCapacity(batch.members.count)
    /// Users reported as cleared, to be read back.
    var cleared: [Batch.Member] = []
    var again = batch
    again.members = []
    var tooFast: [Batch.Member] = []
    var passing: ServiceCode?
    var fatal: ServiceCode?
    /// Whether the service has found one of the users: a code 0, even for a repeated call.
    var findsUser = false
    for member in batch.members {
      guard let code = code(member) else {
        outcomes.append((member, .unknown))
        continue
      }
      switch ServiceCodes.meaning(of: code, for: batch.call) {
      case .done:
        // That a clear is reported proves nothing about its user.
        if batch.call == .clearTags {
          cleared.append(member)
          continue
        }
        if code.number == 0 { findsUser = true }
        outcomes.append((member, .done(Self.removed(code, member))))
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
        // It is not known what happened to this user.
        tally.noteChange()
        outcomes.append((member, .failed(code)))
      }
    }
    guard let operation = batch.operation else { return }
    if findsUser { meetExisting(of: operation, at: now) }
    record(batch, outcomes, isTaken: isTaken || !cleared.isEmpty, at: now)
    if !cleared.isEmpty { readBack(cleared, of: batch, at: now) }
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
    }
  }

  /// How a removed user ended: 70107 for a repeated call means that the first one succeeded.
  private static func removed(_ code: ServiceCode, _ member: Batch.Member) -> DoneOutcome {
    let isFirst = !member.mayHaveActed && !member.isResent
    return code.number == 0 || !isFirst ? .removed : .alreadyAbsent
  }

  /// Goes up the ramp, and warns if the first users were all absent.
  mutating func climb(_ operation: Operation) {
    if pace.climb(operation), stoppedAt == nil, absences[operation].deservesWarning {
      actions.append(.notice(.onlyAbsent))
    }
  }
}
