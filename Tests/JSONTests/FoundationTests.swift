import Fuzzing
import JSON
import Testing

/// The tool and the sandbox have one reader and one writer, which could agree on a mistake. Foundation
/// has others.
@Suite struct FoundationTests {
  private static let inputs: [FuzzTarget] = [.answer, .plan]

  @Test(arguments: inputs)
  func `Foundation reads the same, and the same of what is written`(target: FuzzTarget) throws {
    let mutator = try Mutator(target)
    let damaged = (1...500 as ClosedRange<UInt64>).map { mutator.input(seed: $0) }
    var compared = 0
    for bytes in try target.corpus().map(\.bytes) + damaged {
      guard let tree = try? JSONTree(bytes) else { continue }
      compared += 1
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(try JSONTree(foundation: bytes) == tree, "\(text)")
      var json = JSONText()
      json.value(tree)
      #expect(try JSONTree(foundation: json.bytes) == tree, "\(text)")
      #expect(try JSONTree(json.bytes) == tree, "\(text)")
    }
    #expect(compared > 50)
  }

  @Test(arguments: [
    "", " ", "{", "}", "{\"a\"}", "{a:1}", "{'a':1}", "01", "+1", "1.", ".5",
    "-", "1e", "tru", "nul", "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"",
    "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"", "1 2", "[1]]", "\"a\" // b",
  ])
  func `what is no JSON is refused by both`(text: String) {
    #expect(throws: JSONError.self) { try JSONTree(Array(text.utf8)) }
    #expect(throws: DecodingError.self) { try JSONTree(foundation: Array(text.utf8)) }
  }

  /// Foundation takes a comma before the end.
  @Test(arguments: ["[1,]", "{\"a\":1,}"])
  func `what only Foundation takes is refused`(text: String) {
    #expect(throws: JSONError.self) { try JSONTree(Array(text.utf8)) }
  }

  @Test func `every byte that ASCII has, and others, come back through both`() throws {
    let bytes = Array(0...UInt8(0x7F)) + Array("é中😀".utf8)
    var json = JSONText()
    json.array { json in
      json.value(count: bytes.count) { bytes[$0] }
      json.value(number: Array("-0.5e+10".utf8))
    }
    let tree = JSONTree.array([.string(bytes), .number(-0.5e10)])
    #expect(try JSONTree(json.bytes) == tree)
    #expect(try JSONTree(foundation: json.bytes) == tree)
  }
}
