package import PruneCore

/// A dry run of an apply: the same way without a lock, a journal or a change.
package struct Rehearsal {
  package let plan: Plan
  /// Whether the calls of the precheck that only read were made; not without credentials.
  package let isChecked: Bool
  private let settings: ApplyMachine.Settings

  init(_ plan: Plan, isChecked: Bool, _ settings: ApplyMachine.Settings) {
    self.plan = plan
    self.isChecked = isChecked
    self.settings = settings
  }

  /// Gives each batch that an apply would send now if all went well, in its order.
  package func forEachBatch(_ body: @escaping (DryWorld.PlannedBatch) -> Void) {
    let now = Moment(instant: .now(), wall: Timestamp(seconds: Process.wallSeconds()))
    var world = DryWorld(at: now, batch: body)
    // A dry run says what it does batch by batch; its result is that of a world without failures.
    _ = Applier.drive(plan, settings, seed: Applier.randomNumber(), in: &world)
  }

  /// Those before whom a dry run takes place.
  package struct Screen {
    /// Shows the plan; gives why it could not be shown, if so.
    let show: (Plan) -> SystemError?
    let notify: (Notice) -> Void

    package init(show: @escaping (Plan) -> SystemError?, notify: @escaping (Notice) -> Void) {
      self.show = show
      self.notify = notify
    }
  }

  /// What is said between the steps.
  package enum Notice: Equatable, Sendable {
    /// The journal of a run under way or interrupted, which an apply would fold or wait for.
    case journal(JournalHeader)
    case access(ServiceAccess.Notice)
    case passed(PrecheckStep)
  }

  /// Why an apply would not get as far as its first change.
  package enum Failure: Error, Equatable, Sendable {
    case store(StateStoreError)
    case plan(PlanHalt)
    case approval(Approval.Refusal)
    case access(ServiceAccess.Failure)
    case calls(PrecheckFailure)
  }
}

extension ApplySession {
  /// Plans, shows, compares with the approval, rehearses the save, and makes the calls that only
  /// read. Nil if there is nothing to do.
  package func rehearse(_ screen: Rehearsal.Screen) throws(Rehearsal.Failure) -> Rehearsal? {
    typealias Failure = Rehearsal.Failure
    let found = try step(Failure.store, pipeline.plan(files))
    if let journal = found.journal { screen.notify(.journal(journal)) }
    try step(Failure.plan, show(found.plan, screen.show))
    if found.plan.isEmpty { return nil }
    // No question is asked, since nothing is done.
    _ = try step(Failure.approval, approval.basis(for: found.plan))
    try step(Failure.store, StateStore.rehearseSave(files))
    let service = try step(
      Failure.access, access { screen.notify(.access($0)) }.serviceIfGiven())
    if let service {
      try step(
        Failure.calls,
        Applier.precheck(found.plan, service, options, .readingPrecheck) {
          screen.notify(.passed($0))
        })
    }
    return Rehearsal(found.plan, isChecked: service != nil, options.settings)
  }
}
