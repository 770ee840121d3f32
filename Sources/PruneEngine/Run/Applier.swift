import Crypto
package import PruneCore

/// Performs a plan: journal, run, fold (docs/architecture.md, "Pipeline").
package enum Applier {
  /// How calls are made.
  package struct Options: Sendable {
    package var settings = ApplyMachine.Settings()
    /// A file of certificates to trust in place of the system's.
    package var caFile: String?
    /// The limit for a whole call; the service's own limit is 3 s (docs/service.md, "Timeouts").
    package var timeout = Duration.seconds(10)
    package var version = ""

    package init() {}
  }

  /// An ended run, with everything that it recorded.
  package struct Ended: Sendable {
    package var result: RunResult
    package let files: RunFiles
    package let copy: JournalCopy
    /// Where the tags of cleared users are; nil if none were saved.
    package let tagFile: SavedTagFile?

    /// Whether the journal at its path contains everything that the run did.
    package var isJournalWhole: Bool {
      copy.isOnDisk && files.journalLoss(bytes: copy.bytes) == nil
    }
  }

  /// The observers of a run. Each returns the system's error if it could not report; the run then
  /// stops.
  package struct Watch {
    /// An event of the run.
    package var notice: (Notice) -> SystemError?
    /// Outcomes of users are on disk; nil if no caller asks.
    package var outcomes: ((RecordedOutcomes) -> SystemError?)?
    /// The progress, after every step.
    package var progress: (ApplyMachine.Progress) -> SystemError?
    /// A call for this many users was sent at this time; nil if no caller asks.
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

  /// Where calls go and what signs them.
  package struct Service: Sendable {
    package var endpoint: Endpoint
    package var credentials: Credentials

    package init(endpoint: Endpoint, credentials: Credentials) {
      self.endpoint = endpoint
      self.credentials = credentials
    }
  }

  /// 64 random bits.
  package static func randomNumber() -> UInt64 {
    secureRandomBytes(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
