package import PruneCore
package import TestSupport

/// One call as the service sees it.
package struct SimulatedCall: Equatable, Sendable {
  /// The purpose of a call, as seen from outside.
  package enum Purpose: Hashable, CaseIterable, Sendable {
    /// The steps of the precheck.
    case access, tagAccess, probeLook, probe
    /// Reading tags before and after a clear.
    case backup, readBack
    /// Users of the plan, or users who are unresolved.
    case users

    /// Whether it is a step of the precheck.
    package var isCheck: Bool { [.access, .tagAccess, .probeLook, .probe].contains(self) }
  }

  /// Counted from 1 for each kind of call and purpose.
  package let number: Int
  package let call: Call
  package let purpose: Purpose
  package let ids: [UserID]
  /// The tags that the call adds to each user.
  package var added: [[String]] = []
  package internal(set) var sent: Instant
  /// How many calls of the kind were in flight, including this one.
  package let inFlight: Int
}

/// A fault of a call. Unless its name says otherwise, the call takes effect.
package enum Fault: Equatable, Sendable {
  /// This code for the whole call, without effect.
  case code(Int32)
  /// This code for the whole call, although it took effect.
  case codeAfterEffect(Int32)
  /// This code, without effect, for the first users of the batch; the others are done.
  case items(Int32, Int)
  /// No connection: nothing was sent.
  case notSent
  case untrusted
  case lostBeforeEffect
  case lost
  /// No response, and the effect comes this many seconds later.
  case late(Double)
  /// The response takes this many seconds.
  case slow(Double)
  /// An HTTP status, without effect.
  case status(Int)
  case statusAfterEffect(Int)
  case garbage
  /// The first user is missing from the response.
  case missing
  /// Every user is in the response twice.
  case duplicated
  /// The response also gives the first user this code, and the next one.
  case contradicted(Int32)
  /// This code, without effect, for the first users of the batch, named other than by their ids;
  /// the others are done.
  case misnamed(Misnaming, Int32, Int)
  /// This code for the whole call, although it took effect and the response says so for each user.
  case codeBesideResults(Int32)
  /// The response names a user who was not in the call.
  case foreign
  /// The response lists the users in another order.
  case reversed
  /// The response reports success without an effect.
  case pretended
}

/// How a response names users other than by their ids.
package enum Misnaming: Equatable, Sendable {
  /// In upper case.
  case otherCase
  /// By ids that are longer than allowed.
  case tooLong
  /// By their ids, in a list with an unknown name.
  case otherList
}

/// A simulated service: its users, tags, latency and faults.
package struct SimulatedService {
  package var accounts: Set<UserID> = []
  /// Users with tags.
  package var tagged: Set<UserID> = []
  /// The tags of users who have others than the usual ones.
  package var tags: [UserID: [String]] = [:]
  /// Users whose presence fails a whole changing call, with the code.
  package var poison: [UserID: Int32] = [:]
  /// Users for whom a changing call fails, with the code.
  package var refused: [UserID: Int32] = [:]
  /// Users whose tags the service never clears, although it says so.
  package var unclearable: Set<UserID> = []
  /// Users who are gone once their tags are cleared.
  package var vanishing: Set<UserID> = []
  /// Seconds from a call to its response.
  package var latency: ClosedRange<Double> = 0.05...0.05
  /// The limit of each endpoint; calls above it get 60007.
  package var limit: SharedLimit? { didSet { limits = [:] } }
  /// How many made-up ids turn out to exist when they are checked.
  package var takenProbes = 0
  /// Additional members of every response to a clear, as JSON with a comma before it.
  package var moreOfClears = ""
  /// Chooses the fault of a call.
  package var fault: (SimulatedCall, inout SplitMix64) -> Fault? = { _, _ in nil }

  /// How often calls of ours removed or cleared each user.
  package private(set) var removed: [UserID: Int] = [:]
  package private(set) var cleared: [UserID: Int] = [:]
  /// Tags that calls of ours cleared, with the moment when the user got them, if that was later than
  /// the start.
  private(set) var clearedTags: [(id: UserID, tags: [String], since: Instant?)] = []
  /// How often tags were added to a user.
  package private(set) var addCalls = 0
  /// Users whom the service falsely reported as removed or cleared.
  package private(set) var pretended: Set<UserID> = []
  /// Users that calls of ours removed since the last check.
  var justRemoved: [UserID] = []
  /// The last moment at which an id was free, or had no tags, before that changed.
  private var lastAbsent: [UserID: Instant] = [:]
  private var lastUntagged: [UserID: Instant] = [:]
  private var limits: [Call: SharedLimit] = [:]
  private var late: [(at: Instant, call: SimulatedCall)] = []
  private var random: SplitMix64

  package init(seed: UInt64 = 1) {
    random = SplitMix64(seed: seed)
  }

  /// Takes a call that arrives now; returns its result and after how many seconds.
  mutating func receive(_ call: SimulatedCall, at now: Instant) -> (reply: Reply, after: Double) {
    let after = Double.random(in: latency, using: &random)
    if call.purpose == .probeLook, takenProbes > 0 {
      takenProbes -= 1
      accounts.formUnion(call.ids)
    }
    return switch fault(call, &random) {
    case .slow(let seconds): (act(call, nil, at: now), seconds)
    case let fault: (act(call, fault, at: now), after)
    }
  }

  /// Someone registers, if the id is free, or gets tags.
  mutating func register(_ id: UserID, at now: Instant, isTagged: Bool) {
    if accounts.insert(id).inserted { lastAbsent[id] = now }
    if isTagged, tagged.insert(id).inserted {
      lastUntagged[id] = now
      tags[id] = ["new"]
    }
  }

  /// The tags that a user has.
  package func currentTags(of id: UserID) -> [String] {
    tagged.contains(id) ? tags[id] ?? ["a", "b"] : []
  }

  /// Whether an id is free, or was since that moment.
  func wasAbsent(_ id: UserID, since start: Instant) -> Bool {
    !accounts.contains(id) || lastAbsent[id].map { $0 >= start } ?? false
  }

  /// Whether a user has no tags, or had none since that moment.
  func wasUntagged(_ id: UserID, since start: Instant) -> Bool {
    !tagged.contains(id) || lastUntagged[id].map { $0 >= start } ?? false
  }

  /// Whether a second person has registered under an id.
  package func isSecond(_ id: UserID) -> Bool { lastAbsent[id] != nil }
  package func isTaggedAgain(_ id: UserID) -> Bool { lastUntagged[id] != nil }

  /// Lets calls in flight take effect.
  mutating func advance(to now: Instant) {
    for (_, call) in late.filter({ $0.at <= now }) { perform(call, on: call.ids) }
    late.removeAll { $0.at <= now }
  }

  /// The caller slept, and the service did not: effects come this much earlier for the caller.
  mutating func hasten(by time: Interval) {
    for index in late.indices {
      late[index].at = Instant(nanoseconds: late[index].at.nanoseconds - time.nanoseconds)
    }
  }

  private mutating func act(
    _ call: SimulatedCall, _ fault: Fault?, at now: Instant
  ) -> Reply {
    switch fault {
    case .notSent: return .notSent("connection refused")
    case .untrusted: return .untrusted("certificate has expired")
    case .lostBeforeEffect: return .lost("connection reset")
    case .late(let seconds):
      late.append((call.sent + .seconds(seconds), call))
      return .lost("timed out")
    case .status(let status): return .response(status: status, body: Array("<html>".utf8))
    case .code(let code): return .response(code)
    default: break
    }
    if let limit, !limits[call.call, default: limit].admits(at: now) { return .response(60007) }
    if !call.call.onlyReads {
      for id in call.ids {
        if let code = poison[id] { return .response(code) }
      }
    }
    if fault == .pretended { return pretend(call) }
    var codes = call.ids.map { call.call.operation == nil ? nil : refused[$0] }
    if case .items(let code, let count) = fault {
      for index in 0..<min(count, codes.count) { codes[index] = code }
    }
    if case .misnamed(_, let code, let count) = fault {
      for index in 0..<min(count, codes.count) { codes[index] = code }
    }
    var items = answer(call, codes)
    switch fault {
    case .lost: return .lost("timed out")
    case .statusAfterEffect(let status): return .response(status: status, body: [])
    case .codeAfterEffect(let code): return .response(code)
    case .codeBesideResults(let code): return .response(code, items)
    case .misnamed(let how, let code, let count):
      for index in 0..<min(count, items.count) {
        items[index] = Reply.Item.of(call.call, call.ids[index], code, how)
      }
    case .garbage: return .response(status: 200, body: Array(#"{"ErrorCode":0,"Resu"#.utf8))
    // A clear's response lists only failed users.
    case .missing where ![.clearTags, .addTags].contains(call.call): items.removeFirst()
    case .duplicated: items += items
    case .contradicted(let code):
      for code in [code, code + 1] {
        items.append(Reply.Item.of(call.call, call.ids[0], code, isThere: false, tags: []))
      }
    case .foreign:
      if let id = UserID("somebody_else") {
        items.append(Reply.Item.of(call.call, id, 0, isThere: true, tags: ["a"]))
      }
    case .reversed: items.reverse()
    default: break
    }
    return .response(0, items, more: call.call == .clearTags ? moreOfClears : "")
  }

  /// Performs a call for all users without a code, and lists the result for each.
  private mutating func answer(_ call: SimulatedCall, _ codes: [Int32?]) -> [Reply.Item] {
    zip(call.ids, codes).map { id, code in
      let isThere = accounts.contains(id)
      if code == nil { perform(call, on: [id]) }
      let absent: Int32 = isThere || [.checkAccounts, .clearTags].contains(call.call) ? 0 : 70107
      return Reply.Item.of(
        call.call, id, code ?? absent, isThere: isThere, tags: currentTags(of: id))
    }
  }

  /// Reports success for all users.
  private mutating func pretend(_ call: SimulatedCall) -> Reply {
    // A clear is read back.
    if ![.clearTags, .addTags].contains(call.call) { pretended.formUnion(call.ids) }
    return .response(
      0, call.ids.map { Reply.Item.of(call.call, $0, 0, isThere: true, tags: []) })
  }

  private mutating func perform(_ call: SimulatedCall, on ids: [UserID]) {
    for id in ids {
      switch call.call {
      case .checkAccounts, .readTags: break
      case .addTags:
        addCalls += 1
        guard accounts.contains(id), let index = call.ids.firstIndex(of: id) else { continue }
        let has = currentTags(of: id)
        tags[id] = has + call.added[index].filter { !has.contains($0) }
        tagged.insert(id)
      case .clearTags:
        guard tagged.contains(id), !unclearable.contains(id) else { continue }
        clearedTags.append((id, currentTags(of: id), lastUntagged[id]))
        tagged.remove(id)
        cleared[id, default: 0] += 1
        if vanishing.contains(id) { accounts.remove(id) }
      case .deleteAccounts:
        guard accounts.remove(id) != nil else { continue }
        removed[id, default: 0] += 1
        justRemoved.append(id)
        tagged.remove(id)
      }
    }
  }
}

/// Faults by call number among the calls of a kind for users.
package func script(
  _ faults: [Call: [Int: Fault]]
) -> (SimulatedCall, inout SplitMix64) -> Fault? {
  { call, _ in call.purpose == .users ? faults[call.call]?[call.number] : nil }
}

/// Faults by call number among the calls of a precheck step.
package func script(
  _ faults: [SimulatedCall.Purpose: [Int: Fault]]
) -> (SimulatedCall, inout SplitMix64) -> Fault? {
  { call, _ in faults[call.purpose]?[call.number] }
}

/// The same fault for every call of a kind for users.
package func always(
  _ kind: Call, _ fault: Fault
) -> (SimulatedCall, inout SplitMix64) -> Fault? {
  { call, _ in call.purpose == .users && call.call == kind ? fault : nil }
}

/// The same fault for every call of a precheck step.
package func always(
  _ step: SimulatedCall.Purpose, _ fault: Fault
) -> (SimulatedCall, inout SplitMix64) -> Fault? {
  { call, _ in call.purpose == step ? fault : nil }
}
