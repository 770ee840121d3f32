internal import Bytes

/// The live half of the precheck (docs/architecture.md, "Precheck"): calls made before the first
/// change, to find out whether the run can succeed at all, with no user touched; and the reading back
/// of the first users that were cleared.
///
/// It owns which calls are to be made and what their answers lead to. An id is probed only after it
/// was seen not to exist, and at most one user is read back at a time.
struct Precheck {
  /// What the answer to a call leads to.
  enum Verdict {
    /// The step has passed.
    case passed(PrecheckStep)
    /// Nothing is learned, and nothing is wrong.
    case silent
    /// Another call is to be made.
    case call(Batch)
    /// Too fast: the call is to be made again.
    case throttled
    /// To be tried again, as often as the limit says.
    case transient(ServiceCode, limit: Int?)
    /// The run cannot go on, unless a new signature helps.
    case fatal(ServiceCode)
    /// The run must stop.
    case refused(ServiceCode)
    /// What answered is not the service; the words tell what came.
    case notTheService(String)
    /// The user was called cleared, and has tags.
    case notCleared(UserID)
  }

  /// How many made-up ids are looked at before it is clear that something is wrong.
  private static let maxLooks = 3
  /// How many users are read back at most: as many as the ramp has steps. One is enough, unless it
  /// turns out to be absent, which shows nothing.
  private static let maxReadBacks = 3

  private let plan: Plan
  private let scope: ApplyMachine.Scope
  private var looks = 0
  /// The made-up id that was seen not to exist.
  private var unusedID: UserID?
  private var readBacksLeft = Self.maxReadBacks
  /// Whether a user is being read back; no further user is sent then.
  private(set) var isReadingBack = false

  init(_ plan: Plan, _ scope: ApplyMachine.Scope) {
    self.plan = plan
    self.scope = scope
  }

  // MARK: - Calls

  /// `account_check` of the admin: the code counts, not the account's status.
  func access() -> Batch { Self.call(.access, .checkAccounts, plan.manifest.app.admin) }

  /// For clears: tags of one user who is to be cleared are read. Nil if there is none.
  func tagAccess() -> Batch? {
    firstUser(of: .clearTags).map { Self.call(.tagAccess, .readTags, $0) }
  }

  /// For removals: an id is made up, and looked for, before it is probed. Nil if no account is to be
  /// removed, or only reading is allowed.
  mutating func probeLook(_ randomness: inout Randomness) -> Batch? {
    guard scope != .readingPrecheck, firstUser(of: .removeAccount) != nil else { return nil }
    return nextLook(&randomness)
  }

  private mutating func nextLook(_ randomness: inout Randomness) -> Batch? {
    var hex: [UInt8] = []
    hex.appendHex(randomness.next(), digits: 16)
    guard let id = UserID(Array(ApplyMachine.probePrefix.utf8) + hex) else { return nil }
    looks += 1
    return Self.call(.probeLook, .checkAccounts, id)
  }

  private func probe(_ id: UserID) -> Batch {
    precondition(unusedID == id && ApplyMachine.isProbe(id), "an id is probed that may be a user's")
    return Self.call(.probe, .deleteAccounts, id)
  }

  private static func call(_ purpose: Batch.Purpose, _ call: Call, _ id: UserID) -> Batch {
    Batch(purpose: purpose, call: call, members: [.init(id: id, revision: .first, index: 0)])
  }

  /// A user for whom the operation is asked: of the plan, or of the manifest if only the precheck is
  /// made.
  private func firstUser(of operation: Operation) -> UserID? {
    if scope == .whole {
      let item = plan.items.first { $0.block == nil && $0.operation == operation }
      return item.map { plan.entry(of: $0).id }
    }
    let entries = plan.manifest.entries
    return entries.list.first { entries.operation(of: $0) == operation }?.id
  }

  // MARK: - Reading back

  /// Whether the next clears may still be read back, so that each waits for the one before.
  var mayReadBack: Bool { readBacksLeft > 0 }

  /// Reads back the first user that a batch has cleared; nil if there is no need.
  mutating func readBack(
    _ batch: Batch, _ outcomes: [(Batch.Member, UserOutcome)]
  ) -> Batch? {
    guard batch.call == .clearTags, readBacksLeft > 0, !isReadingBack,
      let (member, _) = outcomes.first(where: { $0.1 == .done(.cleared) })
    else { return nil }
    readBacksLeft -= 1
    isReadingBack = true
    return Batch(purpose: .readBack, call: .readTags, intent: batch.intent, members: [member])
  }

  // MARK: - Answers

  /// Says what the answer to one of its calls leads to. Whatever is no clear yes ends the run.
  mutating func judge(
    _ answer: Answer, to batch: Batch, _ randomness: inout Randomness
  ) -> Verdict {
    precondition(!batch.purpose.isForUsers && batch.members.count == 1, "no call of the precheck")
    let id = batch.members[0].id
    let said = Statements(answer, about: batch)
    let user = said[id]
    var code = answer.code
    // The verdict may stand for the call or for the one user in it; of the admin it does not count.
    if batch.purpose != .access {
      let refused = answer.users.first { $0.id == id && ServiceCodes.isEditionRefusal($0.code) }
      if let refused {
        code = refused.code
      } else if said.contradicts(id) {
        return .notTheService("an answer that contradicts itself")
      } else if let user, ServiceCodes.meaning(of: code, for: batch.call) == .done {
        code = user.code
      }
    }
    switch ServiceCodes.meaning(of: code, for: batch.call) {
    case .throttled: return .throttled
    case .transient(let limit): return .transient(code, limit: limit)
    case .fatal: return .fatal(code)
    case .done: return pass(batch, code, user, &randomness)
    case .batch where batch.call == .readTags && ServiceCodes.meansAbsent(code):
      // The tags of an id without an account can be read too.
      return pass(batch, code, nil, &randomness)
    case .batch where batch.purpose == .tagAccess,
      .other where batch.purpose == .tagAccess && answer.code.number == 0:
      // This user is at fault, who will stand alone as failed; the call itself is allowed.
      return pass(batch, code, nil, &randomness)
    case .unknown, .batch, .other: return .refused(code)
    }
  }

  private mutating func pass(
    _ batch: Batch, _ code: ServiceCode, _ user: Answer.UserAnswer?,
    _ randomness: inout Randomness
  ) -> Verdict {
    let id = batch.members[0].id
    switch batch.purpose {
    case .access: return .passed(.access(admin: id))
    case .tagAccess: return .passed(.tagAccess)
    case .probeLook:
      if user?.isImported == false {
        unusedID = id
        return .call(probe(id))
      }
      guard looks < Self.maxLooks, let look = nextLook(&randomness) else {
        return .notTheService("every made-up id exists, or none can be checked")
      }
      return .call(look)
    case .probe:
      guard user != nil || code.number != 0 else {
        return .notTheService("an answer without a result for the probe")
      }
      return .passed(.probe(id, code))
    case .readBack:
      isReadingBack = false
      // Of a user that is absent nothing need be said: then the next one that is cleared is read.
      guard let tags = user?.tags else { return .silent }
      if tags > 0 { return .notCleared(id) }
      readBacksLeft = 0
      return .passed(.readBack(id))
    case .resolution, .operation: preconditionFailure("no call of the precheck")
    }
  }
}
