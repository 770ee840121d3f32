package import PruneCore

/// The checks that every apply makes before its first change, alone: they change no user and record
/// nothing (docs/architecture.md, "Precheck").
package struct Precheck {
  private let manifest: Manifest
  private let files: StateFiles
  private let policies: Policies
  private let options: Applier.Options
  private let environment: RunEnvironment

  package init(
    _ manifest: Manifest, _ files: StateFiles, _ policies: Policies, _ options: Applier.Options,
    _ environment: RunEnvironment
  ) {
    self.policies = policies
    self.manifest = manifest
    self.files = files
    self.options = options
    self.environment = environment
  }

  /// A notice between the steps.
  package enum Notice: Equatable, Sendable {
    case access(ServiceAccess.Notice)
    case passed(PrecheckStep)
  }

  /// Why an apply could not succeed.
  package enum Failure: Error, Equatable, Sendable {
    case store(StateStoreError)
    /// The guards refuse the manifest, whatever the state.
    case refused([Refusal])
    case access(ServiceAccess.Failure)
    case calls(PrecheckFailure)
  }

  /// Checks state, guards, saving, credentials and host, and makes the calls.
  package func run(_ notify: @escaping (Notice) -> Void) throws(Failure) {
    let found = try attempt(PlanPipeline(manifest).plan(files), orThrow: Failure.store)
    let refusals =
      policies.refusals(of: manifest.app).map(Refusal.policy) + Guards.judge(manifest).refusals
    if !refusals.isEmpty { throw .refused(refusals) }
    try attempt(StateStore.trySave(files), orThrow: Failure.store)
    let access = ServiceAccess(to: manifest.app, environment) { notify(.access($0)) }
    let service = try attempt(access.service(), orThrow: Failure.access)
    try attempt(
      Applier.precheck(found.plan, service, options, .precheck) { notify(.passed($0)) },
      orThrow: Failure.calls)
  }
}

/// Why a precheck did not pass.
package enum PrecheckFailure: Error, Equatable, Sendable {
  case network(NetworkFailure)
  /// Why it stopped, and the exit code.
  case stopped(StopReason, Exit)
}

extension Applier {
  /// Runs the precheck, or its reading half, with the default settings; throws if a step did not
  /// pass.
  static func precheck(
    _ plan: Plan, _ service: Service, _ options: Options, _ scope: ApplyMachine.Scope,
    passed: @escaping (PrecheckStep) -> Void
  ) throws(PrecheckFailure) {
    var options = options
    // It makes a few calls, one after another.
    options.settings = ApplyMachine.Settings()
    let live = try attempt(LiveRun(service, options), orThrow: PrecheckFailure.network)
    let result = live.precheck(plan, scope, passed: passed)
    if let stop = result.stop { throw .stopped(stop, Exit(result)) }
  }
}
