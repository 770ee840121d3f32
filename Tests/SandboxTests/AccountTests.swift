import Testing

@testable import imprune_sandbox

@Suite struct AccountTests {
  static let ids101 = (1...101).map { "x\($0)" }
  static let longest = String(repeating: "é", count: 16)

  static let bodies: [(body: String, code: Int)] = [
    ("", 60003), ("{", 60003), ("[]", 60003), ("null", 60003), ("{}}", 60003),
    ("{\"DeleteItem\":[{\"UserID\":\"a\"},]}", 60003),
    ("{}", 70402),
    ("{\"deleteitem\":[{\"UserID\":\"u1\"}]}", 70402),
    ("{\"DeleteItem\":\"u1\"}", 70402),
    ("{\"DeleteItem\":[]}", 70402),
    ("{\"DeleteItem\":[\"u1\"]}", 70402),
    ("{\"DeleteItem\":[{\"userid\":\"u1\"}]}", 70402),
    ("{\"DeleteItem\":[{\"UserID\":1}]}", 60015),
    ("{\"DeleteItem\":[{\"UserID\":null}]}", 60015),
    ("{\"DeleteItem\":[{\"UserID\":\"u1\"},{\"UserID\":\"\"}]}", 70402),
    (Caller.body(.accountDelete, ["u1", longest + "x"]), 70402),
    (Caller.body(.accountDelete, ids101), 70402),
    (Caller.body(.accountDelete, Array(ids101.dropLast())), 0),
    (Caller.body(.accountDelete, [longest]), 0),
    ("{\"DeleteItem\":[{\"UserID\":\"x\",\"More\":[1.5e3,true]}],\"Tomorrow\":{}}", 0),
  ]

  @Test(arguments: bodies)
  func `a delete is read strictly and touches nobody when refused`(body: String, code: Int) {
    var caller = Caller()
    #expect(caller.send(.accountDelete, body).code == code)
    #expect(caller.service.users.count == 3)
  }

  @Test func `a delete answers for every id in order`() {
    var caller = Caller()
    let reply = caller.send(.accountDelete, Caller.body(.accountDelete, ["u2", "no", "u1", "u2"]))
    #expect(reply.items() == ["u2 0", "no 70107", "u1 0", "u2 70107"])
    #expect(
      reply.json["ResultItem"]?.array?[1]["ResultInfo"]?.string
        == Array("Err_TLS_PT_Open_Login_Account_Not_Exist".utf8))
    #expect(caller.service.users.sortedIDs.map(\.bytes) == [Array("u3".utf8)])
    #expect(caller.service.counters.removed == 2)
    #expect(caller.service.counters.deletesOfAbsent == 2)
  }

  @Test func `ids are told apart by bytes`() {
    // One text in two Unicode forms, which Swift's String takes for equal.
    var caller = Caller(users: ["caf\u{e9}", "cafe\u{301}", "Caf\u{e9}"])
    #expect(caller.service.users.count == 3)
    let reply = caller.send(.accountDelete, "{\"DeleteItem\":[{\"UserID\":\"caf\\u00e9\"}]}")
    #expect(reply.items().map { Array($0.utf8) } == [Array("caf\u{e9} 0".utf8)])
    #expect(caller.service.users.count == 2)
  }

  @Test func `free_trial is another name of the developer edition`() {
    #expect(Edition(argument: "free_trial") == .developer)
    #expect(Edition(argument: "developer") == .developer)
    #expect(Edition(argument: "free") == nil)
  }

  @Test(arguments: Edition.allCases)
  func `only trial and developer delete by themselves`(edition: Edition) {
    let body = Caller.body(.accountDelete, ["u1"])
    var plain = Caller { $0.edition = edition }
    let isFree = edition == .trial || edition == .developer
    #expect(plain.send(.accountDelete, body).code == (isFree ? 0 : 71000))
    #expect(plain.service.users.count == (isFree ? 2 : 3))

    var enabled = Caller {
      $0.edition = edition
      $0.enabled.insert(.accountDeletion)
    }
    #expect(enabled.send(.accountDelete, body).code == 0)
    #expect(enabled.service.users.count == 2)
  }

  @Test(arguments: [
    (DenialLevel.top, 71000, []),
    (.item, 0, ["u1 71000", "no 71000"]),
    (.existing, 0, ["u1 71000", "no 70107"]),
  ])
  func `a denied delete shows where it is told to`(level: DenialLevel, code: Int, items: [String]) {
    var caller = Caller {
      $0.edition = .pro
      $0.denialLevel = level
    }
    let reply = caller.send(.accountDelete, Caller.body(.accountDelete, ["u1", "no"]))
    #expect(reply.code == code)
    #expect(reply.items() == items)
    #expect(caller.service.users.count == 3)
  }

  @Test func `a check tells who is imported`() {
    var caller = Caller()
    let reply = caller.send(.accountCheck, Caller.body(.accountCheck, ["no", "u1"]))
    #expect(reply.items() == ["no 0", "u1 0"])
    let status = (reply.json["ResultItem"]?.array ?? []).map { $0["AccountStatus"]?.string }
    #expect(status == [Array("NotImported".utf8), Array("Imported".utf8)])
  }

  @Test func `a deleted id can be imported anew and has no tags`() {
    var caller = Caller()
    #expect(caller.send(.accountDelete, Caller.body(.accountDelete, ["u1"])).code == 0)
    #expect(caller.send(.accountImport, "{\"UserID\":\"u1\",\"Nick\":\"x\"}").code == 0)
    let reply = caller.send(.getTag, Caller.body(.getTag, ["u1"]))
    #expect(reply.text.contains("\"Tags\": []"))
  }

  @Test(arguments: [
    ("{\"Identifier\":\"new\"}", 70402), ("{\"UserID\":7}", 60015), ("{\"UserID\":\"\"}", 70402),
    ("{\"UserID\":\"u1\"}", 0),
  ])
  func `an import is read strictly and keeps what is there`(body: String, code: Int) {
    var caller = Caller()
    #expect(caller.send(.accountImport, body).code == code)
    #expect(caller.service.users.count == 3)
    #expect(UserID("u1".utf8).flatMap(caller.service.users.tags) == [[97], [98]])
  }
}
