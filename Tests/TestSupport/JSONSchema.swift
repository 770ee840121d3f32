/// Checks values against a JSON Schema: the part of draft-07 that our schemas use. An unknown
/// keyword is an error of the schema, so that none is ignored.
package struct JSONSchema {
  private let root: JSONValue

  /// An error in a schema.
  package struct Unusable: Error, Equatable {
    package var what: String
  }

  package init(_ bytes: [UInt8]) throws {
    try self.init(JSONValue(bytes))
  }

  private init(_ root: JSONValue) throws {
    self.root = root
    try check(root, at: "#")
  }

  /// This schema with every object closed: an unlisted key is an error. Our schemas are open to
  /// keys of later versions, but must list all keys that this version writes.
  package func closed() throws -> JSONSchema {
    try JSONSchema(Self.closed(root))
  }

  private static func closed(_ schema: JSONValue) -> JSONValue {
    guard case .object(var keywords) = schema else { return schema }
    for (keyword, value) in keywords {
      switch keyword {
      case "properties", "definitions":
        keywords[keyword] = .object((value.object ?? [:]).mapValues(closed))
      case "items": keywords[keyword] = closed(value)
      case "oneOf", "anyOf", "allOf": keywords[keyword] = .array((value.array ?? []).map(closed))
      default: break
      }
    }
    if keywords["type"]?.string == "object", keywords["properties"] != nil,
      keywords["additionalProperties"] == nil
    {
      keywords["additionalProperties"] = .bool(false)
    }
    return .object(keywords)
  }

  /// The rules that a value breaks, each with its position; none if it is valid.
  package func problems(in value: JSONValue) throws -> [String] {
    try problems(value, root, at: "")
  }

  // MARK: - The schema itself

  /// Keywords that are only for people.
  private static let remarks: Set = [
    "$schema", "$id", "title", "description", "default", "examples",
  ]
  private static let assertions: Set = [
    "type", "enum", "const", "required", "minimum", "maximum", "pattern", "minLength", "maxLength",
    "minItems", "maxItems", "uniqueItems", "$ref",
  ]

  private func check(_ schema: JSONValue, at place: String) throws {
    if case .bool = schema { return }
    guard let keywords = schema.object else { throw Unusable(what: "\(place) is no schema") }
    for (keyword, value) in keywords {
      let here = place + "/" + keyword
      switch keyword {
      case _ where Self.remarks.contains(keyword) || Self.assertions.contains(keyword): continue
      case "properties", "definitions":
        for (name, part) in value.object ?? [:] { try check(part, at: here + "/" + name) }
      case "additionalProperties", "items", "not": try check(value, at: here)
      case "oneOf", "anyOf", "allOf": for part in value.array ?? [] { try check(part, at: here) }
      default: throw Unusable(what: "\(here) is a keyword that is not known here")
      }
    }
  }

  private func resolve(_ reference: String) throws -> JSONValue {
    let prefix = "#/definitions/"
    guard reference.hasPrefix(prefix),
      let found = root["definitions"]?[String(reference.dropFirst(prefix.count))]
    else { throw Unusable(what: "\(reference) leads nowhere") }
    return found
  }

  // MARK: - Values

  private func problems(
    _ value: JSONValue, _ schema: JSONValue, at place: String
  ) throws -> [String] {
    if case .bool(let isAllowed) = schema {
      return isAllowed ? [] : ["\(place): nothing may be here"]
    }
    // In draft-07 a reference ignores its other keywords.
    if let reference = schema["$ref"]?.string {
      return try problems(value, resolve(reference), at: place)
    }
    var problems: [String] = []
    func require(_ isRight: Bool, _ words: @autoclosure () -> String) {
      if !isRight { problems.append("\(place): \(words())") }
    }
    if let type = schema["type"] {
      let names = type.array ?? [type]
      require(
        names.contains { $0.string.map(value.isOf) ?? false }, "is not of the type \(names)")
    }
    if let choices = schema["enum"]?.array {
      require(choices.contains(value), "is none of \(choices)")
    }
    if let constant = schema["const"] { require(value == constant, "is not \(constant)") }
    switch value {
    case .number(let number):
      if let least = schema["minimum"]?.number { require(number >= least, "is below \(least)") }
      if let most = schema["maximum"]?.number { require(number <= most, "is above \(most)") }
    case .string(let text):
      let length = Double(text.unicodeScalars.count)
      if let least = schema["minLength"]?.number { require(length >= least, "is too short") }
      if let most = schema["maxLength"]?.number { require(length <= most, "is too long") }
      if let pattern = schema["pattern"]?.string {
        require(text.contains(try Regex(pattern)), "does not match \(pattern)")
      }
    case .array(let items):
      let count = Double(items.count)
      if let least = schema["minItems"]?.number { require(count >= least, "has too few items") }
      if let most = schema["maxItems"]?.number { require(count <= most, "has too many items") }
      if schema["uniqueItems"] == .bool(true) {
        let areUnique = items.indices.allSatisfy { !items[..<$0].contains(items[$0]) }
        require(areUnique, "has an item twice")
      }
      if let part = schema["items"] {
        for (index, item) in items.enumerated() {
          problems += try self.problems(item, part, at: "\(place)/\(index)")
        }
      }
    case .object(let fields):
      for case .string(let name) in schema["required"]?.array ?? [] {
        require(fields[name] != nil, "lacks `\(name)`")
      }
      for (name, field) in fields {
        let part = schema["properties"]?[name] ?? schema["additionalProperties"] ?? .bool(true)
        problems += try self.problems(field, part, at: "\(place)/\(name)")
      }
    case .null, .bool: break
    }
    for part in schema["allOf"]?.array ?? [] {
      problems += try self.problems(value, part, at: place)
    }
    let fitting = { (keyword: String) throws -> Int? in
      try schema[keyword]?.array?.count { try self.problems(value, $0, at: place).isEmpty }
    }
    if let count = try fitting("anyOf") { require(count > 0, "fits none of anyOf") }
    if let count = try fitting("oneOf") { require(count == 1, "fits \(count) of oneOf") }
    if let part = schema["not"] {
      let isExcluded = try self.problems(value, part, at: place).isEmpty
      require(!isExcluded, "is what `not` excludes")
    }
    return problems
  }
}

extension JSONValue {
  fileprivate func isOf(_ type: String) -> Bool {
    switch self {
    case .null: type == "null"
    case .bool: type == "boolean"
    case .number(let number):
      type == "number" || type == "integer" && number.isFinite && number == number.rounded()
    case .string: type == "string"
    case .array: type == "array"
    case .object: type == "object"
    }
  }
}
