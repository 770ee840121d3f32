import Contract
import Crypto

@testable import imprune_sandbox

/// The kit's way to a service in this process. Its clocks move only when the kit waits, and by a
/// millisecond for each call.
final class ServiceLink: ContractLink {
  var service: Service
  private(set) var nanoseconds: Int64
  private(set) var stopSignal: Int32?
  let canSign = true
  private var calls = 0
  /// Ids of all calls that reached the service, in order.
  private(set) var ids: [[UserID]] = []
  /// A signal comes after so many calls.
  private let stopsAfter: [Int]
  /// What becomes of a call: gets it, the time, and what has the service answer it; returns the body of
  /// the response, or nil for none.
  var around: (ContractCall, Int64, () -> [UInt8]) -> [UInt8]? = { $2() }

  init(_ service: Service, stopsAfter: [Int], start: Int64) {
    self.service = service
    self.stopsAfter = stopsAfter
    nanoseconds = start
  }

  /// A service with these facts, whose app may do everything and has three users.
  convenience init(
    facts: Facts = Facts(), faults: FaultSchedule = FaultSchedule(), stopsAfter: [Int] = [],
    rate: Int = 100, others: OtherClients = OtherClients(), start: Int64 = 5_000_000_000
  ) {
    var settings = ServiceSettings()
    settings.admins = Set([UserID("administrator".utf8)].compactMap(\.self))
    settings.key = Caller.key
    settings.enabled = [.tagPush]
    settings.facts = facts
    settings.rate = rate
    settings.others = others
    var users = UserTable()
    for id in ServiceLink.others { users.set(id, tags: [[97]]) }
    self.init(
      Service(settings: settings, users: users, faults: faults), stopsAfter: stopsAfter,
      start: start)
  }

  /// The users whom the kit must leave alone.
  static let others = ["imprune-contract", "u1", "u2"].compactMap { UserID($0.utf8) }

  var seconds: UInt32 { 1_800_000_000 + UInt32(nanoseconds / 1_000_000_000) }

  func pause(_ nanoseconds: Int64) { self.nanoseconds += nanoseconds }

  func resume() { stopSignal = nil }

  func send(_ calls: [ContractCall]) -> [ContractReply] { calls.map(send) }

  private func send(_ call: ContractCall) -> ContractReply {
    guard stopSignal == nil else { return ContractReply(problem: "interrupted") }
    nanoseconds += 1_000_000
    var delivery = Answer.Delivery.whole
    var status = 200
    let body = around(call, nanoseconds) {
      let answer = serve(call)
      delivery = answer.delivery
      status = answer.status
      return answer.body
    }
    calls += 1
    if stopsAfter.contains(calls) { stopSignal = 2 }
    if delivery == .stalled { nanoseconds += 10_000_000_000 }
    guard let body, delivery == .whole else { return ContractReply(problem: "no response") }
    return ContractReply(
      status: status, body: body, date: nil, version: "1.1", reusedConnection: true)
  }

  private func serve(_ call: ContractCall) -> imprune_sandbox.Answer {
    let content = Caller.userSig(time: Int(seconds))
    let signature = call.isStored ? Self.stored(content) : content
    let request = Request(
      method: "POST", target: "/\(call.path)?\(Caller.query(userSig: signature))", body: call.body)
    let answer = service.answer(
      request, at: Moment(monotonic: UInt64(nanoseconds), unix: Int(seconds)))
    service.delivered()
    ids.append(answer.record?.ids ?? [])
    return answer
  }

  /// The same signature, not compressed.
  private static func stored(_ signature: String) -> String {
    guard let stream = UserSigBase64.decode(Array(signature.utf8)),
      let content = try? Zlib.inflate(stream, limit: 4096),
      let stored = try? Zlib.deflate(content, stored: true)
    else { return "" }
    return String(decoding: UserSigBase64.encode(stored), as: UTF8.self)
  }
}
