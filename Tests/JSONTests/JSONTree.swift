import Foundation
import JSON

/// A JSON value as our reader or Foundation's gives it, to be compared: strings by their bytes, numbers
/// as what they come to.
indirect enum JSONTree: Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string([UInt8])
  case array([JSONTree])
  case object([String: JSONTree])
}

/// As our reader reads it.
extension JSONTree {
  /// A text that Foundation reads in a way of its own: it keeps one of two values with the same name,
  /// and refuses numbers that no `Double` holds.
  struct NotComparable: Error {}

  init(_ bytes: [UInt8]) throws {
    var json = JSONReader(bytes)
    var isComparable = true
    self = try JSONTree(&json, &isComparable)
    try json.end()
    if !isComparable { throw NotComparable() }
  }

  private init(_ json: inout JSONReader, _ isComparable: inout Bool) throws(JSONError) {
    switch json.kind() {
    case .object:
      var members: [String: JSONTree] = [:]
      try json.members { (json) throws(JSONError) in
        let name = String(decoding: json.text, as: UTF8.self)
        let value = try JSONTree(&json, &isComparable)
        if members.updateValue(value, forKey: name) != nil { isComparable = false }
      }
      self = .object(members)
    case .array:
      var elements: [JSONTree] = []
      try json.array { (json) throws(JSONError) in
        elements.append(try JSONTree(&json, &isComparable))
      }
      self = .array(elements)
    case .string:
      try json.readString()
      self = .string(json.text)
    case .number:
      try json.readNumber()
      let number = Double(String(decoding: json.text, as: UTF8.self))
      if number?.isFinite != true { isComparable = false }
      self = .number(number ?? .nan)
    case .boolean: self = .bool(try json.boolean())
    case .null:
      try json.skip()
      self = .null
    }
  }
}

/// As Foundation reads it.
extension JSONTree: Decodable {
  init(foundation bytes: [UInt8]) throws {
    self = try JSONDecoder().decode(JSONTree.self, from: Data(bytes))
  }

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let isTrue = try? value.decode(Bool.self) {
      self = .bool(isTrue)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let text = try? value.decode(String.self) {
      self = .string(Array(text.utf8))
    } else if let elements = try? value.decode([JSONTree].self) {
      self = .array(elements)
    } else {
      self = .object(try value.decode([String: JSONTree].self))
    }
  }
}

extension JSONText {
  mutating func value(_ tree: JSONTree) {
    switch tree {
    case .null: null()
    case .bool(let isTrue): value(isTrue)
    case .number(let number): value(number: Array("\(number)".utf8))
    case .string(let bytes): value(count: bytes.count) { bytes[$0] }
    case .array(let elements): array { json in for element in elements { json.value(element) } }
    case .object(let members):
      object { json in
        for (name, value) in members {
          json.key(name)
          json.value(value)
        }
      }
    }
  }
}
