import Crypto
package import PruneCore

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
    /// What became of users is on disk; nil if no caller asks.
    package var outcomes: ((RecordedOutcomes) -> SystemError?)?
    /// How far the run is, after every step.
    package var progress: (ApplyMachine.Progress) -> SystemError?
    /// A call for so many users has left at this moment; nil if no caller asks.
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

  /// Where calls go and what they are signed with.
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
