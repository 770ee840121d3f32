package import PruneCore

/// An apply, from the lock to the saved state; `run` has the order (docs/architecture.md,
/// "Pipeline").
package struct ApplySession {
  let pipeline: PlanPipeline
  let files: StateFiles
  let approval: Approval
  let options: Applier.Options
  let environment: RunEnvironment
  private let command: String

  /// `command` says what the state is locked for, for other processes.
  package init(
    _ pipeline: PlanPipeline, _ files: StateFiles, _ approval: Approval,
    _ options: Applier.Options, _ environment: RunEnvironment, command: String
  ) {
    self.pipeline = pipeline
    self.files = files
    self.approval = approval
    self.options = options.held(to: pipeline.policies)
    self.environment = environment
    self.command = command
  }

  /// The user interface of an apply.
  package struct Screen {
    /// Shows the plan; returns the error if it could not be shown.
    let show: (Plan) -> SystemError?
    /// Asks a person to type a phrase; returns the line, nil at the end of input.
    let ask: (ApprovalPhrase) -> String?
    let notify: (Notice) -> Void
    /// Takes note of a started run, and returns its observers.
    let watch: (RunID) -> Applier.Watch

    package init(
      show: @escaping (Plan) -> SystemError?, ask: @escaping (ApprovalPhrase) -> String?,
      notify: @escaping (Notice) -> Void, watch: @escaping (RunID) -> Applier.Watch
    ) {
      self.show = show
      self.ask = ask
      self.notify = notify
      self.watch = watch
    }
  }

  /// A notice between the steps.
  package enum Notice: Equatable, Sendable {
    /// The shared state is held by a run that has written nothing for a moment.
    case waiting(for: LogHolder)
    /// The journal of an interrupted run, with this many records, was folded into the state.
    case recovered(records: Int)
    case access(ServiceAccess.Notice)
    /// These people have signed the plan, as a policy requires.
    case signed([Approver])
  }

  /// The result of an apply.
  package enum Outcome: Sendable {
    case nothingToDo
    /// The run is over and the state is saved; with the error if the run's journal could not be
    /// removed.
    case ended(Applier.Ended, journalLeft: SystemError?)
  }

  /// Why an apply has no saved run. Nothing was sent except in the last case.
  package enum Failure: Error, Sendable {
    case lock(StateLock.Failure)
    case store(StateStoreError)
    case plan(PlanHalt)
    case approval(Approval.Refusal)
    case signatures(SignatureCheck.Failure)
    /// A person must type this phrase, and there is no terminal.
    case noTerminal(ApprovalPhrase)
    /// The person typed something else.
    case notTyped(ApprovalPhrase)
    case access(ServiceAccess.Failure)
    case network(NetworkFailure)
    /// The run is over, but the state could not be written; with the records that the run changed,
    /// as they would have been saved.
    case unsaved(Applier.Ended, cause: StateStoreError, records: [StateRecord])
  }

  /// Locks, recovers, plans, shows, gets approval and access, runs and saves.
  package func run(_ screen: Screen) throws(Failure) -> Outcome {
    let lock = try attempt(
      StateLock(files, command: command) { screen.notify(.waiting(for: $0)) },
      orThrow: Failure.lock)
    defer { lock.release() }
    // A state of another app stays unchanged, its journal too.
    try attempt(pipeline.check(files), orThrow: Failure.store)
    if let records = try attempt(StateStore.recover(files), orThrow: Failure.store) {
      screen.notify(.recovered(records: records))
    }
    let found = try attempt(pipeline.plan(files), orThrow: Failure.store)
    try attempt(show(found.plan, screen.show), orThrow: Failure.plan)
    if found.plan.isEmpty {
      // The plan that earlier runs left unfinished is done.
      try attempt(StateStore.close(files), orThrow: Failure.store)
      return .nothingToDo
    }
    let phrase = try phrase(for: found.plan) { screen.notify(.signed($0)) }
    let service = try attempt(
      access { screen.notify(.access($0)) }.service(), orThrow: Failure.access)
    if let phrase, !phrase.isTyped(screen.ask(phrase)) { throw .notTyped(phrase) }
    let state = try attempt(state(for: found.plan, at: service.endpoint), orThrow: Failure.store)
    let watch = screen.watch(lock.run)
    let live = try attempt(LiveRun(service, options), orThrow: Failure.network)
    return try perform(
      PlannedRun(found.plan, as: lock.run, state: state, seen: found.seen, files, lock), live,
      watch)
  }

  /// The phrase to type for a plan; nil if the plan is approved already.
  private func phrase(
    for plan: Plan, _ signed: ([Approver]) -> Void
  ) throws(Failure) -> ApprovalPhrase? {
    let basis = try attempt(approval.basis(for: plan), orThrow: Failure.approval)
    try attempt(requireSignatures(basis, for: plan, signed), orThrow: Failure.signatures)
    guard case .typing(let phrase) = basis else { return nil }
    guard environment.hasTerminal else { throw .noTerminal(phrase) }
    return phrase
  }

  /// The state that a plan was made from, or a new one.
  private func state(
    for plan: Plan, at endpoint: Endpoint
  ) throws(StateStoreError) -> StateHeader {
    if let state = plan.state { return state }
    return try StateStore.create(files, of: plan.manifest.app.id, ServiceKind(endpoint))
  }

  private func perform(
    _ planned: PlannedRun, _ live: LiveRun, _ watch: Applier.Watch
  ) throws(Failure) -> Outcome {
    do throws(RunFailure<Never>) {
      return .ended(try live.perform(planned, watch), journalLeft: nil)
    } catch {
      switch error {
      case .store(let error): throw .store(error)
      case .unsaved(let ended, let cause, let records):
        throw .unsaved(ended, cause: cause, records: records)
      case .journalLeft(let ended, let error): return .ended(ended, journalLeft: error)
      }
    }
  }
}

/// The steps that a dry run takes too.
extension ApplySession {
  /// Shows a plan; throws if it is refused, or if the people who approve it could not read it.
  func show(_ plan: Plan, _ show: (Plan) -> SystemError?) throws(PlanHalt) {
    let failure = show(plan)
    if plan.isRefused { throw .refused }
    if let failure { throw .notShown(failure) }
  }

  /// Checks the signatures that policies require of a plan.
  func requireSignatures(
    _ basis: Approval.Basis, for plan: Plan, _ signed: ([Approver]) -> Void
  ) throws(SignatureCheck.Failure) {
    // A policy that requires signatures lets nothing else approve a change.
    guard basis == .token, let token = approval.token else { return }
    let signers = try SignatureCheck.signers(
      approval.signatures, of: token, for: plan, at: environment.now())
    if !signers.isEmpty { signed(signers) }
  }

  func access(_ notify: @escaping (ServiceAccess.Notice) -> Void) -> ServiceAccess {
    ServiceAccess(to: pipeline.manifest.app, environment, notify: notify)
  }
}

/// Why a plan cannot be applied.
package enum PlanHalt: Error, Equatable, Sendable {
  /// A guard refuses it; it was shown with the reasons.
  case refused
  /// It could not be shown.
  case notShown(SystemError)
}
