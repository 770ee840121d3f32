import TestSupport
import Testing

/// The schema checker that other tests rely on.
@Suite struct JSONSchemaTests {
  private func problems(_ schema: String, _ value: String) throws -> [String] {
    try JSONSchema(Array(schema.utf8)).problems(in: JSONValue(Array(value.utf8)))
  }

  @Test(arguments: [
    (
      #"{"type": "integer", "minimum": 1, "maximum": 3}"#, ["1", "3"],
      ["0", "4", "1.5", #""1""#, "true"]
    ),
    (#"{"type": ["null", "boolean"]}"#, ["null", "true"], ["0", #""""#, "[]"]),
    (#"{"enum": ["a", 1, null]}"#, [#""a""#, "1", "null"], [#""b""#, "2"]),
    (#"{"const": false}"#, ["false"], ["true", "0", "null"]),
    (
      #"{"type": "string", "minLength": 1, "maxLength": 2}"#, [#""é""#, #""ab""#],
      [#""""#, #""abc""#]
    ),
    (#"{"pattern": "^a+$"}"#, [#""aa""#, "1"], [#""ab""#, #""""#]),
    (
      #"{"required": ["a"], "properties": {"a": {"type": "number"}}, "additionalProperties": false}"#,
      [#"{"a": 1}"#, "[]"], ["{}", #"{"a": "1"}"#, #"{"a": 1, "b": 1}"#]
    ),
    (
      #"{"items": {"type": "array", "maxItems": 1}, "minItems": 1, "uniqueItems": true}"#,
      ["[[]]", "[[], [1]]"], ["[]", "[1]", "[[1, 2]]", "[[], []]"]
    ),
    (#"{"oneOf": [{"minimum": 1}, {"maximum": 2}]}"#, ["0", "3"], ["1", "2"]),
    (#"{"anyOf": [{"const": 1}, {"const": 2}]}"#, ["1", "2"], ["3"]),
    (#"{"allOf": [{"minimum": 1}, {"maximum": 2}]}"#, ["1", "2"], ["0", "3"]),
    (#"{"not": {"required": ["a"]}}"#, ["{}"], [#"{"a": 1}"#]),
    (
      ##"{"items": {"$ref": "#/definitions/n"}, "definitions": {"n": {"type": "null"}}}"##,
      ["[null]"],
      ["[1]"]
    ),
    ("false", [], ["1"]),
  ])
  func `a schema keyword accepts and refuses the right values`(
    schema: String, right: [String], wrong: [String]
  ) throws {
    for value in right { #expect(try problems(schema, value) == [], "\(schema) \(value)") }
    for value in wrong { #expect(try problems(schema, value) != [], "\(schema) \(value)") }
  }

  @Test func `a closed schema refuses unlisted keys`() throws {
    let schema = try JSONSchema(
      Array(
        ##"""
        {"type": "object", "properties": {"a": {"items": {"$ref": "#/definitions/o"}}},
          "definitions": {"o": {"type": "object", "properties": {"b": {}}}}}
        """##.utf8))
    let closed = try schema.closed()
    for (text, isTold) in [
      (#"{"a": [{"b": 1}]}"#, true), (#"{"a": [{"c": 1}]}"#, false), (#"{"x": 1}"#, false),
    ] {
      let value = try JSONValue(Array(text.utf8))
      #expect(try schema.problems(in: value) == [])
      #expect(try closed.problems(in: value).isEmpty == isTold)
    }
  }

  @Test func `an unknown keyword makes a schema unusable`() {
    for schema in [#"{"if": true}"#, #"{"properties": {"a": {"format": "date"}}}"#, "1"] {
      #expect(throws: JSONSchema.Unusable.self) { try problems(schema, "1") }
    }
    #expect(throws: JSONSchema.Unusable.self) {
      try problems(##"{"$ref": "#/definitions/x"}"##, "1")
    }
  }
}
