import Crypto
import HTTP
package import PruneCore
import Synchronization

/// Performs a plan: journal, run, fold (docs/architecture.md, "Pipeline").
package enum Applier {
  /// How calls are made.
  package struct Options: Sendable {
    package var settings = ApplyMachine.Settings()
    /// A file of certificates to trust in place of the system's.
    package var caFile: String?
    /// How long a call may take in all; the service's own limit is 3 s (docs/service.md,
    /// "Timeouts").
    package var timeout = Duration.seconds(10)
    package var version = ""

    package init() {}
  }

  /// Why a run in the real world could not begin, or its end could not be saved.
  package typealias Failure = RunFailure<Never>

  /// A run that is over, with all that it wrote down.
  package struct Ended: Sendable {
    package var result: RunResult
    package let files: RunFiles
    package let copy: JournalCopy

    package init(result: RunResult, files: RunFiles, copy: JournalCopy) {
      self.result = result
      self.files = files
      self.copy = copy
    }

    /// Whether the journal at its path holds all that the run did.
    package var isJournalWhole: Bool {
      copy.isOnDisk && files.journalLoss(bytes: copy.bytes) == nil
    }
  }

  /// What is told of a run while it goes on. Each gives the operating system's words if it could
  /// not be told; the run then stops.
  package struct Watch {
    /// Something happened.
    package var notice: (Notice) -> SystemError?
    /// What became of users is on disk; nil if nobody asks.
    package var outcomes: ((RecordedOutcomes) -> SystemError?)?
    /// How far the run is, after every step.
    package var progress: (ApplyMachine.Progress) -> SystemError?
    /// A call for so many users has left at this moment; nil if nobody asks.
    package var sending: ((Call, _ users: Int, Instant) -> Void)?

    package init(
      notice: @escaping (Notice) -> SystemError?,
      outcomes: ((RecordedOutcomes) -> SystemError?)? = nil,
      progress: @escaping (ApplyMachine.Progress) -> SystemError? = { _ in nil },
      sending: ((Call, _ users: Int, Instant) -> Void)? = nil
    ) {
      self.notice = notice
      self.outcomes = outcomes
      self.progress = progress
      self.sending = sending
    }
  }

  /// Performs a plan in the real world.
  ///
  /// The first signal stops the run in good order; a second one leaves at once.
  package static func run(
    _ planned: PlannedRun, _ service: Service, _ options: Options, _ watch: Watch
  ) throws(Failure) -> Ended {
    let transfers = try transfers(options)
    let mailbox = Mailbox(transfers.wakeup)
    var signals: SignalWatch?
    // A signal during the saving changes nothing: the run is over.
    defer { withExtendedLifetime(signals) {} }
    return try run(
      planned, settings(options, service),
      journal: { files in JournalWriter(files) { mailbox.post($0) } },
      in: { (journal) throws(Never) in
        signals = watchSignals(mailbox)
        return liveWorld(transfers, journal, planned.plan.manifest.app, service, mailbox, watch)
      },
      watch: { progress in
        if let failure = watch.progress(progress) { mailbox.post(.outputLost(failure.description)) }
      })
  }

  /// Makes the precheck alone, or its reading half (`options.settings.scope`), for what the
  /// manifest of the plan asks for. Nothing is recorded.
  package static func precheck(
    _ plan: Plan, _ service: Service, _ options: Options, notice: @escaping (Notice) -> Void
  ) throws(Failure) -> RunResult {
    let transfers = try transfers(options)
    let mailbox = Mailbox(transfers.wakeup)
    let signals = watchSignals(mailbox)
    defer { withExtendedLifetime(signals) {} }
    let watch = Watch { given in
      notice(given)
      return nil
    }
    var world = liveWorld(transfers, nil, plan.manifest.app, service, mailbox, watch)
    return drive(plan, settings(options, service), seed: randomNumber(), in: &world)
  }

  /// Where calls go and what they are signed with.
  package struct Service: Sendable {
    package var endpoint: Endpoint
    package var credentials: Credentials

    package init(endpoint: Endpoint, credentials: Credentials) {
      self.endpoint = endpoint
      self.credentials = credentials
    }
  }

  private static func transfers(_ options: Options) throws(Failure) -> Transfers {
    do throws(HTTPError) {
      return try Transfers(
        TransferOptions(
          totalTimeout: options.timeout, caFile: options.caFile,
          userAgent: "imprune/\(options.version)"))
    } catch {
      throw .network(error.description)
    }
  }

  private static func liveWorld(
    _ transfers: Transfers, _ journal: JournalWriter?, _ app: App, _ service: Service,
    _ mailbox: Mailbox, _ watch: Watch
  ) -> LiveWorld {
    LiveWorld(
      transfers, journal: journal, app: app, endpoint: service.endpoint,
      signer: Signer(service.credentials, app: app.id, admin: app.admin), mailbox: mailbox,
      watch: watch)
  }

  private static func settings(_ options: Options, _ service: Service) -> ApplyMachine.Settings {
    var settings = options.settings
    settings.canSign = service.credentials.canSign
    return settings
  }

  private static func watchSignals(_ mailbox: Mailbox) -> SignalWatch {
    let count = Mutex(0)
    let signals: [Signal] = [.interrupt, .terminate, .hangup]
    return Process.watchSignals(signals.map(\.rawValue)) { number in
      let earlier = count.withLock { count in
        count += 1
        return count - 1
      }
      if earlier > 0 { Process.leave(128 + number) }
      if let signal = Signal(rawValue: number) { mailbox.post(.interrupted(signal)) }
    }
  }

  /// 64 random bits.
  package static func randomNumber() -> UInt64 {
    secureRandomBytes(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
