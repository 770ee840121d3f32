import Bytes
import JSON
import PruneCore
import Testing

/// What counts as JSON, tested through the response parser.
@Suite struct JSONReaderTests {
  private func code(_ json: String) -> Int32? { Answer(json: Array(json.utf8))?.code.number }
  private func words(_ text: String) -> String? {
    Answer(json: Array(#"{"ErrorCode":1,"ErrorInfo":"\#(text)"}"#.utf8))?.info
  }

  @Test(arguments: [
    #"{"ErrorCode":7}"#, "\u{FEFF}{\"ErrorCode\":7}", " {\n\t\"ErrorCode\"\r: 7 } ",
    #"{"x":{"y":[1,-0.5e+10,true,false,null,"a",{}],"z":[]},"ErrorCode":7,"ErrorInfo":null}"#,
    #"{"Error\u0043ode":7}"#,
  ])
  func `valid JSON is read`(json: String) {
    #expect(code(json) == 7)
  }

  @Test(arguments: [
    "", "7", "[]", "{", #"{"ErrorCode":7"#, #"{"ErrorCode":7}x"#, #"{"ErrorCode":7}{}"#,
    #"{"ErrorCode":7,}"#, #"{"ErrorCode" 7}"#, #"{ErrorCode:7}"#, #"{'ErrorCode':7}"#,
    #"{"ErrorCode":7,"x":[1,]}"#, #"{"ErrorCode":7,"x":[1 2]}"#, #"{"ErrorCode":7,"x":nul}"#,
    #"{"ErrorCode":7,"x":01}"#, #"{"ErrorCode":7,"x":1.}"#, #"{"ErrorCode":7,"x":-}"#,
    #"{"ErrorCode":7,"x":"\#u{1}"}"#, #"{"ErrorCode":7,"x":"\x"}"#, #"{"ErrorCode":7,"x":"a}"#,
    #"{"ErrorCode":7,"ErrorCode":8}"#, #"{"ErrorCode":"7"}"#, #"{"ErrorCode":7.5}"#,
    #"{"ErrorCode":007}"#, #"{"ErrorCode":2147483648}"#, #"{"ErrorCode":null}"#,
    #"{"ErrorCode":7,"ErrorInfo":"\ud83d"}"#, #"{"ErrorCode":7,"ErrorInfo":"\ude00\ud83d"}"#,
    #"{"ErrorCode":7,"x":"# + String(repeating: "[", count: 5000),
  ])
  func `invalid JSON is refused`(json: String) {
    #expect(code(json) == nil)
  }

  @Test func `whole numbers are read over their full range`() {
    #expect(code(#"{"ErrorCode":2147483647}"#) == .max)
    #expect(code(#"{"ErrorCode":-2147483648}"#) == .min)
    #expect(code(#"{"ErrorCode":0}"#) == 0)
    #expect(code(#"{"ErrorCode":-2147483649}"#) == nil)
  }

  @Test func `escapes are resolved`() {
    #expect(words(#"\"\\\/\b\f\n\r\t"#) == "\"\\/\u{8}\u{C}\n\r\t")
    #expect(words(#"\u0041\u00e9\u20AC\ud83d\ude00 é€😀"#) == "Aé€😀 é€😀")
  }

  @Test(arguments: [[0xFF], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80]] as [[UInt8]])
  func `text that is not UTF-8 is refused`(bytes: [UInt8]) {
    let json = Array(#"{"ErrorCode":7,"x":""#.utf8) + bytes + Array(#""}"#.utf8)
    #expect(Answer(json: json) == nil)
  }

  @Test func `nesting is bounded`() {
    func nested(_ depth: Int) -> String {
      #"{"ErrorCode":7,"x":"# + String(repeating: "[", count: depth)
        + String(repeating: "]", count: depth) + "}"
    }
    #expect(code(nested(60)) == 7)
    #expect(code(nested(70)) == nil)
  }

  @Test(arguments: ["0", "-0", "-2.5E+3", "1e400", "12345678901234567890123.0e-1"])
  func `a number is kept as it is written, also in pieces`(number: String) throws {
    var whole = JSONReader(Array(" \(number) ".utf8))
    #expect(whole.kind() == .number)
    try whole.readNumber()
    #expect(whole.text == Array(number.utf8))
    try whole.end()
    var pieces = JSONReader(ByteSource(Array(number.utf8), chunkSize: 1))
    try pieces.readNumber()
    #expect(pieces.text == Array(number.utf8))
    try pieces.end()
  }

  @Test func `any names are read in order, also twice`() throws {
    var json = JSONReader(Array(#"{"a": 1, "\u00e9": [2], "a": {}, "": null}"#.utf8))
    var names: [String] = []
    var kinds: [JSONReader.Kind] = []
    try json.members { (json) throws(JSONError) in
      names.append(String(decoding: json.text, as: UTF8.self))
      kinds.append(json.kind())
      try json.skip()
    }
    try json.end()
    #expect(names == ["a", "é", "a", ""])
    #expect(kinds == [.number, .array, .object, .null])
  }
}
