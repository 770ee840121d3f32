import FoundationEssentials
import PruneCore
import TestSupport
import Testing

struct ServiceTests {
  // MARK: - The table of codes

  /// docs/architecture.md, "Code classes", row by row, for the two changing calls.
  @Test func `the table of service codes is complete`() {
    let clear = Call.clearTags
    let delete = Call.deleteAccounts
    var expected: [Int32: (clear: CodeClass, delete: CodeClass)] = [:]
    func set(_ codes: [Int32], _ meaning: CodeClass) {
      for code in codes { expected[code] = (meaning, meaning) }
    }
    set([0], .done)
    set(
      [
        60008, 60014, 70169, 70202, 70500, 30006, 30007, 30008, 40006, 91000, 50004, 50005, 10002,
      ] + Array(90990...90999), .transient(attempts: nil))
    set([60004, 60005], .transient(attempts: 2))
    set([60013], .unknown)
    set([60007, 60011, 60018, 60019], .throttled)
    set([70402, 90003, 90012, 90048, 93000], .batch)
    set(
      [60002, 60003, 60006, 60010, 60012, 60015, 60016, 60017] + Array(60020...60028)
        + Array(70001...70051) + [70403, 71000, 90001, 90009, 90018, 90045], .fatal)
    expected[70107] = (.batch, .done)
    for code: Int32 in [30003, 40003, 50001] { expected[code] = (.other, .unknown) }
    for code in Int32(-10)...100_000 {
      let (clears, removals) = expected[code] ?? (.other, .other)
      if ServiceCodes.meaning(of: ServiceCode(code), for: clear) != clears
        || ServiceCodes.meaning(of: ServiceCode(code), for: delete) != removals
      {
        Issue.record("code \(code)")
      }
    }
  }

  @Test func `the codes of wrong keys, apps and editions have advice`() throws {
    let codes: [Int32] = [70001, 70009, 70013, 60026, 60010, 60021, 60028, 71000, 90045]
    for code in codes { #expect(ServiceCodes.advice(ServiceCode(code)) != nil) }
    #expect(ServiceCodes.advice(ServiceCode(71000))?.contains("restriction") == true)
    #expect(ServiceCodes.advice(ServiceCode(12345)) == nil)
  }

  // MARK: - Calls

  private struct Body: Decodable, Equatable {
    struct Item: Decodable, Equatable { var UserID: String }
    var CheckItem: [Item]?
    var DeleteItem: [Item]?
    var To_Account: [String]?
  }

  @Test(arguments: Call.allCases)
  func `a call's body is JSON with each id byte for byte`(call: Call) throws {
    let texts = ["plain", #"a"b\c"#, "é中", "e\u{301}", "/slash", "{}[],:"]
    let body = try JSONDecoder().decode(
      Body.self, from: Data(call.body(texts.compactMap { UserID($0) })))
    let said: [String]? =
      switch call {
      case .checkAccounts: body.CheckItem?.map(\.UserID)
      case .deleteAccounts: body.DeleteItem?.map(\.UserID)
      case .clearTags, .readTags, .addTags: body.To_Account
      }
    #expect(said?.map { Array($0.utf8) } == texts.map { Array($0.utf8) })
  }

  @Test func `the paths match the chosen API family`() {
    #expect(Call.deleteAccounts.path(.timpush) == "v4/im_open_login_svc/account_delete")
    #expect(Call.checkAccounts.path(.allMemberPush) == "v4/im_open_login_svc/account_check")
    #expect(Call.clearTags.path(.allMemberPush) == "v4/all_member_push/im_remove_all_tags")
    #expect(Call.readTags.path(.allMemberPush) == "v4/all_member_push/im_get_tag")
    #expect(Call.clearTags.path(.timpush) == "v4/timpush/clear_all_tags")
    #expect(Call.readTags.path(.timpush) == "v4/timpush/get_tag")
    #expect(Call.addTags.path(.allMemberPush) == "v4/all_member_push/im_add_tag")
    #expect(Call.addTags.path(.timpush) == "v4/timpush/add_tag")
  }

  // MARK: - Answers

  private func answer(_ json: String) -> Answer? { Answer(json: Array(json.utf8)) }

  @Test func `the documented sample responses are parsed`() throws {
    let deleted = try #require(
      answer(
        #"""
        {"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ResultItem":[
          {"ResultCode":0,"ResultInfo":"","UserID":"a"},
          {"ResultCode":70107,"ResultInfo":"Err_TLS_PT_Open_Login_Account_Not_Exist","UserID":"b"}]}
        """#))
    #expect(deleted.code == ServiceCode(0))
    #expect(deleted.users.map(\.code.number) == [0, 70107])
    #expect(deleted.users.map(\.id.description) == ["a", "b"])
    let checked = try #require(
      answer(
        #"""
        {"ErrorCode":0,"ResultItem":[{"UserID":"a","ResultCode":0,"AccountStatus":"Imported"},
          {"UserID":"b","ResultCode":0,"AccountStatus":"NotImported"},
          {"UserID":"c","ResultCode":0,"AccountStatus":"Frozen"}]}
        """#))
    #expect(checked.users.map(\.isImported) == [true, false, nil])
    let tags = try #require(
      answer(
        #"""
        {"ErrorCode":0,"UserTags":[{"To_Account":"a","Tags":["x","y"]},{"To_Account":"b","Tags":[]}],
         "ErrorList":[{"To_Account":"c","ErrorCode":70107}]}
        """#))
    #expect(tags.users.map { $0.tags?.map(\.description) } == [["x", "y"], [], nil])
    #expect(tags.users.map(\.code.number) == [0, 0, 70107])
  }

  @Test func `a user with a missing field does not affect other users`() throws {
    let tags = try #require(
      answer(#"{"ErrorCode":0,"UserTags":[{"To_Account":"a"},{"To_Account":"b","Tags":["x"]}]}"#))
    #expect(tags.users.map { $0.tags?.map(\.description) } == [nil, ["x"]])
  }

  @Test(arguments: [
    "", "{}", "[]", "null", "0", "<html>", #"{"ErrorCode":"0"}"#, #"{"ErrorCode":0.5}"#,
    #"{"ErrorCode":99999999999}"#, #"{"ErrorCode":0"#, #"{"ErrorCode":null}"#,
    #"{"ErrorCode":0,"ResultItem":[{"UserID":1,"ResultCode":0}]}"#, #"{"errorcode":0}"#,
  ])
  func `a body that is not a response is recognized`(json: String) {
    #expect(answer(json) == nil)
  }

  @Test func `unknown fields are skipped`() throws {
    let read = try #require(
      answer(#"{"ErrorCode":60007,"ErrorInfo":"x","Retry":"after 1 s","ResultItem":null}"#))
    #expect(read == Answer(code: ServiceCode(60007), info: "x"))
  }

  private static let long = String(repeating: "x", count: 33)

  @Test(arguments: [
    (#""FailedList":[{"To_Account":"a"}]"#, true), (#""errorlist":["a"]"#, true),
    (#""Failed":{"a":70107}"#, true), (#""Data":{"ErrorList":[]}"#, true), (#""x":[[]]"#, true),
    (#""x":[ 0 ]"#, true), (#""x":{"":null}"#, true), (#""x":1,"y":["a"]"#, true),
    (#""x":[]"#, false), (#""x": [ \#n\#t] "#, false), (#""x":{ }"#, false), (#""x":"[1]""#, false),
    (#""x":1e3"#, false), (#""x":null,"y":true"#, false), (#""ErrorList":null"#, false),
    (#""ErrorList":[]"#, false), (#""ErrorList":[{"To_Account":"a","ErrorCode":1}]"#, false),
    (#""ErrorList":[{"To_Account":"a","ErrorCode":1,"More":[1]}]"#, false),
    (#""ErrorList":[{"To_Account":"","ErrorCode":1}]"#, true),
    (#""ErrorList":[{"To_Account":"a\u0000","ErrorCode":1}]"#, true),
    (#""ErrorList":[{"To_Account":"\#(long)","ErrorCode":1}]"#, true),
    (#""UserTags":[{"To_Account":""}]"#, true),
    (#""ResultItem":[{"UserID":"","ResultCode":0}]"#, true),
  ])
  func `lists that may name users other than by id are noted`(
    field: String, isNoted: Bool
  ) throws {
    let read = try #require(answer(#"{"ErrorCode":0,\#(field)}"#))
    #expect(read.hasUnattributed == isNoted)
  }

  /// Then the response is unusable, and its users are read.
  @Test(arguments: [
    #"[{"To_Account":"a"}]"#, #"[{"ErrorCode":1}]"#, #"[{"UserID":"a","ErrorCode":1}]"#,
    #"[{"to_account":"a","ErrorCode":1}]"#, #"[{"To_Account":1,"ErrorCode":1}]"#,
    #"[{"To_Account":["a"],"ErrorCode":1}]"#, #"[{"To_Account":"a","ErrorCode":"1"}]"#,
    #"[{"To_Account":"a","ErrorCode":1.0}]"#, #"[{"To_Account":"a","ErrorCode":1e2}]"#,
    #"[{"To_Account":"a","ErrorCode":99999999999}]"#, #"[{"To_Account":"a","ErrorCode":null}]"#,
    #"[{"To_Account":"a","To_Account":"b","ErrorCode":1}]"#, #"["a"]"#, #"[null]"#, #"[[]]"#, "{}",
    #"{"a":70107}"#, "\"\"", "0", "true", #"[],"ErrorList":[]"#, #"[],"ErrorCode":0"#,
  ])
  func `an unreadable ErrorList makes the response unusable`(list: String) {
    #expect(answer(#"{"ErrorCode":0,"ErrorList":\#(list)}"#) == nil)
  }

  @Test func `ids in a response are compared byte for byte`() throws {
    let read = try #require(
      answer("{\"ErrorCode\":0,\"ResultItem\":[{\"UserID\":\"e\u{301}\",\"ResultCode\":0}]}"))
    #expect(read.users.first?.id == UserID("e\u{301}"))
    #expect(read.users.first?.id != UserID("é"))
  }

  @Test func `ids that no user can have are dropped`() throws {
    let long = String(repeating: "x", count: 33)
    let read = try #require(
      answer(
        #"{"ErrorCode":0,"ResultItem":[{"UserID":"","ResultCode":0},"#
          + #"{"UserID":"\#(long)","ResultCode":0},{"UserID":"a\u0000b","ResultCode":0}]}"#))
    #expect(read.users.isEmpty)
    #expect(read.hasUnattributed)
  }

  @Test func `the service's messages are truncated`() throws {
    let words = String(repeating: "e\u{301}\u{301}", count: 10_000)
    let read = try #require(answer(#"{"ErrorCode":1,"ErrorInfo":"\#(words)"}"#))
    #expect(read.info.unicodeScalars.count <= 200)
  }

  @Test func `no input crashes the response parser`() {
    var random = SplitMix64(seed: 7)
    let sample = Array(
      #"""
      {"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"é\u00e9","ResultItem":[{"UserID":"a",
      "ResultCode":-70107,"AccountStatus":"Imported"}],"UserTags":[{"To_Account":"b","Tags":["x"]}],
      "ErrorList":[{"To_Account":"c","ErrorCode":1e3}]}
      """#.utf8)
    for _ in 0..<5_000 {
      var bytes = sample
      for _ in 0..<(1 + random.below(4)) where !bytes.isEmpty {
        let index = random.below(bytes.count)
        switch random.below(4) {
        case 0: bytes[index] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.remove(at: index)
        case 2: bytes.insert(contentsOf: bytes[index...].prefix(random.below(40)), at: index)
        default: bytes.removeSubrange(index...)
        }
      }
      _ = Answer(json: bytes)
    }
    _ = answer(String(repeating: "[", count: 100_000))
    _ = answer(#"{"ErrorCode":0,"ResultItem":"# + String(repeating: "[", count: 100_000))
  }
}
