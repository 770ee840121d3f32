import Testing

@testable import imprune_sandbox

/// Each fault as the caller sees it, over a real socket.
@Suite struct FaultTests {
  /// A fault dealt to the removal of u1 and u2, where u3 exists as well.
  struct Case: Sendable, CustomTestStringConvertible {
    var fault: String
    /// What comes back: the beginning of the head, and the body or its items as "id code".
    var head: String? = "HTTP/1.1 200 OK\r\n"
    var body = ""
    var items: [String] = []
    /// Who is left.
    var users: String

    var testDescription: String { fault }
  }

  private static let refusal =
    "{\"ActionStatus\": \"FAIL\", \"ErrorInfo\": \"a fault of the sandbox\", \"ErrorCode\": "

  @Test(arguments: [
    Case(fault: "drop-before", head: nil, users: "u1\nu2\nu3\n"),
    Case(fault: "drop-after", head: nil, users: "u3\n"),
    Case(
      fault: "502-before", head: "HTTP/1.1 502 Bad Gateway\r\n",
      body: "<html>502 Bad Gateway</html>", users: "u1\nu2\nu3\n"),
    Case(
      fault: "502-after", head: "HTTP/1.1 502 Bad Gateway\r\n",
      body: "<html>502 Bad Gateway</html>", users: "u3\n"),
    Case(fault: "code-before", body: refusal + "70500}", users: "u1\nu2\nu3\n"),
    Case(fault: "code-after=60013", body: refusal + "60013}", users: "u3\n"),
    Case(fault: "throttle", body: refusal + "60007}", users: "u1\nu2\nu3\n"),
    Case(fault: "throttle=60011", body: refusal + "60011}", users: "u1\nu2\nu3\n"),
    Case(fault: "items", items: ["u1 70169", "u2 0"], users: "u1\nu3\n"),
    Case(fault: "items=70402*2", items: ["u1 70402", "u2 70402"], users: "u1\nu2\nu3\n"),
    Case(fault: "other-case", items: ["U1 70402", "u2 0"], users: "u1\nu3\n"),
    Case(fault: "other-case=70107*2", items: ["U1 70107", "U2 70107"], users: "u1\nu2\nu3\n"),
    Case(
      fault: "long-id", items: ["the-user-of-the-app-who-is-called-u1 70402", "u2 0"],
      users: "u1\nu3\n"),
    Case(fault: "other-list", items: ["u2 0"], users: "u1\nu3\n"),
    Case(fault: "garbage", body: "<html>sign in to the network</html>", users: "u3\n"),
    Case(fault: "omit-before", items: ["u2 0"], users: "u1\nu3\n"),
    Case(fault: "omit-before*2", users: "u1\nu2\nu3\n"),
    Case(fault: "omit-after", items: ["u2 0"], users: "u3\n"),
    Case(fault: "omit-after*100", users: "u3\n"),
    Case(fault: "repeat", items: ["u1 0", "u2 0", "u1 0"], users: "u3\n"),
    Case(fault: "foreign", items: ["u1 0", "u2 0", "u3 0"], users: "u3\n"),
    Case(fault: "pretend", items: ["u1 0", "u2 0"], users: "u1\nu3\n"),
    Case(fault: "pretend*100", items: ["u1 0", "u2 0"], users: "u1\nu2\nu3\n"),
  ])
  func `a fault is what the caller gets, and the effect is there or not`(test: Case) throws {
    try serving(faults: [test.fault + ":1"]) { port in
      let connection = try RawConnection(port: port)
      try connection.send(httpText(.accountDelete, ["u1", "u2"]))
      if let start = test.head {
        let (head, body) = try connection.response()
        #expect(head.hasPrefix(start))
        if test.body.isEmpty {
          let reply = Reply(Answer(body: Array(body.utf8)))
          #expect(reply.code == 0)
          #expect(reply.items() == test.items)
        } else {
          #expect(body == test.body)
        }
      } else {
        #expect(try connection.isAtEnd())
      }
      try expectServedAgain(port, users: test.users, fault: test.fault)
    }
  }

  @Test func `a cut answer ends before its length, on both levels`() throws {
    let whole = """
      {"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0, "ResultItem": [\
      {"ResultCode": 0, "ResultInfo": "", "UserID": "u1"}]}
      """
    let half = String(whole.prefix(whole.count / 2))
    try serving(faults: ["cut-length:1", "cut-json:2"]) { port in
      let cut = try RawConnection(port: port)
      try cut.send(httpText(.accountDelete, ["u1"]))
      let all = try cut.untilEnd()
      #expect(all.contains("content-length: \(whole.count)\r\n"))
      #expect(all.hasSuffix("\r\n\r\n" + half))
      let connection = try RawConnection(port: port)
      try connection.send(httpText(.accountDelete, ["u2"]))
      #expect(try connection.response().body == half)
      try expectServedAgain(port, users: "u3\n", fault: "cut-json")
    }
  }

  @Test(.timeLimit(.minutes(1)), arguments: [("stall-before", 3), ("stall-after", 2)])
  func `a stalled call is never answered and holds up nobody else`(
    fault: String, users: Int
  ) throws {
    try serving(faults: ["\(fault):1"]) { port in
      let watcher = try RawConnection(port: port)
      func waitFor(_ words: String) throws -> String {
        while true {
          try watcher.send(pageText("counters"))
          let seen = try watcher.response().body
          if seen.contains(words) { return seen }
        }
      }
      do {
        let stalled = try RawConnection(port: port)
        try stalled.send(httpText(.accountDelete, ["u1"]))
        let seen = try waitFor("\"\(fault)\": 1")
        #expect(seen.contains("\"users\": \(users),"))
        #expect(seen.contains("\"in_flight\": 1,"))
        try watcher.send(httpText(.accountCheck, ["u1"]))
        #expect(try watcher.response().body.contains("\"ErrorCode\": 0"))
        #expect(try !stalled.hasBytes())
      }
      // The caller has hung up, so nothing is in flight any more.
      _ = try waitFor("\"in_flight\": 0,")
    }
  }

  /// Checks who is left and what was counted, and that the next call is served as ever.
  private func expectServedAgain(_ port: Int, users: String, fault: String) throws {
    let connection = try RawConnection(port: port)
    try connection.send(pageText("users"))
    #expect(try connection.response().body == users)
    try connection.send(pageText("counters"))
    let kind = fault.prefix { $0 != "=" && $0 != "*" }
    let seen = try connection.response().body
    #expect(seen.contains("\"\(kind)\": 1"))
    #expect(seen.contains("\"unserved\": \(["drop-before", "502-before"].contains(kind) ? 1 : 0)"))
    try connection.send(httpText(.accountDelete, ["u3"]))
    #expect(try connection.response().body.contains("\"UserID\": \"u3\""))
  }

  // MARK: - Other calls, without a socket

  @Test(arguments: [
    ("items:read/1", Endpoint.accountCheck, "ResultItem", ["u1 70169", "u2 0"]),
    ("omit-after:read/1", .accountCheck, "ResultItem", ["u2 0"]),
    ("omit-before:read/1", .getTag, "UserTags", ["u2 -1"]),
    ("repeat:read/1", .getTag, "UserTags", ["u1 -1", "u2 -1", "u1 -1"]),
    ("foreign:read/1", .timpushGetTag, "UserTags", ["u1 -1", "u2 -1", "u3 -1"]),
    ("items:read/1", .timpushGetTag, "ErrorList", ["u1 70169"]),
    ("items:1", .timpushClearAllTags, "ErrorList", ["u1 70169"]),
    ("foreign:1", .timpushClearAllTags, "ErrorList", ["u3 -1"]),
    ("other-case:1", .timpushClearAllTags, "ErrorList", ["U1 70402"]),
    (
      "long-id=70107:1", .timpushClearAllTags, "ErrorList",
      ["the-user-of-the-app-who-is-called-u1 70107"]
    ),
    ("other-list*2:1", .timpushClearAllTags, "FailedList", ["u1 70402", "u2 70402"]),
    ("other-list:1", .removeAllTags, "FailedList", ["u1 70402"]),
    ("other-list:1", .addTag, "FailedList", ["u1 70402"]),
    ("items*2:1", .timpushAddTag, "ErrorList", ["u1 70169", "u2 70169"]),
    ("long-id:1", .timpushAddTag, "ErrorList", ["the-user-of-the-app-who-is-called-u1 70402"]),
    ("other-list:1", .accountDelete, "FailedList", ["u1 70402"]),
  ])
  func `lists of every call are misquoted`(
    fault: String, endpoint: Endpoint, list: String, items: [String]
  ) throws {
    var caller = try Caller(faults: [fault])
    let reply = caller.send(endpoint, Caller.body(endpoint, ["u1", "u2"]))
    #expect(reply.code == 0)
    #expect(reply.items(list) == items)
    #expect(caller.send(endpoint, Caller.body(endpoint, ["u1"])).items(list).count <= 1)
  }

  static let changing = Endpoint.allCases.filter { $0.effect == .changes }

  @Test(arguments: changing)
  func `a call that pretends is answered as if it worked, and leaves the first users alone`(
    endpoint: Endpoint
  ) throws {
    // Of an unknown user the newer families speak; the older ones refuse the call.
    for ids in [["u1", "u2", "u3"], ["u1", "no", "u3"]] {
      var honest = Caller()
      var caller = try Caller(faults: ["pretend*2:1"])
      let before = caller.users
      let expected = honest.send(endpoint, Caller.body(endpoint, ids))
      let reply = caller.send(endpoint, Caller.body(endpoint, ids))
      #expect(reply.answer.body == expected.answer.body)
      #expect(reply.answer.record?.ids == expected.answer.record?.ids)
      #expect(reply.answer.record?.items == expected.answer.record?.items)
      #expect(caller.users["u1"] == before["u1"])
      #expect(caller.users["u2"] == before["u2"])
      #expect(caller.users["u3"] == honest.users["u3"])
      #expect(caller.service.users.count == caller.users.count)
      // The next call is honest, and nothing that was pretended was counted.
      _ = caller.send(endpoint, Caller.body(endpoint, ["u1", "u2"]))
      _ = honest.send(endpoint, Caller.body(endpoint, ["u1", "u2", "u3"]))
      if reply.code == 0 {
        #expect(caller.users == honest.users)
        #expect(caller.service.counters.removed == honest.service.counters.removed)
        #expect(caller.service.counters.cleared == honest.service.counters.cleared)
      }
    }
  }

  @Test func `the log names the fault, and the ids as they were sent`() throws {
    var caller = try Caller(faults: ["items:1", "drop-before:2"])
    let first = caller.send(.accountDelete, Caller.body(.accountDelete, ["u1", "u2"]))
    #expect(
      first.answer.record.map { String(decoding: $0.line, as: UTF8.self) } == """
        {"t": 5000000000, "endpoint": "account_delete", "ids": ["u1", "u2"], "code": 0, \
        "items": {"0": 1, "70169": 1}, "fault": "items"}

        """)
    let second = caller.send(.accountDelete, Caller.body(.accountDelete, ["u1"]))
    #expect(
      second.answer.record.map { String(decoding: $0.line, as: UTF8.self) } == """
        {"t": 5000000000, "endpoint": "account_delete", "ids": ["u1"], "code": null, "items": {}, \
        "fault": "drop-before"}

        """)
  }

  // MARK: - Reregistrations

  @Test func `an id registered anew is another person, and the history tells them apart`() throws {
    var caller = try Caller(faults: ["drop-after:1"], reregister: ["u1@2", "u3@1", "never@1"])
    func delete(_ ids: [String]) -> Reply {
      caller.send(.accountDelete, Caller.body(.accountDelete, ids))
    }
    func page(_ name: String) -> String {
      caller.send(Request(method: "GET", target: "/sandbox/\(name)")).text
    }
    _ = delete(["u1"])
    #expect(page("users") == "u2\nu3\n")
    _ = delete(["u2"])
    #expect(page("users") == "u1\nu3\n")
    #expect(page("history") == "u1\t2\t1\t0\nu2\t1\t1\t0\n")
    #expect(delete(["u1"]).items() == ["u1 0"])
    _ = caller.send(.removeAllTags, Caller.body(.removeAllTags, ["u3"]))
    #expect(page("history") == "u1\t2\t2\t0\nu2\t1\t1\t0\nu3\t1\t0\t1\n")
    #expect(page("counters").contains("\"reregistered\": 1, \"removed_again\": 1,"))
  }
}

extension Caller {
  /// The tags of every user.
  fileprivate var users: [String: [String]] {
    var all: [String: [String]] = [:]
    for id in service.users.sortedIDs {
      let name = String(decoding: id.bytes, as: UTF8.self)
      all[name] = tags(name)
    }
    return all
  }
}
