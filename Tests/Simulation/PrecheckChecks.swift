internal import PruneCore

/// The rules of the precheck (docs/architecture.md, "Precheck"), checked only from the calls and
/// their responses: nothing is changed before each step has passed, and the only id outside the
/// plan that is ever sent for removal is a made-up one reported as absent.
struct PrecheckChecks {
  private static let prefix = "imprune-probe-"

  private let admin: UserID
  private let maxAttempts: Int
  private let planned: Set<Operation>
  private let readsTags: Bool

  private var hasAccess = false
  private var hasReadTags = false
  /// Made-up ids that the service reported as absent, and the one that was probed.
  private var free: Set<UserID> = []
  private var probe: UserID?
  private var hasProbed = false
  /// Responses to probes, except throttled ones.
  private var probeAnswers = 0
  private var hasSentUser = false
  init(_ plan: Plan, _ settings: ApplyMachine.Settings) {
    admin = plan.manifest.app.admin
    maxAttempts = settings.maxAttempts
    let entries = plan.manifest.entries
    planned = Set(plan.items.lazy.filter { $0.block == nil }.map { $0.operation })
    switch settings.scope {
    case .whole: readsTags = planned.contains(.clearTags)
    case .refresh, .restore: readsTags = false
    case .precheck, .readingPrecheck:
      readsTags = entries.list.contains { entries.operation(of: $0) == .clearTags }
    }
  }

  /// The purpose of a call; throws if it is not allowed now.
  mutating func purpose(
    of call: Call, _ ids: [UserID], _ service: SimulatedService
  ) throws -> SimulatedCall.Purpose {
    let isMadeUp = ids.contains { $0.description.hasPrefix(Self.prefix) }
    if call.operation != nil {
      guard isMadeUp else {
        hasSentUser = true
        return .users
      }
      try checkProbe(call, ids, service)
      return .probe
    }
    if !hasAccess {
      guard call == .checkAccounts, ids == [admin] else {
        throw Breach("\(call) was sent before access was known")
      }
      return .access
    }
    if isMadeUp {
      guard call == .checkAccounts, ids.count == 1, !hasSentUser else {
        throw Breach("a made-up id was checked together with users, or after one was sent")
      }
      return .probeLook
    }
    guard call == .readTags, ids.count == 1 else { return .users }
    return readsTags && !hasReadTags && !hasSentUser ? .tagAccess : .users
  }

  private mutating func checkProbe(
    _ call: Call, _ ids: [UserID], _ service: SimulatedService
  ) throws {
    guard call == .deleteAccounts, ids.count == 1, let id = ids.first else {
      throw Breach("a made-up id in a batch, or cleared")
    }
    let digits = id.description.utf8.dropFirst(Self.prefix.utf8.count)
    guard digits.count == 16, digits.allSatisfy("0123456789abcdef".utf8.contains) else {
      throw Breach("\(id) is not the id of a probe")
    }
    guard free.contains(id), !service.accounts.contains(id) else {
      throw Breach("\(id) was probed without being confirmed absent")
    }
    guard !hasSentUser else { throw Breach("a probe after a user was sent") }
    guard probe == nil || probe == id else { throw Breach("a second id was probed") }
    guard !hasProbed else { throw Breach("a passed probe was sent again") }
    probe = id
    // One more for a renewed signature.
    guard probeAnswers <= maxAttempts else { throw Breach("the probe was sent without end") }
  }

  /// Throws unless a user may be sent.
  func checkChange(_ operation: Operation) throws {
    guard hasAccess else { throw Breach("a user was sent before access was known") }
    guard hasReadTags || !planned.contains(.clearTags) else {
      throw Breach("a user was sent before it was known whether tag calls are allowed")
    }
    guard hasProbed || !planned.contains(.removeAccount) else {
      throw Breach("a user was sent before the probe had passed")
    }
  }

  mutating func answered(_ call: SimulatedCall, _ answer: Answer?) {
    guard let answer else {
      if call.purpose == .probe { probeAnswers += 1 }
      return
    }
    let said = answer.users.filter { $0.id == call.ids[0] }
    let codes = [answer.code.number] + said.map(\.code.number)
    switch call.purpose {
    case .access: if codes[0] == 0 { hasAccess = true }
    case .tagAccess:
      // An absent or individually failing user also shows that tags can be read.
      let harmless: [Int32] = [0, 70107, 90012, 90048, 70402, 90003, 93000, 12345, 30003]
      if codes[0] != 12345, codes.allSatisfy(harmless.contains) { hasReadTags = true }
    case .probeLook:
      if codes.allSatisfy({ $0 == 0 }), !said.isEmpty, said.allSatisfy({ $0.isImported == false }) {
        free.insert(call.ids[0])
      }
    case .probe:
      let tooFast: [Int32] = [60007, 60011, 60018, 60019]
      if !codes.contains(where: tooFast.contains) { probeAnswers += 1 }
      if codes.allSatisfy({ [0, 70107].contains($0) }), codes != [0] { hasProbed = true }
    case .backup, .readBack, .users: break
    }
  }
}
