import Bytes
import Testing

@testable import imprune_sandbox

/// The sandbox's own pages, its counters, its log and its users file.
@Suite struct PageTests {
  @Test func `the counters tell verdicts, times and gaps by endpoint`() {
    var caller = Caller { $0.rate = 2 }
    _ = caller.send(.accountDelete, Caller.body(.accountDelete, ["u1", "no"]))
    caller.now.monotonic += 500
    _ = caller.send(.accountDelete, "{}")
    caller.now.monotonic += 20
    _ = caller.send(.accountDelete, Caller.body(.accountDelete, ["u2"]))
    _ = caller.send(.removeAllTags, Caller.body(.removeAllTags, ["u2"]))
    let page = caller.send(Request(method: "GET", target: "/sandbox/counters"))
    #expect(
      page.text == """
        {"users": 2, "removed": 1, "deletes_of_absent": 1, "cleared": 1, "reregistered": 0, \
        "removed_again": 0, "in_flight": 0, "max_in_flight": 1, "faults": {}, "calls": {\
        "account_delete": {"ok": 1, "refused": 1, "throttled": 1, "unserved": 0, \
        "first_send_ns": 5000000000, \
        "last_send_ns": 5000000520, "min_gap_ns": 20}, \
        "im_remove_all_tags": {"ok": 1, "refused": 0, "throttled": 0, "unserved": 0, \
        "first_send_ns": 5000000520, \
        "last_send_ns": 5000000520, "min_gap_ns": null}}}

        """)
  }

  @Test func `calls in flight are counted until they are delivered`() {
    var caller = Caller()
    let request = Request(method: "POST", target: "/v4/nothing", body: [])
    for _ in 0..<3 { _ = caller.service.answer(request, at: caller.now) }
    caller.service.delivered()
    _ = caller.service.answer(request, at: caller.now)
    #expect(caller.service.counters.maxInFlight == 3)
  }

  @Test func `the users are listed by bytes, on wish with their tags`() {
    var caller = Caller(users: ["b", "a", "\u{e9}", "B", "ba"])
    #expect(
      caller.send(Request(method: "GET", target: "/sandbox/users")).text == "B\na\nb\nba\n\u{e9}\n")
    _ = caller.send(.removeAllTags, Caller.body(.removeAllTags, ["b", "B", "ba"]))
    let tagged = caller.send(Request(method: "GET", target: "/sandbox/users?tagged"))
    #expect(tagged.text == "a\ta,b\n\u{e9}\ta,b\n")
    #expect(tagged.answer.record == nil)
  }

  @Test func `all users are listed with their tags as JSON`() {
    var caller = Caller(users: ["b", "a\"", "c"])
    _ = caller.send(.removeAllTags, Caller.body(.removeAllTags, ["b"]))
    let page = caller.send(Request(method: "GET", target: "/sandbox/tags"))
    #expect(
      page.text == """
        [{"id": "a\\"", "tags": ["a", "b"]}, {"id": "b", "tags": []}, \
        {"id": "c", "tags": ["a", "b"]}]

        """)
    #expect(page.answer.record == nil)
  }

  @Test func `made users have from N to M tags in turn, and no two the same`() throws {
    let made = try NumberedTags("1-3")
    let first = (1...4).map { made.ofUser($0).map { String(decoding: $0, as: UTF8.self) } }
    #expect(
      first == [
        ["tag_001"], ["tag_002", "tag_003"], ["tag_003", "tag_004", "tag_005"], ["tag_004"],
      ])
    let many = try NumberedTags("1-23")
    let lists = (1...5000).map(many.ofUser)
    #expect(Set(lists).count == 5000)
    #expect(lists.allSatisfy { Set($0).count == $0.count })
    #expect(Set(lists.map(\.count)) == Set(1...23))
    #expect(try NumberedTags("0").ofUser(7) == [])
    #expect(Set(try NumberedTags("100").ofUser(499)).count == 100)
    for text in ["", "x", "-1", "3-", "-3", "3-1", "1-101", "101", "1-2-3", "1,2"] {
      #expect(throws: BadValue.self) { try NumberedTags(text) }
    }
  }

  @Test func `the log names ids and codes, never the signature`() {
    var caller = Caller()
    let deleted = caller.send(.accountDelete, Caller.body(.accountDelete, ["u1", "n\\\"o", "no"]))
    #expect(
      deleted.answer.record.map { String(decoding: $0.line, as: UTF8.self) } == """
        {"t": 5000000000, "endpoint": "account_delete", "ids": ["u1", "n\\\"o", "no"], "code": 0, \
        "items": {"0": 1, "70107": 2}}

        """)
    let unknown = caller.send(
      Request(method: "POST", target: "/v4/\"x?\(Caller.query())", body: []))
    #expect(
      unknown.answer.record.map { String(decoding: $0.line, as: UTF8.self) } == """
        {"t": 5000000000, "endpoint": "/v4/\\"x", "ids": [], "code": 60009, "items": {}}

        """)
  }

  @Test func `a users file gives ids and tags by the byte`() throws {
    var users = UserTable()
    UserList.make(2, into: &users) { _ in [[97]] }
    try UserList.read(Array("x \tvip,beta\n\nuser_0000002\n é\t".utf8), into: &users)
    let lines = users.sortedIDs.map { id in
      let tags = (users.tags(of: id) ?? []).map { String(decoding: $0, as: UTF8.self) }
      return "\(String(decoding: id.bytes, as: UTF8.self))|\(tags.joined(separator: "+"))"
    }
    #expect(lines == [" é|", "user_0000001|a", "user_0000002|", "x |vip+beta"])
  }

  @Test(arguments: [
    ("a\n\tx\n", 2), ("a\na\n", 2), (String(repeating: "a", count: 33), 1),
  ])
  func `a users file that cannot be meant is refused by line`(file: String, line: Int) {
    var users = UserTable()
    let error = #expect(throws: UserList.BadLine.self) {
      try UserList.read(Array(file.utf8), into: &users)
    }
    #expect(error?.line == line)
  }

  @Test func `a key file loses its line end and nothing else`() {
    #expect(SandboxKey(fileContent: Array(" k e y \r\n".utf8))?.bytes == Array(" k e y ".utf8))
    #expect(SandboxKey(fileContent: Array("\n".utf8)) == nil)
  }

  @Test(arguments: [
    ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("localhost", true),
    ("0.0.0.0", false), ("::", false), ("10.0.0.1", false), ("::ffff:127.0.0.1", false),
    ("127.evil.example", false), ("", false),
  ])
  func `only loopback is listened on`(host: String, isLoopback: Bool) {
    #expect(Bytes.isLoopback(host: host) == isLoopback)
  }
}
