import HTTP
import PruneCore
import Synchronization

/// A run in the real world: its transfers, and the events of other threads.
///
/// The first signal stops the run cleanly; a second one exits at once.
struct LiveRun {
  private let transfers: Transfers
  private let mailbox: Mailbox
  private let service: Applier.Service
  private let settings: ApplyMachine.Settings

  init(_ service: Applier.Service, _ options: Applier.Options) throws(NetworkFailure) {
    let calls = TransferOptions(
      totalTimeout: options.timeout, caFile: options.caFile,
      userAgent: "imprune/\(options.version)")
    transfers = try attempt(Transfers(calls)) { (error: HTTPError) in
      NetworkFailure(words: error.description)
    }
    mailbox = Mailbox(transfers.wakeup)
    self.service = service
    var settings = options.settings
    settings.canSign = service.credentials.canSign
    self.settings = settings
  }

  /// Performs a plan, from its journal to the saved state.
  func perform(
    _ planned: PlannedRun, _ watch: Applier.Watch
  ) throws(RunFailure<Never>) -> Applier.Ended {
    var signals: SignalWatch?
    // A signal during the save changes nothing: the run is over.
    defer { withExtendedLifetime(signals) {} }
    var settings = settings
    settings.isLeased = planned.files.shared != nil
    return try Applier.run(
      planned, settings,
      journal: { files in
        JournalWriter(files, tagsAPI: planned.plan.manifest.app.tagsAPI) { [mailbox] in
          mailbox.post($0)
        }
      },
      in: { (journal) throws(Never) in
        signals = watchSignals()
        return world(of: planned.plan.manifest.app, journal, planned.files.shared?.log, watch)
      },
      watch: { progress in
        if let failure = watch.progress(progress) { mailbox.post(.outputLost(failure.description)) }
      })
  }

  /// Runs the precheck alone, or its reading half (`scope`), for what the manifest of a plan asks
  /// for. Records nothing.
  func precheck(
    _ plan: Plan, _ scope: ApplyMachine.Scope, passed: @escaping (PrecheckStep) -> Void
  ) -> RunResult {
    var settings = settings
    settings.scope = scope
    let watch = Applier.Watch { notice in
      if case .passed(let step) = notice { passed(step) }
      return nil
    }
    return withoutRecords(plan, nil, watch) { world, _ in
      Applier.drive(plan, settings, seed: Applier.randomNumber(), in: &world)
    }
  }

  /// Reads users for a refresh of a plan. Changes and records nothing.
  func refresh(
    _ plan: Plan, _ inspection: Inspection, _ watch: Applier.Watch
  ) -> (RunResult, Inspection) {
    withoutRecords(plan, nil, watch) { world, watch in
      Applier.refresh(
        plan, inspection, settings, seed: Applier.randomNumber(), in: &world, watch: watch)
    }
  }

  /// Restores users' tags, or only reads them, as long as a shared state is held. Records nothing.
  func restore(
    _ plan: Plan, _ restoration: Restoration, _ lease: SharedLog?, _ watch: Applier.Watch
  ) -> (RunResult, Restoration) {
    var settings = settings
    settings.isLeased = lease != nil
    return withoutRecords(plan, lease, watch) { world, watch in
      Applier.restore(
        plan, restoration, settings, seed: Applier.randomNumber(), in: &world, watch: watch)
    }
  }

  /// Calls `body` with a world that has no journal, and what to call after every step.
  private func withoutRecords<Value>(
    _ plan: Plan, _ lease: SharedLog?, _ watch: Applier.Watch,
    _ body: (inout LiveWorld, (ApplyMachine.Progress) -> Void) -> Value
  ) -> Value {
    let signals = watchSignals()
    defer { withExtendedLifetime(signals) {} }
    var world = world(of: plan.manifest.app, nil, lease, watch)
    return body(&world) { progress in
      if let failure = watch.progress(progress) { mailbox.post(.outputLost(failure.description)) }
    }
  }

  private func world(
    of app: App, _ journal: JournalWriter?, _ lease: SharedLog?, _ watch: Applier.Watch
  ) -> LiveWorld {
    lease?.notify { [mailbox] hold in mailbox.post(ApplyEvent(hold)) }
    return LiveWorld(
      transfers, journal: journal, lease: lease, app: app, endpoint: service.endpoint,
      signer: Signer(service.credentials, app: app.id, admin: app.admin), mailbox: mailbox,
      watch: watch)
  }

  private func watchSignals() -> SignalWatch {
    let count = Mutex(0)
    let signals: [Signal] = [.interrupt, .terminate, .hangup]
    return Process.watchSignals(signals.map(\.rawValue)) { [mailbox] number in
      let earlier = count.withLock { count in
        count += 1
        return count - 1
      }
      if earlier > 0 { Process.leave(128 + number) }
      if let signal = Signal(rawValue: number) { mailbox.post(.interrupted(signal)) }
    }
  }
}

/// Calls cannot be made at all; the HTTP library's message. Nothing was sent.
package struct NetworkFailure: Error, Equatable, Sendable {
  package let words: String
}
