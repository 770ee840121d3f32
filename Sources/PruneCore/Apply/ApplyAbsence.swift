/// Records absent users, held until the run meets an existing one; see `Absence`.
extension ApplyMachine {
  static func absences(_ plan: Plan, _ settings: Settings) -> [Absence] {
    let counts = plan.counts
    return Operation.allCases.map { operation in
      Absence(
        isAccepted: settings.acceptsAbsent, isFirst: !plan.hasPerformed(operation),
        planned: counts[operation])
    }
  }

  /// How to record an absent user; nil if as done.
  mutating func hold(_ member: Batch.Member, of batch: Batch, at now: Moment) -> UserOutcome? {
    guard let operation = batch.decides, let place = batch.place(of: member) else { return nil }
    let user = Absence.Held(id: member.id, place: place)
    switch absences[operation].meetAbsent(user) {
    case .accepted: return nil
    case .open: tally.hold()
    case .refused: tally.failed(user.id, operation, ServiceCodes.absent)
    }
    timeout.note(at: now.instant)
    return .failed(ServiceCodes.absent)
  }

  /// A user exists, so the held users are done after all.
  mutating func meetExisting(of operation: Operation, at now: Moment) {
    recordAbsent(absences[operation].meetExisting(), at: now)
  }

  /// Stops a run that found too many absent users and no existing one.
  mutating func stopIfTooManyAbsent(of operation: Operation, at now: Moment) {
    if absences[operation].isTooMany { stopForAbsent(operation, at: now) }
  }

  /// All users of an operation were answered: the held users are done, or the run stops.
  mutating func endAbsence(of operation: Operation, at now: Moment) {
    if absences[operation].areAllAbsent {
      stopForAbsent(operation, at: now)
    } else if absences[operation].verdict == .open {
      recordAbsent(absences[operation].accept(), at: now)
    }
  }

  /// The run is over: users still held have failed.
  mutating func countHeld() {
    for operation in Operation.allCases {
      for user in absences[operation].takeHeld() { tally.refuseHeld(user.id, operation) }
    }
  }

  private mutating func stopForAbsent(_ operation: Operation, at now: Moment) {
    absences[operation].refuse()
    stop(.onlyAbsent(operation, users: absences[operation].held.count), at: now)
  }

  /// Corrects the outcomes of held users, grouped by intent.
  private mutating func recordAbsent(_ held: [Absence.Held], at now: Moment) {
    tally.acceptHeld(users: held.count)
    var outcomes: [JournalRecord.Outcome] = []
    for user in held {
      let place = user.place
      if outcomes.last?.intent != place.intent {
        outcomes.append(
          .init(
            intent: place.intent, time: now.wall,
            users: [UserOutcome?](repeating: nil, count: place.size)))
      }
      outcomes[outcomes.count - 1].users[place.index] = .done(.alreadyAbsent)
    }
    if !outcomes.isEmpty { append(outcomes.map { .outcome($0) }, at: now) }
  }
}

extension [Absence] {
  subscript(operation: Operation) -> Absence {
    get { self[Int(operation.rawValue)] }
    set { self[Int(operation.rawValue)] = newValue }
  }
}
