import JSON

/// A JSON value whose strings are kept as UTF-8 bytes, so that ids stay exact.
enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  /// The number as it is written.
  case number([UInt8])
  case string([UInt8])
  case array([JSONValue])
  case object([Member])

  /// A name and its value in an object.
  struct Member: Equatable, Sendable {
    var name: [UInt8]
    var value: JSONValue

    init(name: [UInt8], value: JSONValue) {
      self.name = name
      self.value = value
    }

    init(_ name: String, _ value: JSONValue) {
      self.init(name: Array(name.utf8), value: value)
    }
  }

  /// The value that a text stands for; nil if it is not JSON.
  init?(_ text: [UInt8]) {
    var json = JSONReader(text)
    do throws(JSONError) {
      self = try JSONValue(&json)
      try json.end()
    } catch {
      return nil
    }
  }

  private init(_ json: inout JSONReader) throws(JSONError) {
    switch json.kind() {
    case .object:
      var members: [Member] = []
      try json.members { (json) throws(JSONError) in
        let name = json.copiedText
        members.append(Member(name: name, value: try JSONValue(&json)))
      }
      self = .object(members)
    case .array:
      var elements: [JSONValue] = []
      try json.array { (json) throws(JSONError) in elements.append(try JSONValue(&json)) }
      self = .array(elements)
    case .string:
      try json.readString()
      self = .string(json.copiedText)
    case .number:
      try json.readNumber()
      self = .number(json.copiedText)
    case .boolean: self = .bool(try json.boolean())
    case .null:
      try json.skip()
      self = .null
    }
  }

  /// The value of the first member called `name`; nil for none, or when this is no object.
  subscript(_ name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name.elementsEqual(name.utf8) }?.value
  }

  /// The bytes of a string; nil for any other value.
  var string: [UInt8]? {
    guard case .string(let bytes) = self else { return nil }
    return bytes
  }

  /// The elements of an array; nil for any other value.
  var array: [JSONValue]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  /// A number written as a whole one that fits `Int`; nil for any other value.
  var integer: Int? {
    guard case .number(let text) = self else { return nil }
    return Int(String(decoding: text, as: UTF8.self))
  }
}

extension JSONReader {
  /// The text read last. The reader's own has room for the longest text so far, too much to keep for
  /// each short one.
  fileprivate var copiedText: [UInt8] { [] + text }
}

extension JSONText {
  mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .bool(let isTrue): self.value(isTrue)
    case .number(let number): self.value(number: number)
    case .string(let bytes): self.value(bytes)
    case .array(let elements): array { json in for element in elements { json.value(element) } }
    case .object(let members): object { json in json.fields(members) }
    }
  }

  /// Writes the fields of an object that is open.
  mutating func fields(_ members: [JSONValue.Member]) {
    for member in members {
      key(String(decoding: member.name, as: UTF8.self))
      value(member.value)
    }
  }

  /// Text that is UTF-8.
  mutating func value(_ bytes: [UInt8]) {
    value(count: bytes.count) { bytes[$0] }
  }
}
