internal import Bytes

/// The live half of the precheck (docs/architecture.md, "Precheck"): calls before the first change
/// that find out whether the run can succeed at all, without changing a user.
///
/// It owns which calls to make and what follows from their responses. It probes an id only after
/// the service reported that the id does not exist.
struct Precheck {
  /// What follows from the response to a call.
  enum Verdict {
    /// The step has passed.
    case passed(PrecheckStep)
    /// Another call is needed.
    case call(Batch)
    /// Throttled: the call must be repeated.
    case throttled
    /// To be retried, up to the limit.
    case transient(ServiceCode, limit: Int?)
    /// The run cannot continue, unless a new signature helps.
    case fatal(ServiceCode)
    /// The run must stop.
    case refused(ServiceCode)
    /// The response is not from the service; a description of it.
    case notTheService(String)
  }

  /// How many made-up ids are checked before something must be wrong.
  private static let maxLooks = 3

  private let plan: Plan
  private let scope: ApplyMachine.Scope
  private var looks = 0
  /// The made-up id that does not exist.
  private var unusedID: UserID?

  init(_ plan: Plan, _ scope: ApplyMachine.Scope) {
    self.plan = plan
    self.scope = scope
  }

  // MARK: - Calls

  /// `account_check` of the admin: only the code counts, not the account's status.
  func access() -> Batch { Self.call(.access, .checkAccounts, plan.manifest.app.admin) }

  /// For clears: reads the tags of one user to clear. Nil if there is none.
  func tagAccess() -> Batch? {
    // A refresh or a restore reads the tags of all users anyway, and shows what it cannot read.
    scope == .refresh || scope == .restore
      ? nil : firstUser(of: .clearTags).map { Self.call(.tagAccess, .readTags, $0) }
  }

  /// For removals: makes up an id and checks it before probing it. Nil if no account is to be
  /// removed, or only reading is allowed.
  mutating func probeLook(_ randomness: inout Randomness) -> Batch? {
    guard scope == .whole || scope == .precheck, firstUser(of: .removeAccount) != nil else {
      return nil
    }
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

  /// A user of the operation: from the plan, or from the manifest if only the precheck runs.
  private func firstUser(of operation: Operation) -> UserID? {
    if scope == .whole {
      let item = plan.items.first { $0.block == nil && $0.operation == operation }
      return item.map { plan.entry(of: $0).id }
    }
    let entries = plan.manifest.entries
    return entries.list.first { entries.operation(of: $0) == operation }?.id
  }

  // MARK: - Answers

  /// Interprets the response to one of its calls. Anything but a clear success ends the run.
  mutating func judge(
    _ answer: Answer, to batch: Batch, _ randomness: inout Randomness
  ) -> Verdict {
    precondition(!batch.purpose.isForUsers && batch.members.count == 1, "no call of the precheck")
    let id = batch.members[0].id
    let said = Statements(answer, about: batch)
    let user = said[id]
    var code = answer.code
    // The result may be for the call or for its only user; for the admin the user's result does not
    // count.
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
      // This user is at fault and will fail alone; the call itself is allowed.
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
    case .resolution, .backup, .readBack, .inspection, .restore, .operation:
      preconditionFailure("no call of the precheck")
    }
  }
}
