import Bytes
import PruneCore

/// A conversation with the service: its accounts, its bounds, and what later checks need to know.
///
/// Every id that it names begins with `imprune-contract-` and its run.
struct Interview {
  /// How many accounts it imports.
  static let accountCount = 24
  /// The most calls before the clean-up.
  static let callLimit = 600
  /// The longest time before the clean-up, and for it.
  static let timeLimit = Interval.seconds(120)
  static let cleanUpLimit = Interval.seconds(60)
  /// This many calls in a row without an answer end it.
  private static let silenceLimit = 3
  /// The distance between two calls that are no burst.
  private static let gap = Interval.seconds(0.02)
  /// After this time no earlier call counts toward a limit of calls per second.
  static let window = Interval.seconds(1.2)

  var link: any ContractLink
  /// The ids of its accounts.
  let ids: [UserID]
  /// Ids of its own that are never imported.
  let strangers: [UserID]
  /// An id of its own with one byte too many.
  let tooLong: String
  /// The accounts that it asked the service to import, whether or not it said yes.
  private(set) var imported: [UserID] = []
  /// Those that no check has used.
  private var unused: [UserID] = []
  private(set) var callCount = 0
  /// Whether a call was given up, which may still reach the service.
  private(set) var hasGivenUp = false
  private var silence = 0
  private let start: Instant

  /// What account_delete answered; nil before it was asked.
  var deletion: Deletion?
  /// Accounts with a tag of a family; none if its calls are refused. The first keeps its tag.
  var tagged: [TagsAPI: [UserID]] = [:]
  /// Accounts that never had a tag, one for each family.
  var untagged: [TagsAPI: UserID] = [:]
  /// The families to ask about.
  let families: Set<TagsAPI>
  /// Whether the service was seen to refuse calls for their number.
  var hasSeenLimit = false

  enum Deletion: Equatable {
    case allowed
    /// Where 71000 stood, if that could be told, and whether it came before the lookup.
    case refused(level: String?, order: String)
  }

  /// A conversation under a name of 8 characters.
  init(_ link: any ContractLink, run: String, families: Set<TagsAPI>) {
    self.link = link
    self.families = families
    let prefix = "imprune-contract-\(run)-"
    func id(_ number: Int) -> UserID? { UserID(prefix + (number < 10 ? "0" : "") + "\(number)") }
    ids = (1...Self.accountCount).compactMap(id)
    strangers = (91...94).compactMap(id)
    tooLong = prefix + String(repeating: "x", count: UserID.maxBytes + 1 - prefix.utf8.count)
    start = Instant(nanoseconds: link.nanoseconds)
  }

  // MARK: - Calls

  /// Makes a call; one that the service throttles or fails for a moment is made again, twice.
  ///
  /// It returns an answer with code 0, with a code that refuses a user, with one that no document has, or
  /// with one that is expected; it throws for any other code, which says nothing about a check.
  mutating func call(
    _ call: ContractCall, expecting isExpected: (ServiceCode) -> Bool = { _ in false }
  ) throws(NoAnswer) -> (Answer, ContractReply) {
    var attempt = 0
    while true {
      attempt += 1
      let reply = try send([call])[0]
      guard let answer = reply.answer else {
        silence += 1
        guard silence >= Self.silenceLimit else { throw .ofService(reply.problem) }
        throw NoAnswer(
          reason: "\(silence) calls in a row had no usable answer: \(reply.problem)",
          endsAll: true, isOfService: true)
      }
      silence = 0
      switch ServiceCodes.meaning(of: answer.code, for: .deleteAccounts) {
      case .throttled where attempt < 3, .transient where attempt < 3: try pause(Self.window)
      case .done, .batch, .other: return (answer, reply)
      case .throttled, .transient, .unknown, .fatal:
        guard isExpected(answer.code) else { throw .code(answer.code) }
        return (answer, reply)
      }
    }
  }

  mutating func answer(
    _ call: ContractCall, expecting isExpected: (ServiceCode) -> Bool = { _ in false }
  ) throws(NoAnswer) -> Answer {
    try self.call(call, expecting: isExpected).0
  }

  /// What came of calls made as fast as possible.
  struct Burst {
    /// The codes of each wave; nil without an answer.
    var codes: [[ServiceCode?]]
    /// From before the first call until the last answer.
    var time: Interval
  }

  /// Makes calls as fast as it can, after a pause in which earlier ones stop to count: a wave of calls
  /// once the one before is answered.
  mutating func burst(_ waves: [ContractCall]...) throws(NoAnswer) -> Burst {
    try pause(Self.window)
    let before = link.nanoseconds
    var codes: [[ServiceCode?]] = []
    for wave in waves { codes.append(try send(wave).map { $0.answer?.code }) }
    let time = Interval(nanoseconds: link.nanoseconds - before)
    // What comes next must not be refused for this.
    try pause(Self.window)
    return Burst(codes: codes, time: time)
  }

  mutating func pause(_ interval: Interval) throws(NoAnswer) {
    link.pause(interval.nanoseconds)
    try requireTime()
  }

  private mutating func send(_ calls: [ContractCall]) throws(NoAnswer) -> [ContractReply] {
    try requireTime()
    guard callCount + calls.count <= Self.callLimit else {
      throw NoAnswer(reason: "the kit makes at most \(Self.callLimit) calls", endsAll: true)
    }
    callCount += calls.count
    link.pause(Self.gap.nanoseconds)
    try requireTime()
    let replies = link.send(calls)
    hasGivenUp = hasGivenUp || replies.contains { $0.answer == nil }
    try requireTime()
    return replies
  }

  private func requireTime() throws(NoAnswer) {
    if link.stopSignal != nil { throw NoAnswer(reason: "interrupted", endsAll: true) }
    if Instant(nanoseconds: link.nanoseconds) - start > Self.timeLimit {
      throw NoAnswer(
        reason: "the kit asks for at most \(Int(Self.timeLimit.seconds)) s", endsAll: true)
    }
  }

  // MARK: - Accounts

  /// Imports an account of its own, which may exist already.
  mutating func importAccount(_ id: UserID) throws(NoAnswer) {
    // Before the call: it may be done without an answer.
    if !imported.contains(id) { imported.append(id) }
    let answer = try answer(.importing(id))
    guard answer.code.number == 0 else {
      throw .ofService("no account could be imported: code \(answer.code)")
    }
  }

  /// An account that no check has used. Once deletion was seen to work, it imports all.
  mutating func account() throws(NoAnswer) -> UserID {
    switch deletion {
    case .allowed: break
    case .refused: throw NoAnswer(reason: "the app does not allow deletion, so no accounts")
    case nil: throw NoAnswer(reason: "no account was seen to be removed, so no accounts")
    }
    while let id = ids.first(where: { !imported.contains($0) }) {
      try importAccount(id)
      unused.append(id)
    }
    guard let id = unused.popLast() else { throw NoAnswer(reason: "no account is left") }
    return id
  }

  /// Whether an account of its own, which existed, was removed.
  ///
  /// account_check may report an account that is gone, so it tries to remove what is reported.
  mutating func isRemoved(_ id: UserID) throws(NoAnswer) -> Bool {
    let check = try answer(ContractCall(.checkAccounts, [id]))
    switch check.users.first(where: { $0.id == id })?.isImported {
    case false: return true
    case true: break
    case nil: throw .ofService("account_check gave no status: code \(check.code)")
    }
    let removal = try answer(ContractCall(.deleteAccounts, [id]))
    switch removal.users.first(where: { $0.id == id })?.code ?? removal.code {
    case ServiceCodes.absent: return true
    case ServiceCode(0): return false
    case let code: throw .code(code)
    }
  }
}
