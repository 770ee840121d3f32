package import PruneCore

/// A dry run of an apply: the same steps without a lock, a journal or a change.
package struct DryRunSession {
  /// With what the service holds for its users, if that was read.
  package let plan: Plan
  /// Whether the read-only calls of the precheck were made; without credentials they are not.
  package let isChecked: Bool
  /// Whether signatures were given; then they are good.
  package let isSigned: Bool
  private let settings: ApplyMachine.Settings

  init(
    _ plan: Plan, isChecked: Bool, isSigned: Bool, _ settings: ApplyMachine.Settings
  ) {
    self.plan = plan
    self.isChecked = isChecked
    self.isSigned = isSigned
    self.settings = settings
  }

  /// Returns each batch that an apply would send now if nothing failed, in order.
  package func forEachBatch(_ body: @escaping (DryWorld.PlannedBatch) -> Void) {
    let now = Moment(instant: .now(), wall: Timestamp(seconds: Process.wallSeconds()))
    var world = DryWorld(plan, at: now, batch: body)
    // A dry run reports each batch; its result is that of a world without failures.
    _ = Applier.drive(plan, settings, seed: Applier.randomNumber(), in: &world)
  }

  /// The user interface of a dry run.
  package struct Screen {
    /// Shows the plan; returns the error if it could not be shown.
    let show: (Plan) -> SystemError?
    let notify: (Notice) -> Void
    /// Watches the reading of users.
    let watch: () -> Applier.Watch

    package init(
      show: @escaping (Plan) -> SystemError?, notify: @escaping (Notice) -> Void,
      watch: @escaping () -> Applier.Watch
    ) {
      self.show = show
      self.notify = notify
      self.watch = watch
    }
  }

  /// A notice between the steps.
  package enum Notice: Equatable, Sendable {
    /// The journal of a run in progress or interrupted, which an apply would fold or wait for.
    case journal(JournalHeader)
    case access(ServiceAccess.Notice)
    case passed(PrecheckStep)
    /// These people have signed the plan, as a policy requires.
    case signed([Approver])
  }

  /// Why an apply would fail before its first change.
  package enum Failure: Error, Equatable, Sendable {
    case store(StateStoreError)
    case plan(PlanHalt)
    case approval(Approval.Refusal)
    case signatures(SignatureCheck.Failure)
    case access(ServiceAccess.Failure)
    case calls(PrecheckFailure)
  }
}

extension ApplySession {
  /// Plans, shows, compares with the approval, tests saving, makes the read-only calls of the
  /// precheck, and reads the plan's users. Nil if there is nothing to do.
  package func dryRun(_ screen: DryRunSession.Screen) throws(DryRunSession.Failure)
    -> DryRunSession?
  {
    typealias Failure = DryRunSession.Failure
    let found = try attempt(pipeline.plan(files), orThrow: Failure.store)
    if let journal = found.journal { screen.notify(.journal(journal)) }
    try attempt(show(found.plan, screen.show), orThrow: Failure.plan)
    if found.plan.isEmpty { return nil }
    // It needs no approval, since it changes nothing; what is given must fit.
    try attempt(approval.check(found.plan), orThrow: Failure.approval)
    let isSigned = !approval.signatures.isEmpty
    if isSigned {
      try attempt(
        requireSignatures(.token, for: found.plan) { screen.notify(.signed($0)) },
        orThrow: Failure.signatures)
    }
    try attempt(StateStore.trySave(files), orThrow: Failure.store)
    let service = try attempt(
      access { screen.notify(.access($0)) }.serviceIfGiven(), orThrow: Failure.access)
    guard let service else {
      return DryRunSession(found.plan, isChecked: false, isSigned: isSigned, options.settings)
    }
    try attempt(
      Applier.precheck(found.plan, service, options, .readingPrecheck) {
        screen.notify(.passed($0))
      }, orThrow: Failure.calls)
    let plan = try attempt(
      Applier.refreshed(found.plan, service, options, screen.watch()), orThrow: Failure.calls)
    return DryRunSession(plan, isChecked: true, isSigned: isSigned, options.settings)
  }
}
