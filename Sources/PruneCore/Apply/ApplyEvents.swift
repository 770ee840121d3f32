/// What happens to a run: the world tells the machine.
package enum ApplyEvent: Equatable, Sendable {
  /// The run begins.
  case started
  /// Everything appended up to and with this ticket is on disk.
  case durable(JournalTicket)
  /// The journal cannot be written any more; the operating system's words.
  case journalFailed(String)
  /// A path of the run's lock, journal or state no longer leads to the run's file; the words say
  /// which.
  case filesLost(String)
  /// A call could not be signed, so it is not sent; why.
  case signingFailed(String)
  /// No call can be made any more, nor an answer be had to those in flight.
  case networkFailed(String)
  /// A call has left at this moment: the pace counts from it, or from the call's handing over if that
  /// was for a later one.
  case sent(SendID, at: Instant)
  /// A call has come to its end.
  case answered(SendID, Reply)
  /// A moment that the machine asked to be woken at.
  case tick
  /// The user or the system asks to stop.
  case interrupted(Signal)
  /// Output cannot be written any more; the operating system's words.
  case outputLost(String)
}

/// What is to be done next: the machine tells the world, which does it in this order.
package enum ApplyAction: Equatable, Sendable {
  /// Append to the journal and make it durable, then say so with the ticket.
  case append([JournalRecord], JournalTicket)
  /// Calls of this kind leave at least so far apart from now on, those included that were handed
  /// over and have still to leave.
  case pace(Call, Interval)
  /// Send a call for these users.
  case send(SendID, Call, [UserID])
  /// Keep every call from leaving that has not left; each is answered as not sent.
  case cancelQueued
  /// Make a new signature before the next send.
  case renewSignature
  /// Drop every call in flight; their answers are of no use any more.
  case abandon
  /// Tell the user.
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

/// Numbers the sends of a run, from 1.
package struct SendID: Hashable, Sendable {
  package let number: UInt64

  package init(_ number: UInt64) {
    self.number = number
  }
}

/// How a call ended, before its meaning is known. Messages are for people and hold no secrets.
package enum Reply: Equatable, Sendable {
  /// A whole HTTP response.
  case response(status: Int, body: [UInt8], head: ResponseHead = ResponseHead())
  /// The call cannot have reached the service: no connection, no address.
  case notSent(String)
  /// The other side could not prove who it is, so nothing was sent.
  case untrusted(String)
  /// The call may have reached the service, but no whole answer came back.
  case lost(String)
}

/// The signals that end a run in good order.
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

/// Something that happened on the way and that a user wants to know.
package enum Notice: Equatable, Sendable {
  /// A step of the precheck has passed.
  case passed(PrecheckStep)
  /// Users of an earlier run are resolved by reading.
  case resolving(users: Int, run: RunID)
  /// Users whose answers were lost in this run are resolved by reading.
  case resolvingOwn(users: Int)
  /// A call failed for a passing reason and is tried again.
  case retrying(Call, reason: String, attempt: Int, wait: Interval)
  /// The rate of a kind of call has changed, because the service refused some as too fast or accepts
  /// more again; in calls a second, and of how many.
  case paced(Call, rate: Double, of: Rate, RateFindings)
  /// The signature had expired and was replaced.
  case signatureRenewed
  /// An answer, the first of maybe many, speaks, or may speak, of users by other ids than those that
  /// were sent, so nothing is known of this many of the call's users.
  case unattributed(Call, users: Int)
  /// The first accounts of the ramp were all absent already; the run goes on.
  case onlyAbsent
  /// Nothing more is sent; what is in flight is waited for.
  case stopping(StopReason, inFlight: Int)
}

/// The steps of the precheck (docs/architecture.md, "Precheck"), with what they found.
package enum PrecheckStep: Equatable, Sendable {
  /// Host, app, signature, rights and address go together.
  case access(admin: UserID)
  /// Tags can be read, so tag calls are enabled.
  case tagAccess
  /// Accounts can be removed: the removal of an id without an account was answered with this code.
  case probe(UserID, ServiceCode)
  /// The tags of the first user cleared are gone.
  case readBack(UserID)
}

/// Why a run ended before all was done.
package enum StopReason: Equatable, Sendable {
  /// The service refused, with a code after which nothing can go on.
  case fatal(Call, ServiceCode, info: String)
  /// The service said that it had cleared this user's tags, and they are still there.
  case notCleared(UserID)
  /// The service called a signature expired that had just been made. `ahead` is by how many seconds
  /// this machine's clock is ahead of the service's; nil if no answer told the service's time.
  case newSignatureExpired(Call, info: String, ahead: Int?)
  /// A call could not be signed; why.
  case unsigned(String)
  /// This many users of the operation are absent, and no existing one was met.
  case onlyAbsent(Operation, users: Int)
  /// What answered is not the service; the words tell what came.
  case notTheService(String)
  /// A web page answered, or a redirect to one, with this HTTP status.
  case webPage(status: Int)
  /// The service could not be reached.
  case unreachable(String)
  /// Each try was answered with an HTTP status of a server in trouble, the last with this one.
  case unavailable(status: Int)
  /// The service could not prove who it is.
  case untrusted(String)
  /// No user was completed for this long.
  case noProgress(Interval)
  /// Most of the recent calls failed.
  case mostlyFailing(failed: Int, of: Int)
  /// The journal cannot be written.
  case journal(String)
  /// A file of the run was removed, replaced or changed by something else; the words tell which.
  case filesLost(String)
  /// Everything was sent, but the state could not be saved; the cause is reported separately.
  case unsaved
  /// What the run counted is not what its journal tells: a mistake of this tool.
  case miscounted
  /// What happens cannot be told any more.
  case outputLost(String)
  case signal(Signal)
}
