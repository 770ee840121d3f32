import Foundation
import TestSupport

/// A schema of `examples/schemas` for output to other programs.
struct ProgramSchema {
  let document: JSONValue
  private let open: JSONSchema
  private let closed: JSONSchema

  init(_ name: String) throws {
    let path = ReadmeTests.root.appending(path: "examples/schemas/\(name).schema.json")
    let bytes = Array(try Data(contentsOf: path))
    document = try JSONValue(bytes)
    open = try JSONSchema(bytes)
    closed = try open.closed()
  }

  /// The errors in this version's output: what the schema forbids, and what it does not list.
  func problems(in value: JSONValue) throws -> [String] {
    try open.problems(in: value) + closed.problems(in: value)
  }

  /// Every key that it lists, at any depth.
  var keys: Set<String> { Self.keys(of: document) }

  private static func keys(of schema: JSONValue) -> Set<String> {
    let parts = (schema.object?.values.map(\.self) ?? []) + (schema.array ?? [])
    return parts.reduce(into: Set(schema["properties"]?.object?.keys.map(\.self) ?? [])) {
      $0.formUnion(keys(of: $1))
    }
  }

  /// The event types that it lists.
  var types: Set<String> {
    let definitions = document["definitions"]?.object?.values.map(\.self) ?? []
    return Set(definitions.compactMap { $0["properties"]?["type"]?["const"]?.string })
  }
}
