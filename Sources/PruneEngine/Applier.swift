import Crypto
import HTTP
package import PruneCore
import Synchronization

/// Performs a plan: journal, run, fold (DESIGN 7).
package enum Applier {
  /// How calls are made.
  package struct Options: Sendable {
    package var settings = ApplyMachine.Settings()
    /// A file of certificates to trust in place of the system's.
    package var caFile: String?
    /// How long a call may take in all; the service's own limit is 3 s (service-api.md 1.4).
    package var timeout = Duration.seconds(10)
    package var version = ""

    package init() {}
  }

  /// Why a run could not begin, or its end could not be saved.
  package enum Failure: Error, Sendable {
    /// Nothing was sent.
    case store(StateStoreError)
    /// Nothing was sent.
    case network(String)
    /// The run is over, but the state could not be written; with the records that the run has
    /// changed, as they would have been saved.
    case unsaved(Ended, cause: StateStoreError, records: [StateRecord])
    /// The run is over and the state saved; only its journal could not be removed.
    case journalLeft(Ended, SystemError)
  }

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

  /// Runs a plan that guards and user have allowed, against the state that it was made from. The
  /// caller holds the lock and has recovered any journal; `seen` is the state as the plan saw it.
  ///
  /// The first signal stops the run in good order; a second one leaves at once.
  package static func run(
    _ plan: Plan, as run: RunID, state: StateHeader, seen: FileStatus?, _ files: StateFiles,
    _ lock: StateLock, _ service: Service, _ options: Options, _ watch: Watch
  ) throws(Failure) -> Ended {
    let transfers = try transfers(options)
    let runFiles: RunFiles
    do throws(StateStoreError) {
      runFiles = try StateStore.beginRun(
        files,
        JournalHeader(
          app: state.app, service: state.service, lineage: state.lineage, serial: state.serial,
          run: run, digest: plan.continued()?.digest ?? plan.digest()),
        lock, seen: seen)
    } catch {
      throw .store(error)
    }
    let driven = drive(plan, transfers, runFiles, service, options, watch)
    // A signal during the saving changes nothing: the run is over.
    defer { withExtendedLifetime(driven.signals) {} }
    let copy = driven.copy ?? JournalCopy(runFiles.header)
    var ended = Ended(result: driven.result, files: runFiles, copy: copy)
    do throws(StateStoreError) {
      try StateStore.finishRun(&ended)
    } catch {
      if case .journalLeft(_, let error) = error { throw .journalLeft(ended, error) }
      ended.result.stop = ended.result.stop ?? .unsaved
      throw .unsaved(
        ended, cause: error, records: StateStore.changedRecords(runFiles, copy))
    }
    return ended
  }

  /// Makes the precheck alone, or its reading half (`options.settings.scope`), for what the
  /// manifest of the plan asks for. Nothing is recorded.
  package static func precheck(
    _ plan: Plan, _ service: Service, _ options: Options, notice: @escaping (Notice) -> Void
  ) throws(Failure) -> RunResult {
    let watch = Watch { given in
      notice(given)
      return nil
    }
    return drive(plan, try transfers(options), nil, service, options, watch).result
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

  private static func drive(
    _ plan: Plan, _ transfers: Transfers, _ files: RunFiles?, _ service: Service,
    _ options: Options, _ watch: Watch
  ) -> (result: RunResult, copy: JournalCopy?, signals: SignalWatch) {
    let mailbox = Mailbox(transfers.wakeup)
    let signals = watchSignals(mailbox)
    var world = LiveWorld(
      transfers, files: files, app: plan.manifest.app, endpoint: service.endpoint,
      signer: Signer(
        service.credentials, app: plan.manifest.app.id, admin: plan.manifest.app.admin),
      mailbox: mailbox, watch: watch)
    var settings = options.settings
    settings.canSign = service.credentials.canSign
    var machine = ApplyMachine(plan, settings, seed: randomNumber(), at: world.now())
    machine.run(in: &world) { progress in
      if let failure = watch.progress(progress) { mailbox.post(.outputLost(failure.description)) }
    }
    return (machine.result, world.journalCopy, signals)
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
