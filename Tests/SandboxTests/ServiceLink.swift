import Contract
import Crypto

@testable import imprune_sandbox

/// The kit's way to a service in this process. Its clocks move only when the kit waits, and by a
/// millisecond for each call.
final class ServiceLink: ContractLink {
  var service: Service
  private(set) var nanoseconds: Int64 = 5_000_000_000
  private(set) var stopSignal: Int32?
  let canSign = true
  /// Ids of all calls, in order.
  private(set) var ids: [[UserID]] = []
  /// A signal comes after this many calls.
  private let stopsAfter: Int?

  init(_ service: Service, stopsAfter: Int? = nil) {
    self.service = service
    self.stopsAfter = stopsAfter
  }

  /// A service with these facts, whose app may do everything and has three users.
  convenience init(
    facts: Facts, faults: FaultSchedule = FaultSchedule(), stopsAfter: Int? = nil
  ) {
    var settings = ServiceSettings()
    settings.admins = Set([UserID("administrator".utf8)].compactMap(\.self))
    settings.key = Caller.key
    settings.enabled = [.tagPush]
    settings.facts = facts
    var users = UserTable()
    for id in ServiceLink.others { users.set(id, tags: [[97]]) }
    self.init(
      Service(settings: settings, users: users, faults: faults), stopsAfter: stopsAfter)
  }

  /// The users whom the kit must leave alone.
  static let others = ["imprune-contract", "u1", "u2"].compactMap { UserID($0.utf8) }

  var seconds: UInt32 { 1_800_000_000 + UInt32(nanoseconds / 1_000_000_000) }

  func pause(_ nanoseconds: Int64) { self.nanoseconds += nanoseconds }

  func resume() { stopSignal = nil }

  func send(_ calls: [ContractCall]) -> [ContractReply] { calls.map(send) }

  private func send(_ call: ContractCall) -> ContractReply {
    nanoseconds += 1_000_000
    let content = Caller.userSig(time: Int(seconds))
    let signature = call.isStored ? Self.stored(content) : content
    let request = Request(
      method: "POST", target: "/\(call.path)?\(Caller.query(userSig: signature))", body: call.body)
    let answer = service.answer(
      request, at: Moment(monotonic: UInt64(nanoseconds), unix: Int(seconds)))
    service.delivered()
    ids.append(answer.record?.ids ?? [])
    if ids.count == stopsAfter { stopSignal = 2 }
    if answer.delivery == .stalled { nanoseconds += 10_000_000_000 }
    guard answer.delivery == .whole else { return ContractReply(problem: "no response") }
    return ContractReply(
      status: answer.status, body: answer.body, date: nil, version: "1.1", reusedConnection: true)
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
