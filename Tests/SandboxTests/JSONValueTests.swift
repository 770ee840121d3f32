import Fuzzing
import JSON
import Testing

@testable import imprune_sandbox

/// The tree that the sandbox makes of JSON. JSONTests has the rules of its reader and its writer.
@Suite struct JSONValueTests {
  @Test(arguments: ["", "{\"a\"}", "[1,]", "01", "\"\\ud800\"", "1 2", "[1]]", "\"a\" // b"])
  func `what is no JSON is no value`(text: String) {
    #expect(JSONValue(Array(text.utf8)) == nil)
  }

  @Test func `values are read with their bytes`() {
    let text = " {\"a\\n\\u00e9\\ud83d\\ude00\":[1,-2.5E+3,true,false,null,\"\\/\\\"\"],\"b\":{}} "
    #expect(
      JSONValue(Array(text.utf8))
        == .object([
          .init(
            "a\né😀",
            .array([
              .number(Array("1".utf8)), .number(Array("-2.5E+3".utf8)), .bool(true), .bool(false),
              .null, .string(Array("/\"".utf8)),
            ])),
          .init("b", .object([])),
        ]))
  }

  @Test func `a name that is there twice is kept twice, and the first counts`() {
    let value = JSONValue(Array(#"{"a": 1, "b": 2, "a": 3}"#.utf8))
    #expect(value?["a"]?.integer == 1)
    guard case .object(let members) = value else {
      Issue.record("no object")
      return
    }
    #expect(members.map(\.value.integer) == [1, 2, 3])
  }

  @Test func `what is read of damaged JSON is written and read the same`() throws {
    for target in [FuzzTarget.answer, .plan] {
      let mutator = try Mutator(target)
      for seed in 1...250 as ClosedRange<UInt64> {
        guard let value = JSONValue(mutator.input(seed: seed)) else { continue }
        var json = JSONText()
        json.value(value)
        #expect(JSONValue(json.bytes) == value, "\(target), seed \(seed)")
      }
    }
  }
}
