package import PruneCore

/// Reads what the service holds for users. It sends only calls that read, and records nothing
/// (docs/architecture.md, "Refresh").
package struct Refresh {
  private let app: App
  private let options: Applier.Options
  private let environment: RunEnvironment

  package init(of app: App, _ options: Applier.Options, _ environment: RunEnvironment) {
    self.app = app
    self.options = options
    self.environment = environment
  }

  /// Why users could not be read.
  package enum Failure: Error, Equatable, Sendable {
    case access(ServiceAccess.Failure)
    case calls(PrecheckFailure)
  }

  /// Reads the users of an inspection. A user who cannot be read keeps that as its finding; throws
  /// if credentials or the service fail as a whole, or after a signal.
  package func run(
    _ plan: Plan, _ inspection: Inspection, notify: @escaping (ServiceAccess.Notice) -> Void,
    _ watch: Applier.Watch
  ) throws(Failure) -> Inspection {
    let access = ServiceAccess(to: app, environment, notify: notify)
    let service = try attempt(access.service(), orThrow: Failure.access)
    let live = try attempt(
      LiveRun(service, options),
      orThrow: { (error: NetworkFailure) in Failure.calls(.network(error)) })
    let (result, found) = live.refresh(plan, inspection, watch)
    if let stop = result.stop { throw .calls(.stopped(stop, Exit(result))) }
    return found
  }
}
