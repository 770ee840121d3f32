import Crypto

@testable import imprune_sandbox

/// Makes signed calls to a `Service` at times that the test chooses.
struct Caller {
  static let key = Array("a key for tests".utf8)
  static let start = Moment(monotonic: 5_000_000_000, unix: 1_800_000_000)

  var service: Service
  var now = Caller.start

  /// A caller of a service with the users u1, u2 and u3, all with the tags a and b.
  init(
    users ids: [String] = ["u1", "u2", "u3"], _ change: (inout ServiceSettings) -> Void = { _ in }
  ) {
    self.init(ids, FaultSchedule(), Reregistrations(), change)
  }

  /// The same with faults, and with ids that are registered anew, as the command line tells them.
  init(
    users ids: [String] = ["u1", "u2", "u3"], faults: [String], reregister: [String] = [],
    _ change: (inout ServiceSettings) -> Void = { _ in }
  ) throws {
    self.init(ids, try FaultSchedule(faults), try Reregistrations(reregister), change)
  }

  private init(
    _ ids: [String], _ faults: FaultSchedule, _ reregistrations: Reregistrations,
    _ change: (inout ServiceSettings) -> Void
  ) {
    var settings = ServiceSettings()
    settings.admins = Set(["administrator"].compactMap { UserID($0.utf8) })
    settings.key = Self.key
    settings.enabled = [.tagPush]
    change(&settings)
    var users = UserTable()
    for id in ids.compactMap({ UserID($0.utf8) }) { users.set(id, tags: [[97], [98]]) }
    service = Service(
      settings: settings, users: users, faults: faults, reregistrations: reregistrations)
  }

  /// A UserSig of the documented form; any field can be wrong on purpose.
  static func userSig(
    version: String = "2.0", identifier: String = "administrator", app: Int = 1_400_000_000,
    time: Int = start.unix, expire: Int = 3600, key: [UInt8] = key, userBuffer: String? = nil
  ) -> String {
    var content = "TLS.identifier:\(identifier)\nTLS.sdkappid:\(app)\n"
    content += "TLS.time:\(time)\nTLS.expire:\(expire)\n"
    if let userBuffer { content += "TLS.userbuf:\(userBuffer)\n" }
    let code = HMACSHA256.authenticate(message: Array(content.utf8), key: key)
    let signature = String(decoding: Base64.encode(code.bytes), as: UTF8.self)
    let buffer = userBuffer.map { ",\"TLS.userbuf\":\"\($0)\"" } ?? ""
    return pack(
      """
      {"TLS.ver":"\(version)","TLS.identifier":"\(identifier)","TLS.sdkappid":\(app),\
      "TLS.expire":\(expire),"TLS.time":\(time),"TLS.sig":"\(signature)"\(buffer)}
      """)
  }

  /// The packed form of a UserSig's JSON, whatever it holds.
  static func pack(_ json: String) -> String {
    let stream = (try? Zlib.deflate(Array(json.utf8))) ?? []
    return String(decoding: UserSigBase64.encode(stream), as: UTF8.self)
  }

  /// The query of a call that nothing is wrong with.
  static func query(
    userSig: String = userSig(), identifier: String = "administrator", app: String = "1400000000"
  ) -> String {
    "sdkappid=\(app)&identifier=\(identifier)&usersig=\(userSig)&random=7&contenttype=json"
  }

  /// Sends `body` to the endpoint, signed unless `query` says otherwise.
  mutating func send(
    _ endpoint: Endpoint, _ body: String, query: String = query(), method: String = "POST"
  ) -> Reply {
    let request = Request(
      method: method, target: "\(endpoint.rawValue)?\(query)", body: Array(body.utf8))
    return send(request)
  }

  /// Sends a request as it is.
  mutating func send(_ request: Request) -> Reply {
    let answer = service.answer(request, at: now)
    if answer.record != nil { service.delivered() }
    return Reply(answer)
  }

  /// A body that names `ids` as the endpoint wants them.
  static func body(_ endpoint: Endpoint, _ ids: [String]) -> String {
    let quoted = ids.map { "\"\($0)\"" }
    let items = ids.map { "{\"UserID\":\"\($0)\"}" }.joined(separator: ",")
    return switch endpoint {
    case .accountDelete: "{\"DeleteItem\":[\(items)]}"
    case .accountCheck: "{\"CheckItem\":[\(items)]}"
    case .accountImport: "{\"UserID\":\(quoted.first ?? "null")}"
    case .addTag, .timpushAddTag:
      "{\"UserTags\":["
        + quoted.map { "{\"To_Account\":\($0),\"Tags\":[\"c\"]}" }.joined(separator: ",") + "]}"
    case .removeAllTags, .getTag, .timpushClearAllTags, .timpushGetTag:
      "{\"To_Account\":[\(quoted.joined(separator: ","))]}"
    }
  }
}

/// An answer, read back.
struct Reply {
  var answer: Answer
  var json: JSONValue

  init(_ answer: Answer) {
    self.answer = answer
    json = JSONValue(answer.body) ?? .null
  }

  var code: Int? { json["ErrorCode"]?.integer }
  var text: String { String(decoding: answer.body, as: UTF8.self) }

  /// The code of each item of ResultItem or ErrorList, as "id code".
  func items(_ list: String = "ResultItem") -> [String] {
    (json[list]?.array ?? []).map { item in
      let id = item["UserID"]?.string ?? item["To_Account"]?.string ?? []
      let code = item["ResultCode"]?.integer ?? item["ErrorCode"]?.integer ?? -1
      return "\(String(decoding: id, as: UTF8.self)) \(code)"
    }
  }
}
