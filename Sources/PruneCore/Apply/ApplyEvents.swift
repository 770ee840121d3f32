/// An event of a run: the world reports it to the machine.
package enum ApplyEvent: Equatable, Sendable {
  /// The run begins.
  case started
  /// Everything appended up to and with this ticket is on disk.
  case durable(JournalTicket)
  /// The run holds its shared state, and may send until then.
  case leased(until: Instant)
  /// The journal cannot be written any more; the operating system's message.
  case journalFailed(String)
  /// A path of the run's lock, journal, state or tag file no longer leads to the run's file; the text
  /// says which.
  case filesLost(String)
  /// Another run has taken over the shared state; the text says which.
  case deposed(String)
  /// A call could not be signed, so it is not sent; the reason.
  case signingFailed(String)
  /// No call can be made any more, and calls in flight get no response.
  case networkFailed(String)
  /// A call was sent at this moment. The rate counts from it, or from the planned send time if that
  /// was later.
  case sent(SendID, at: Instant)
  /// A call has ended.
  case answered(SendID, Reply)
  /// A moment at which the machine asked to be woken.
  case tick
  /// The user or the system asks to stop.
  case interrupted(Signal)
  /// Output cannot be written any more; the operating system's message.
  case outputLost(String)
}

/// An action: the machine requests it, and the world performs the actions in order.
package enum ApplyAction: Equatable, Sendable {
  /// Save the tags of users who are about to be cleared; the next append is durable only together
  /// with them.
  case saveTags([SavedTags])
  /// Append to the journal, make it durable, then report that with the ticket.
  case append([JournalRecord], JournalTicket)
  /// Send calls of this kind at least this far apart from now on, including queued calls.
  case pace(Call, Interval)
  /// Send a call for these users.
  case send(SendID, Call, [UserID])
  /// Send a call that adds these tags.
  case addTags(SendID, [TagAddition])
  /// Cancel the queued calls that were not sent yet; each is answered as not sent.
  case cancelQueued
  /// Make a new signature before the next send.
  case renewSignature
  /// Drop every call in flight; their responses are not used any more.
  case abandon
  /// Inform the user.
  case notice(Notice)
  /// The run is over, with this result; everything appended is on disk unless the journal failed.
  case finish(RunResult)
}

/// Numbers the appends to a journal, from 1.
package struct JournalTicket: Hashable, Comparable, Sendable {
  package let number: UInt64

  package init(_ number: UInt64) {
    self.number = number
  }

  package static func < (left: JournalTicket, right: JournalTicket) -> Bool {
    left.number < right.number
  }
}

/// Numbers the calls of a run, from 1.
package struct SendID: Hashable, Sendable {
  package let number: UInt64

  package init(_ number: UInt64) {
    self.number = number
  }
}

/// How a call ended, before interpreting the response. Messages are for people and contain no
/// secrets.
package enum Reply: Equatable, Sendable {
  /// A whole HTTP response.
  case response(status: Int, body: [UInt8], head: ResponseHead = ResponseHead())
  /// The call cannot have reached the service: no connection, no address.
  case notSent(String)
  /// The other side failed authentication, so nothing was sent.
  case untrusted(String)
  /// The call may have reached the service, but no complete response came back.
  case lost(String)
}

/// The signals that end a run cleanly.
package enum Signal: Int32, Sendable {
  case hangup = 1
  case interrupt = 2
  case terminate = 15

  package var name: String {
    switch self {
    case .hangup: "SIGHUP"
    case .interrupt: "SIGINT"
    case .terminate: "SIGTERM"
    }
  }
}

/// An event that a user should know about.
package enum Notice: Equatable, Sendable {
  /// A step of the precheck has passed.
  case passed(PrecheckStep)
  /// The run resolves users of an earlier run by reading.
  case resolving(users: Int, run: RunID)
  /// The run resolves its own users without a response by reading.
  case resolvingOwn(users: Int)
  /// A call failed transiently and is retried.
  case retrying(Call, reason: String, attempt: Int, wait: Interval)
  /// The rate of a kind of call has changed because the service throttled some, or accepts more again;
  /// in calls a second, of the rate that the user allows.
  case paced(Call, rate: Double, of: Rate, RateFindings)
  /// The signature had expired and was renewed.
  case signatureRenewed
  /// A response names, or may name, users by other ids than those of the call, so this many of the
  /// call's users are unknown. Reported once.
  case unattributed(Call, users: Int)
  /// The first accounts of the ramp were all already absent; the run continues.
  case onlyAbsent
  /// Nothing more is sent; the run waits for the calls in flight.
  case stopping(StopReason, inFlight: Int)
}

/// The steps of the precheck (docs/architecture.md, "Precheck"), with what they found.
package enum PrecheckStep: Equatable, Sendable {
  /// Host, app, signature, permissions and address match.
  case access(admin: UserID)
  /// Tags can be read, so tag calls are enabled.
  case tagAccess
  /// Accounts can be removed: the service answered the removal of an id without an account with
  /// this code.
  case probe(UserID, ServiceCode)
  /// The tags of the first cleared user are gone.
  case readBack(UserID)
}

/// Why a run ended before all was done.
package enum StopReason: Equatable, Sendable {
  /// The service refused with a fatal code.
  case fatal(Call, ServiceCode, info: String)
  /// The service reported that it cleared this user's tags, but they still exist.
  case notCleared(UserID)
  /// The service reported that it cleared this user's tags, and imprune could not read them back.
  case notReadBack(UserID)
  /// The service reported a new signature as expired. `ahead` is by how many seconds this machine's
  /// clock is ahead of the service's; nil if no response had the service's time.
  case newSignatureExpired(Call, info: String, ahead: Int?)
  /// A call could not be signed; the reason.
  case unsigned(String)
  /// This many users of the operation are absent, and none exists so far.
  case onlyAbsent(Operation, users: Int)
  /// The response is not from the service; a description of it.
  case notTheService(String)
  /// The response was a web page, or a redirect to one, with this HTTP status.
  case webPage(status: Int)
  /// The service could not be reached.
  case unreachable(String)
  /// Every attempt got an HTTP status of 500 to 599, the last one this status.
  case unavailable(status: Int)
  /// The service failed authentication.
  case untrusted(String)
  /// No user was completed for this long.
  case noProgress(Interval)
  /// Most of the recent calls failed.
  case mostlyFailing(failed: Int, of: Int)
  /// The journal cannot be written.
  case journal(String)
  /// Another process removed, replaced or changed a file of the run; the text says which.
  case filesLost(String)
  /// Another run has taken over the shared state; the text says which.
  case deposed(String)
  /// Everything was sent, but the state could not be saved; the cause is reported separately.
  case unsaved
  /// The run's counts do not match its journal: a bug in imprune.
  case miscounted
  /// Output cannot be written any more.
  case outputLost(String)
  case signal(Signal)
}
