/// Up to 100 users of one request.
struct Batch: Equatable {
  /// One user of a batch.
  struct Member: Equatable {
    let id: UserID
    let revision: Revision
    /// Position in the intent, or in the queue of unresolved users.
    var index: Int
    /// The time of an earlier intent for this user with an unknown effect.
    var sentBefore: Timestamp?
    /// Whether an earlier call under this intent may already have taken effect.
    var mayHaveActed = false

    /// Whether the user is sent again after an earlier intent.
    var isResent: Bool { sentBefore != nil }

    /// Whether an outcome leaves the user unresolved: a refusal after a call that may have acted
    /// does not show what happened to the user.
    func isUnresolved(by outcome: UserOutcome) -> Bool {
      (mayHaveActed || isResent) && outcome.code != nil
    }

    /// The outcome of a user who is not sent again: unresolved only if this intent may have acted.
    var unsentOutcome: UserOutcome { mayHaveActed ? .unknown : .notAttempted }
  }

  /// The purpose of a batch.
  enum Purpose: Equatable {
    /// Precheck: whether the service, the app and the signature match.
    case access
    /// Precheck: that the probe's id has no account.
    case probeLook
    /// Precheck: whether accounts can be removed at all.
    case probe
    /// Precheck: whether tag calls are allowed.
    case tagAccess
    /// Resolves unresolved users.
    case resolution
    /// Reads the tags of users who are about to be cleared.
    case backup
    /// After a clear: whether the tags of its users are gone.
    case readBack
    /// Reads users for a refresh.
    case inspection
    /// Reads users for a restore, or adds tags to them.
    case restore
    /// Performs the plan.
    case operation

    /// Whether its members are users who must be completed, not the precheck's.
    var isForUsers: Bool {
      switch self {
      case .access, .probeLook, .probe, .tagAccess: false
      case .resolution, .backup, .readBack, .inspection, .restore, .operation: true
      }
    }
  }

  /// The intent in the journal that covers the members of a batch.
  struct Intent: Equatable {
    let number: UInt32
    /// How many users it has.
    let size: Int
    /// When it was written.
    let time: Timestamp
    /// The append that must be durable before the batch is sent.
    let ticket: JournalTicket
  }

  let purpose: Purpose
  let call: Call
  /// Nil for calls that change no user, and before the intent is written. A call that reads users
  /// back has the intent of the clear.
  var intent: Intent?
  var members: [Member]
  /// Attempts that ended in a transient failure.
  var attempts = 0
  /// Whether it is a part of a split batch.
  var isPart = false
  /// Since when it is throttled without any of its members completed.
  var slowedSince: Instant?
  /// Whether the service throttled these users of a call that it accepted for others.
  var isSetApart = false
  /// Not to be sent before.
  var notBefore: Instant?
  /// Everything up to and with this append must be durable before the batch is sent.
  var ticket: JournalTicket?
  /// For a clear: when the tags of its users were read that are saved.
  var tagsRead: Timestamp?
  /// For reading back: when the service reported the change.
  var reportedAt: Instant?
  /// Whether the change is made for the second time in a row.
  var isSecondTry = false

  var ids: [UserID] { members.map(\.id) }

  /// The operation that the batch performs for users of the plan; nil for every other purpose.
  var operation: Operation? { purpose == .operation ? call.operation : nil }

  /// The operation whose outcome a response to the batch may decide for a user of the plan.
  var decides: Operation? {
    switch purpose {
    case .operation: call.operation
    case .backup, .readBack: .clearTags
    case .access, .probeLook, .probe, .tagAccess, .resolution, .inspection, .restore: nil
    }
  }

  /// Where outcomes refer to a member; nil if no intent covers it.
  func place(of member: Member) -> IntentPlace? {
    intent.map { IntentPlace(intent: $0.number, size: $0.size, index: member.index) }
  }

  /// Whether a call that may have reached a member is so long ago that the id may belong to another
  /// person by now.
  func isLate(_ member: Member, for window: ResendWindow, at now: Timestamp) -> Bool {
    guard let last = member.mayHaveActed ? intent?.time : member.sentBefore else { return false }
    return !window.isOpen(since: last, at: now)
  }

  /// The same users, or some of them, for another purpose under the same intent, as if never sent.
  func turned(
    into purpose: Purpose, _ call: Call, _ members: [Member]? = nil
  ) -> Batch {
    var batch = Batch(
      purpose: purpose, call: call, intent: intent, members: members ?? self.members)
    batch.isPart = isPart
    batch.isSecondTry = isSecondTry
    return batch
  }

  /// The two halves, to find the user that causes a refusal.
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
