import Testing

@testable import imprune_sandbox

@Suite struct JSONScannerTests {
  @Test(arguments: [
    "", " ", "{", "}", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "{'a':1}", "01", "+1", "1.", ".5",
    "-", "1e", "tru", "nul", "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"",
    "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"", "1 2", "[1]]", "\u{feff}1", "\"a\" // b",
    String(repeating: "[", count: 33) + String(repeating: "]", count: 33),
  ])
  func `what is no JSON is refused`(text: String) {
    #expect(throws: JSONScanner.Malformed.self) { try JSONScanner.value(of: Array(text.utf8)) }
  }

  @Test func `broken UTF-8 is refused`() {
    #expect(throws: JSONScanner.Malformed.self) { try JSONScanner.value(of: [34, 0xff, 34]) }
  }

  @Test func `values are read with their bytes`() throws {
    let text = " {\"a\\n\\u00e9\\ud83d\\ude00\":[1,-2.5E+3,true,false,null,\"\\/\\\"\"],\"b\":{}} "
    let value = try JSONScanner.value(of: Array(text.utf8))
    #expect(
      value
        == .object([
          .init(
            name: Array("a\né😀".utf8),
            value: .array([
              .number(Array("1".utf8)), .number(Array("-2.5E+3".utf8)), .bool(true), .bool(false),
              .null, .string(Array("/\"".utf8)),
            ])),
          .init(name: Array("b".utf8), value: .object([])),
        ]))
  }

  @Test func `what is written reads back as it was`() throws {
    let content = Array(0...UInt8(0x7f)) + Array("é中😀".utf8)
    var text = JSONText()
    text.string(content)
    #expect(try JSONScanner.value(of: text.bytes) == .string(content))
  }

  @Test func `ids sort and compare by bytes at every length`() throws {
    let texts = ["a", "a\u{1}", "b", "abcdefgh", "abcdefghi", "abcdefghh\u{7f}", "é"]
    let all = (1...32).map { [UInt8](repeating: 0, count: $0) } + texts.map { Array($0.utf8) }
    let ids = try all.map { try #require(UserID($0)) }
    #expect(ids.map(\.bytes) == all)
    #expect(Set(ids).count == all.count)
    #expect(
      ids.sorted().map(\.bytes) == all.sorted { $0.lexicographicallyPrecedes($1) })
    #expect(UserID([]) == nil)
    #expect(UserID([UInt8](repeating: 65, count: 33)) == nil)
  }
}
