/// A JSON value whose strings are kept as UTF-8 bytes, so that ids stay exact.
enum JSONValue: Equatable {
  case null
  case bool(Bool)
  /// The number as it is written.
  case number([UInt8])
  case string([UInt8])
  case array([JSONValue])
  case object([Member])

  /// A name and its value in an object.
  struct Member: Equatable {
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
