package import PruneCore

/// Reads what the service holds for the users of a plan. It sends only calls that read, and records
/// nothing (docs/architecture.md, "Refresh").
package struct Refresh {
  private let options: Applier.Options
  private let environment: RunEnvironment

  package init(_ options: Applier.Options, _ environment: RunEnvironment) {
    self.options = options
    self.environment = environment
  }

  /// Why users could not be read.
  package enum Failure: Error, Equatable, Sendable {
    case store(StateStoreError)
    case access(ServiceAccess.Failure)
    case calls(PrecheckFailure)
  }

  /// The plan with what the service holds for its users. A user who cannot be read keeps that as its
  /// finding; throws if credentials or the service fail as a whole, or after a signal.
  package func plan(
    _ plan: Plan, notify: @escaping (ServiceAccess.Notice) -> Void, _ watch: Applier.Watch
  ) throws(Failure) -> Plan {
    let access = ServiceAccess(to: plan.manifest.app, environment, notify: notify)
    let service = try attempt(access.service(), orThrow: Failure.access)
    return try attempt(
      Applier.refreshed(plan, service, options, watch), orThrow: Failure.calls)
  }

  /// Compares the completed records of a state with what the service holds; `journal` gets that of a
  /// run in progress or interrupted, whose outcomes are compared too.
  package func state(
    _ manifest: Manifest, _ files: StateFiles,
    journal: (JournalHeader) -> Void, notify: @escaping (ServiceAccess.Notice) -> Void,
    _ watch: Applier.Watch
  ) throws(Failure) -> StateComparison {
    var snapshot = try attempt(StateStore.snapshot(files), orThrow: Failure.store)
    if let header = snapshot.header {
      try attempt(PlanPipeline(manifest).check(header)) {
        Failure.store(.state(file: files.name, $0))
      }
    }
    let records = try attempt(
      snapshot.records(of: files) { $0.done != nil }, orThrow: Failure.store)
    if let header = snapshot.journal { journal(header) }
    let plan = Plan(manifest: manifest, state: snapshot.header)
    let access = ServiceAccess(to: manifest.app, environment, notify: notify)
    let service = try attempt(access.service(), orThrow: Failure.access)
    let found = try attempt(
      Applier.inspected(
        StateComparison.inspection(of: records), plan, service, options, watch),
      orThrow: Failure.calls)
    return StateComparison(records, found)
  }
}

extension Applier {
  /// The plan with what the service holds for its users; throws if it could not be asked.
  static func refreshed(
    _ plan: Plan, _ service: Service, _ options: Options, _ watch: Watch
  ) throws(PrecheckFailure) -> Plan {
    var plan = plan
    plan.add(try inspected(plan.inspection(), plan, service, options, watch))
    return plan
  }

  /// What the service holds for users; throws if it could not be asked. Without users, it is not
  /// asked.
  static func inspected(
    _ inspection: Inspection, _ plan: Plan, _ service: Service, _ options: Options, _ watch: Watch
  ) throws(PrecheckFailure) -> Inspection {
    if inspection.count == 0 { return inspection }
    let live = try attempt(LiveRun(service, options), orThrow: PrecheckFailure.network)
    let (result, found) = live.refresh(plan, inspection, watch)
    switch result.stop {
    case nil: return found
    // What was read before is worth showing; the rest is shown as not read.
    case .noProgress where found.settled > 0: return found
    case let stop?: throw .stopped(stop, Exit(result))
    }
  }
}
