import Testing

@testable import imprune_sandbox

/// What is checked before the body: URL, signature, rights, rate.
@Suite struct AdmissionTests {
  @Test(arguments: Endpoint.allCases)
  func `a well-formed call is admitted everywhere`(endpoint: Endpoint) {
    var caller = Caller()
    let reply = caller.send(endpoint, Caller.body(endpoint, ["u1"]))
    #expect(reply.code == 0)
    #expect(reply.json["ActionStatus"]?.string == Array("OK".utf8))
    #expect(reply.json["ErrorInfo"]?.string == [])
    #expect(reply.answer.status == 200)
  }

  struct URLCase: CustomTestStringConvertible, Sendable {
    var what: String
    var query: String
    var code: Int

    init(_ what: String, _ code: Int, _ edit: (String) -> String) {
      self.what = what
      self.code = code
      query = edit(Caller.query())
    }

    var testDescription: String { what }
  }

  /// Replaces the parameter that starts with `name=`.
  static func replacing(_ name: String, with pair: String?) -> (String) -> String {
    { query in
      query.split(separator: "&").compactMap { part in
        part.hasPrefix(name + "=") ? pair : String(part)
      }.joined(separator: "&")
    }
  }

  static let urlCases: [URLCase] = [
    URLCase("no query", 60012) { _ in "" },
    URLCase("no sdkappid", 60012, replacing("sdkappid", with: nil)),
    URLCase("SdkAppId", 60012, replacing("sdkappid", with: "SdkAppId=1400000000")),
    URLCase("empty sdkappid", 60012, replacing("sdkappid", with: "sdkappid=")),
    URLCase("sdkappid in words", 60006, replacing("sdkappid", with: "sdkappid=mine")),
    URLCase("negative sdkappid", 60006, replacing("sdkappid", with: "sdkappid=-1")),
    URLCase("another app", 70020, replacing("sdkappid", with: "sdkappid=1400000001")),
    URLCase("sdkappid with a zero", 70020, replacing("sdkappid", with: "sdkappid=01400000000")),
    URLCase("no identifier", 60025, replacing("identifier", with: nil)),
    URLCase("Identifier", 60025, replacing("identifier", with: "Identifier=administrator")),
    URLCase("empty identifier", 60025, replacing("identifier", with: "identifier=")),
    URLCase("no usersig", 60025, replacing("usersig", with: nil)),
    URLCase("no contenttype", 60025, replacing("contenttype", with: nil)),
    URLCase("contenttype JSON", 60025, replacing("contenttype", with: "contenttype=JSON")),
    URLCase("ContentType", 60025, replacing("contenttype", with: "ContentType=json")),
    URLCase("no random", 60002, replacing("random", with: nil)),
    URLCase("random in words", 60002, replacing("random", with: "random=dice")),
    URLCase("negative random", 60002, replacing("random", with: "random=-1")),
    URLCase("random with a sign", 60002, replacing("random", with: "random=+1")),
    URLCase("random of 33 bits", 60002, replacing("random", with: "random=4294967296")),
    URLCase("greatest random", 0, replacing("random", with: "random=4294967295")),
    URLCase("least random", 0, replacing("random", with: "random=0")),
    URLCase("broken escape", 60002, replacing("random", with: "random=%4")),
    URLCase("escape that is none", 60002, replacing("random", with: "random=%zz")),
    URLCase("escaped value", 0, replacing("identifier", with: "identifier=%61dministrator")),
    URLCase("a parameter twice", 60002) { $0 + "&random=1" },
    URLCase("a parameter of tomorrow", 0) { $0 + "&trace=1" },
  ]

  @Test(arguments: urlCases)
  func `URL parameters are read by the letter`(item: URLCase) {
    var caller = Caller()
    let reply = caller.send(.accountCheck, Caller.body(.accountCheck, ["u1"]), query: item.query)
    #expect(reply.code == item.code)
    #expect(reply.answer.status == 200)
  }

  @Test(arguments: ["GET", "PUT", "post", "DELETE"])
  func `only POST calls`(method: String) {
    var caller = Caller()
    let body = Caller.body(.accountDelete, ["u1"])
    #expect(caller.send(.accountDelete, body, method: method).code == 60002)
    #expect(caller.service.users.count == 3)
  }

  @Test(arguments: [
    "/", "/v4/im_open_login_svc/account_Delete", "/v4/im_open_login_svc/account_delete/",
    "//v4/im_open_login_svc/account_delete", "/v4/im_open_login_svc/kick",
  ])
  func `a path that is not documented is a resource error`(path: String) {
    var caller = Caller()
    let reply = caller.send(
      Request(method: "POST", target: "\(path)?\(Caller.query())", body: [123, 125]))
    #expect(reply.code == 60009)
    #expect(reply.answer.status == 200)
  }

  struct SignatureCase: CustomTestStringConvertible, Sendable {
    var what: String
    var userSig: String
    var code: Int
    var testDescription: String { what }
  }

  static let signatureCases: [SignatureCase] = {
    let now = Caller.start.unix
    let good = Caller.userSig()
    return [
      SignatureCase(what: "good", userSig: good, code: 0),
      SignatureCase(
        what: "with a user buffer", userSig: Caller.userSig(userBuffer: "YWJj"), code: 0),
      SignatureCase(what: "from the future", userSig: Caller.userSig(time: now + 900), code: 0),
      SignatureCase(
        what: "in its last second", userSig: Caller.userSig(time: now - 60, expire: 60), code: 0),
      SignatureCase(
        what: "a second late", userSig: Caller.userSig(time: now - 61, expire: 60), code: 70001),
      SignatureCase(
        what: "an end beyond all time", userSig: Caller.userSig(expire: .max), code: 70001),
      SignatureCase(what: "cut", userSig: String(good.dropLast(8)), code: 70003),
      SignatureCase(what: "no Base64", userSig: "nonsense", code: 70003),
      SignatureCase(what: "no JSON", userSig: Caller.pack("hello"), code: 70003),
      SignatureCase(what: "without fields", userSig: Caller.pack("{}"), code: 70003),
      SignatureCase(what: "version 1", userSig: Caller.userSig(version: "1.0"), code: 70003),
      SignatureCase(
        what: "too long", userSig: Caller.userSig(userBuffer: String(repeating: "A", count: 5000)),
        code: 70003),
      SignatureCase(what: "another key", userSig: Caller.userSig(key: [1]), code: 70009),
      SignatureCase(what: "another user", userSig: Caller.userSig(identifier: "u1"), code: 70013),
      SignatureCase(what: "another app", userSig: Caller.userSig(app: 1_400_000_001), code: 70014),
    ]
  }()

  @Test(arguments: signatureCases)
  func `a signature is checked in full`(item: SignatureCase) {
    var caller = Caller()
    let reply = caller.send(
      .accountDelete, Caller.body(.accountDelete, ["u1"]),
      query: Caller.query(userSig: item.userSig))
    #expect(reply.code == item.code)
    #expect(caller.service.users.count == (item.code == 0 ? 2 : 3))
  }

  @Test func `the standard alphabet of Base64 is not the service's`() {
    var caller = Caller()
    // 0xfb bytes make pluses and slashes; escaped, they reach the check as they are.
    let reply = caller.send(
      .accountCheck, Caller.body(.accountCheck, ["u1"]), query: Caller.query(userSig: "%2B%2F8%3D"))
    #expect(reply.code == 70003)
  }

  @Test(arguments: Endpoint.allCases)
  func `a user who is no admin may not call`(endpoint: Endpoint) {
    var caller = Caller()
    let query = Caller.query(userSig: Caller.userSig(identifier: "u1"), identifier: "u1")
    let reply = caller.send(endpoint, Caller.body(endpoint, ["u1"]), query: query)
    #expect(reply.code == (endpoint.family == .accounts ? 70403 : 90009))
  }

  @Test func `the hundred and first call in a second is refused`() {
    var caller = Caller()
    let body = Caller.body(.accountCheck, ["u1"])
    for _ in 0..<100 {
      #expect(caller.send(.accountCheck, body).code == 0)
      caller.now.monotonic += 1_000_000
    }
    #expect(caller.send(.accountCheck, body).code == 60007)
    #expect(caller.send(.accountDelete, Caller.body(.accountDelete, ["u9"])).code == 0)
    caller.now.monotonic = Caller.start.monotonic + 999_999_999
    #expect(caller.send(.accountCheck, body).code == 60007)
    // The first has left the window, the second has not; what was refused never counted.
    caller.now.monotonic += 1
    #expect(caller.send(.accountCheck, body).code == 0)
    #expect(caller.send(.accountCheck, body).code == 60007)
    caller.now.monotonic += 1_000_000
    #expect(caller.send(.accountCheck, body).code == 0)
  }

  @Test func `a refused call changes nothing`() {
    var caller = Caller { $0.rate = 1 }
    #expect(caller.send(.accountDelete, Caller.body(.accountDelete, ["u1"])).code == 0)
    #expect(caller.send(.accountDelete, Caller.body(.accountDelete, ["u2"])).code == 60007)
    #expect(caller.service.users.count == 2)
  }

  @Test func `calls of other clients count towards the limit`() throws {
    let others = try OtherClients("0-2:3,2-4:5")
    var caller = Caller {
      $0.rate = 5
      $0.others = others
    }
    func accepted() -> Int {
      (0..<6).count { _ in
        caller.send(.accountCheck, Caller.body(.accountCheck, ["u1"])).code == 0
      }
    }
    // The schedule starts with the first call.
    caller.now.monotonic += 77_000_000_000
    #expect(accepted() == 2)
    caller.now.monotonic += 1_000_000_000
    #expect(accepted() == 2)
    caller.now.monotonic += 1_000_000_000
    #expect(accepted() == 0)
    caller.now.monotonic += 2_000_000_000
    #expect(accepted() == 5)
  }

  @Test(arguments: ["", "x", "-1", "1-2", "2-1:5", "1-1:5", "0-5:x", "0-5:1,", "0-5:-3", "1-2-3:4"])
  func `a schedule of other clients that makes no sense is refused`(text: String) {
    #expect(throws: BadValue.self) { try OtherClients(text) }
  }

  @Test func `no limit admits everything`() {
    var caller = Caller { $0.rate = 0 }
    for _ in 0..<1000 {
      #expect(caller.send(.accountCheck, Caller.body(.accountCheck, ["u1"])).code == 0)
    }
  }
}
