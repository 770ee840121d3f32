import Testing

@testable import imprune_sandbox

@Suite struct TagTests {
  static let toAccount: [Endpoint] = [
    .removeAllTags, .getTag, .timpushClearAllTags, .timpushGetTag,
  ]
  static let adding: [Endpoint] = [.addTag, .timpushAddTag]
  static let all: [Endpoint] = toAccount + adding

  static let bodies: [(body: String, code: Int)] = [
    ("", 90001), ("{\"To_Account\":", 90001), ("[]", 90001),
    ("{}", 90003), ("{\"To_Account\":\"u1\"}", 90003), ("{\"to_account\":[\"u1\"]}", 90003),
    ("{\"To_Account\":[]}", 90018),
    (Caller.body(.getTag, AccountTests.ids101), 90018),
    ("{\"To_Account\":[\"u1\",7]}", 60015),
    ("{\"To_Account\":[\"u1\",\"\"]}", 90003),
    (Caller.body(.getTag, ["u1", AccountTests.longest + "x"]), 90003),
  ]

  @Test(arguments: toAccount, bodies)
  func `To_Account is read strictly`(endpoint: Endpoint, item: (body: String, code: Int)) {
    var caller = Caller()
    #expect(caller.send(endpoint, item.body).code == item.code)
    #expect(caller.service.counters.cleared == 0)
  }

  @Test(arguments: all)
  func `tags need the switch in the console`(endpoint: Endpoint) {
    var caller = Caller { $0.enabled = [] }
    #expect(caller.send(endpoint, Caller.body(endpoint, ["u1"])).code == 90045)
    #expect(caller.tags("u1") == ["a", "b"])
  }

  @Test func `clearing takes all tags of the named and no others`() {
    var caller = Caller()
    let reply = caller.send(.removeAllTags, Caller.body(.removeAllTags, ["u1", "u3", "u1"]))
    #expect(reply.text == "{\"ActionStatus\": \"OK\", \"ErrorInfo\": \"\", \"ErrorCode\": 0}")
    #expect(caller.tags("u1") == [])
    #expect(caller.tags("u2") == ["a", "b"])
    #expect(caller.tags("u3") == [])
    #expect(caller.send(.removeAllTags, Caller.body(.removeAllTags, ["u1"])).code == 0)
    #expect(caller.service.counters.cleared == 2)
  }

  @Test(arguments: [Endpoint.removeAllTags, .getTag, .addTag])
  func `one unknown user fails the whole older call`(endpoint: Endpoint) {
    var caller = Caller()
    #expect(caller.send(endpoint, Caller.body(endpoint, ["u1", "no"])).code == 90012)
    #expect(caller.tags("u1") == ["a", "b"])
  }

  @Test func `tags are read in the order sent`() {
    var caller = Caller()
    let reply = caller.send(.getTag, Caller.body(.getTag, ["u2", "u1"]))
    #expect(
      reply.text.hasSuffix(
        """
        "UserTags": [{"To_Account": "u2", "Tags": ["a", "b"]}, \
        {"To_Account": "u1", "Tags": ["a", "b"]}]}
        """))
  }

  @Test func `the newer family serves the known and lists the unknown`() {
    var caller = Caller()
    let read = caller.send(.timpushGetTag, Caller.body(.timpushGetTag, ["no", "u1"]))
    #expect(read.code == 0)
    #expect(read.items("ErrorList") == ["no 70107"])
    #expect(read.json["UserTags"]?.array?.count == 1)
    let clear = caller.send(.timpushClearAllTags, Caller.body(.timpushClearAllTags, ["no", "u1"]))
    #expect(clear.code == 0)
    #expect(clear.items("ErrorList") == ["no 70107"])
    #expect(caller.tags("u1") == [])
    let again = caller.send(.timpushClearAllTags, Caller.body(.timpushClearAllTags, ["u1"]))
    #expect(again.json["ErrorList"] == nil)
  }

  static func addition(_ id: String, _ tags: [String]) -> String {
    let list = tags.map { "\"\($0)\"" }.joined(separator: ",")
    return "{\"To_Account\":\"\(id)\",\"Tags\":[\(list)]}"
  }

  static let additions: [(body: String, code: Int)] = [
    ("", 90001), ("{}", 90003), ("{\"UserTags\":[]}", 90018), ("{\"UserTags\":[7]}", 90003),
    ("{\"UserTags\":[{\"To_Account\":\"u1\"}]}", 90003),
    ("{\"UserTags\":[{\"To_Account\":7,\"Tags\":[\"c\"]}]}", 60015),
    ("{\"UserTags\":[{\"To_Account\":\"u1\",\"Tags\":[7]}]}", 90003),
    ("{\"UserTags\":[\(addition("u1", []))]}", 90003),
    ("{\"UserTags\":[\(addition("u1", ["c", ""]))]}", 90034),
    ("{\"UserTags\":[\(addition("u1", [String(repeating: "t", count: 51)]))]}", 90034),
    ("{\"UserTags\":[\(addition("u1", (1...11).map(String.init)))]}", 90032),
    (
      "{\"UserTags\":[\(addition("u1", (1...6).map(String.init))),"
        + "\(addition("u1", (7...11).map(String.init)))]}", 90032
    ),
    (Caller.body(.addTag, AccountTests.ids101), 90018),
  ]

  @Test(arguments: adding, additions)
  func `an addition is read strictly and adds nothing when refused`(
    endpoint: Endpoint, item: (body: String, code: Int)
  ) {
    var caller = Caller()
    #expect(caller.send(endpoint, item.body).code == item.code)
    #expect(caller.tags("u1") == ["a", "b"])
  }

  @Test(arguments: adding)
  func `tags are added once, up to a hundred a user`(endpoint: Endpoint) {
    var caller = Caller()
    let longest = String(repeating: "t", count: 50)
    let first = "{\"UserTags\":[\(Self.addition("u1", ["b", longest]))]}"
    #expect(caller.send(endpoint, first).code == 0)
    #expect(caller.tags("u1") == ["a", "b", longest])
    for start in stride(from: 0, to: 90, by: 10) {
      let tags = (start..<start + 10).map { "n\($0)" }
      #expect(caller.send(endpoint, "{\"UserTags\":[\(Self.addition("u1", tags))]}").code == 0)
    }
    #expect(caller.tags("u1")?.count == 93)
    // Seven fit, whether they come in one addition or in two of one call.
    let parts = "\(Self.addition("u1", ["y1", "y2", "y3", "y4"])),"
    let over = "{\"UserTags\":[\(parts)\(Self.addition("u1", ["y5", "y6", "y7", "y8"]))]}"
    #expect(caller.send(endpoint, over).code == 90032)
    #expect(caller.tags("u1")?.count == 93)
    let fit = "{\"UserTags\":[\(parts)\(Self.addition("u1", ["y5", "y6", "y7"]))]}"
    #expect(caller.send(endpoint, fit).code == 0)
    #expect(caller.tags("u1")?.count == 100)
  }

  /// A call of timpush/add_tag: u1 gets so many tags that are called `name` and a number.
  static func replacement(_ count: Int, name: String = "n", replace: String = "1") -> String {
    let tags = (0..<count).map { "\(name)\($0)" }
    return "{\"Replace\":\(replace),\"UserTags\":[\(addition("u1", tags))]}"
  }

  @Test func `the newer addition serves the known and lists the unknown`() {
    var caller = Caller()
    let reply = caller.send(.timpushAddTag, Caller.body(.timpushAddTag, ["no", "u1", "u3"]))
    #expect(reply.code == 0)
    #expect(reply.items("ErrorList") == ["no 70107"])
    #expect(caller.tags("u1") == ["a", "b", "c"])
    #expect(caller.tags("u2") == ["a", "b"])
    #expect(caller.tags("u3") == ["a", "b", "c"])
    #expect(caller.tags("no") == nil)
    let again = caller.send(.timpushAddTag, Caller.body(.timpushAddTag, ["u1"]))
    #expect(again.text == "{\"ActionStatus\": \"OK\", \"ErrorInfo\": \"\", \"ErrorCode\": 0}")
  }

  @Test func `Replace puts up to a hundred tags in the place of all others`() {
    var caller = Caller()
    func send(_ body: String) -> Int? { caller.send(.timpushAddTag, body).code }
    #expect(send(Self.replacement(100)) == 0)
    #expect(caller.tags("u1") == (0..<100).map { "n\($0)" })
    #expect(caller.tags("u2") == ["a", "b"])
    #expect(send(Self.replacement(101)) == 90032)
    #expect(send(Self.replacement(11, replace: "0")) == 90032)
    for value in ["2", "-1", "true", "\"1\"", "null"] {
      #expect(send(Self.replacement(1, replace: value)) == 90001)
    }
    #expect(caller.tags("u1")?.count == 100)
    #expect(send(Self.replacement(2, name: "m")) == 0)
    #expect(caller.tags("u1") == ["m0", "m1"])
    #expect(send(Self.replacement(2, name: "o", replace: "0")) == 0)
    #expect(caller.tags("u1") == ["m0", "m1", "o0", "o1"])
  }

  @Test func `an app has a thousand different tags, those without a user not counted`() {
    var caller = Caller(users: ["u1"] + (1...12).map { "x\($0)" })
    func send(_ id: String, _ tags: [String], replace: Int = 1) -> Int? {
      let item = Self.addition(id, tags)
      return caller.send(.timpushAddTag, "{\"Replace\":\(replace),\"UserTags\":[\(item)]}").code
    }
    // With a and b, which the others have, these are 998 tags.
    for user in 1...9 { #expect(send("x\(user)", (0..<100).map { "\(user) \($0)" }) == 0) }
    #expect(send("x10", (0..<96).map { "10 \($0)" }) == 0)
    #expect(send("u1", ["c", "d", "e"], replace: 0) == 90032)
    #expect(caller.tags("u1") == ["a", "b"])
    #expect(send("u1", ["c", "1 0", "d"], replace: 0) == 0)
    #expect(send("x11", ["f"], replace: 0) == 90032)
    // The older family has no such limit in the documents.
    #expect(caller.send(.addTag, "{\"UserTags\":[\(Self.addition("x11", ["f"]))]}").code == 0)
    #expect(send("x12", ["g"], replace: 0) == 90032)
    #expect(send("x12", ["f"], replace: 0) == 0)
    // x1 gives up 99 tags that nobody else has; so does x2, who is deleted, and x3, who is cleared.
    #expect(send("x1", ["g", "1 0"]) == 0)
    #expect(caller.service.users.tagCount == 1001 - 98)
    #expect(caller.send(.accountDelete, Caller.body(.accountDelete, ["x2", "no"])).code == 0)
    #expect(caller.send(.removeAllTags, Caller.body(.removeAllTags, ["x3", "x3"])).code == 0)
    #expect(caller.service.users.tagCount == 1001 - 98 - 200)
  }
}

extension Caller {
  /// The tags of a user as texts; nil without the account.
  func tags(_ id: String) -> [String]? {
    UserID(id.utf8).flatMap(service.users.tags)?.map { String(decoding: $0, as: UTF8.self) }
  }
}
