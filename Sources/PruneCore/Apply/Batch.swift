/// Up to 100 users that go into one request.
struct Batch: Equatable {
  /// One user of a batch.
  struct Member: Equatable {
    let id: UserID
    let revision: Revision
    /// Position in the intent, or in the list of doubts that is being resolved.
    var index: Int
    /// When an earlier intent was written under which the user was sent, and which is still in doubt.
    var sentBefore: Timestamp?
    /// Whether an earlier send under this intent may already have had its effect.
    var mayHaveActed = false

    /// Whether the user is sent again after an earlier intent.
    var isResent: Bool { sentBefore != nil }

    /// Whether an outcome leaves the user in doubt: a refusal after a send that may have acted does
    /// not tell what became of the user.
    func isInDoubt(_ outcome: UserOutcome) -> Bool {
      (mayHaveActed || isResent) && outcome.code != nil
    }

    /// How a user ends that is not sent again: in doubt only if this intent may have acted.
    var givenBack: UserOutcome { mayHaveActed ? .unknown : .notAttempted }
  }

  /// What a batch is sent for.
  enum Purpose: Equatable {
    /// Precheck: whether the service, the app and the signature go together.
    case access
    /// Precheck: that the probe's id is nobody's.
    case probeLook
    /// Precheck: whether accounts can be removed at all.
    case probe
    /// Precheck: whether tag calls are allowed.
    case tagAccess
    /// After the first clear: whether its user's tags are gone.
    case readBack
    /// To find out what became of users in doubt.
    case resolution
    /// To do what the plan says.
    case operation

    /// Whether its members are users of the plan or of a doubt, that must come to an end.
    var isForUsers: Bool { self == .resolution || self == .operation }
  }

  let purpose: Purpose
  let call: Call
  /// Number of the journal's intent that covers the members; 0 for calls that only read.
  var intent: UInt32
  /// How many users that intent has.
  var intentSize: Int
  /// When the intent was written.
  var intentTime: Timestamp
  var members: [Member]
  /// Sends that ended in a passing failure.
  var attempts = 0
  /// Whether it is a part of a batch that was split.
  var isPart = false
  /// Since when it is refused as too fast, with none of its members coming to an end.
  var slowedSince: Instant?
  /// Not to be sent before.
  var notBefore: Instant?

  var ids: [UserID] { members.map(\.id) }

  /// Whether a send that may have reached a member is so long ago that the id may be another
  /// person's by now.
  func isLate(_ member: Member, within seconds: Int, at now: Timestamp) -> Bool {
    guard let last = member.mayHaveActed ? intentTime : member.sentBefore else { return false }
    // A clock that was set back must not make an old intent look young.
    return now.seconds(since: last).magnitude >= seconds
  }

  /// The two halves, to find the culprit of a refusal.
  var halves: [Batch] {
    let middle = members.count / 2
    return [members[..<middle], members[middle...]].map { part in
      var half = self
      half.members = Array(part)
      half.isPart = true
      return half
    }
  }
}

/// A user for whom something was sent and nothing usable came back.
struct Doubt {
  /// Where the sending is written down.
  enum Origin: Equatable {
    /// In the state, by an earlier run.
    case earlier(RunID)
    /// In this run's journal.
    case own(intent: UInt32, size: Int, index: Int)
  }

  let operation: Operation
  let id: UserID
  /// The revision that was sent.
  let revision: Revision
  let time: Timestamp
  let origin: Origin
  /// The refusal that came last, after a send that may have acted; nil if nothing came.
  var refusal: (code: ServiceCode, at: Instant)?
  /// The revision to send if it turns out not to be done; nil if the user is not wanted any more.
  let wanted: Revision?
}
