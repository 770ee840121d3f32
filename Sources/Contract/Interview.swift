import Bytes
import PruneCore

/// A conversation with the service: its accounts, its bounds, and what later checks need to know.
///
/// Every id that it names begins with `imprune-contract-` and its run.
struct Interview {
  /// How many accounts it imports.
  static let accountCount = 24
  /// The most calls before the clean-up.
  static let callLimit = 300
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
  private var hasImported = false
  private let start: Instant

  /// What account_delete answered; nil before it was asked.
  var deletion: Deletion?
  /// Accounts with a tag of a family; none if its calls are refused.
  var tagged: [TagsAPI: [UserID]] = [:]
  /// Accounts that never had a tag, one for each family.
  var untagged: [TagsAPI: UserID] = [:]
  /// The families to ask about.
  let families: Set<TagsAPI>
  /// Whether the service was seen to refuse calls for their number.
  var hasSeenLimit = false

  enum Deletion: Equatable {
    case allowed
    case refused(level: String, order: String)
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
  mutating func call(_ call: ContractCall) throws(NoAnswer) -> (Answer, ContractReply) {
    for attempt in 1...3 {
      let reply = try send([call])[0]
      guard let answer = reply.answer else {
        silence += 1
        if silence >= Self.silenceLimit {
          throw NoAnswer(
            reason: "\(silence) calls in a row had no usable answer: \(reply.problem)",
            endsAll: true)
        }
        throw NoAnswer(reason: reply.problem)
      }
      silence = 0
      switch ServiceCodes.meaning(of: answer.code, for: .checkAccounts) {
      case .throttled where attempt < 3, .transient where attempt < 3: try pause(Self.window)
      default: return (answer, reply)
      }
    }
    throw NoAnswer(reason: "no answer")
  }

  mutating func answer(_ call: ContractCall) throws(NoAnswer) -> Answer {
    try self.call(call).0
  }

  /// Makes calls as fast as it can, after a pause in which earlier ones stop to count; returns their
  /// codes, nil without an answer, and how long it took.
  mutating func burst(_ calls: [ContractCall]) throws(NoAnswer) -> ([ServiceCode?], Interval) {
    try pause(Self.window)
    let before = link.nanoseconds
    let replies = try send(calls)
    let time = Interval(nanoseconds: link.nanoseconds - before)
    // What comes next must not be refused for this.
    try pause(Self.window)
    return (replies.map { $0.answer?.code }, time)
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

  /// Imports an account of its own that was not imported yet.
  mutating func importAccount() throws(NoAnswer) {
    guard imported.count < ids.count else { return }
    let id = ids[imported.count]
    // Before the call: it may be done without an answer.
    imported.append(id)
    let answer = try answer(.importing(id))
    guard answer.code.number == 0 else {
      throw NoAnswer(reason: "no account could be imported: code \(answer.code)")
    }
    unused.append(id)
  }

  /// An account that no check has used; the first call after deletion was seen to work imports all.
  mutating func account() throws(NoAnswer) -> UserID {
    if deletion == .allowed, !hasImported {
      hasImported = true
      while imported.count < ids.count { try importAccount() }
    }
    guard let id = unused.popLast() else {
      switch deletion {
      case .refused: throw NoAnswer(reason: "the app does not allow deletion, so no accounts")
      default: throw NoAnswer(reason: "no account is left")
      }
    }
    return id
  }
}
