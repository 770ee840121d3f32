/// A strict reader of one JSON text (RFC 8259): valid UTF-8, no byte-order mark, nothing after the
/// value, no lone surrogates, at most 32 levels deep.
struct JSONScanner {
  /// The text is not JSON.
  struct Malformed: Error, Equatable {}

  private static let depthLimit = 32

  private let text: [UInt8]
  private var position = 0

  /// The value that `text` stands for.
  static func value(of text: [UInt8]) throws(Malformed) -> JSONValue {
    guard String(validating: text, as: UTF8.self) != nil else { throw Malformed() }
    var scanner = JSONScanner(text: text)
    let value = try scanner.scanValue(depth: 0)
    scanner.skipBlanks()
    guard scanner.position == text.count else { throw Malformed() }
    return value
  }

  private init(text: [UInt8]) {
    self.text = text
  }

  private var next: UInt8? { position < text.count ? text[position] : nil }

  private mutating func skipBlanks() {
    while let byte = next {
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  /// Steps over `byte` if it is the next one.
  private mutating func skip(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func scanValue(depth: Int) throws(Malformed) -> JSONValue {
    guard depth < Self.depthLimit else { throw Malformed() }
    skipBlanks()
    switch next {
    case UInt8(ascii: "{"): return try scanObject(depth: depth)
    case UInt8(ascii: "["): return try scanArray(depth: depth)
    case UInt8(ascii: "\""): return .string(try scanString())
    case UInt8(ascii: "t"): return try scanWord("true", .bool(true))
    case UInt8(ascii: "f"): return try scanWord("false", .bool(false))
    case UInt8(ascii: "n"): return try scanWord("null", .null)
    default: return try scanNumber()
    }
  }

  private mutating func scanWord(
    _ word: String, _ value: JSONValue
  ) throws(Malformed) -> JSONValue {
    guard text[position...].starts(with: word.utf8) else { throw Malformed() }
    position += word.utf8.count
    return value
  }

  private mutating func scanObject(depth: Int) throws(Malformed) -> JSONValue {
    position += 1
    skipBlanks()
    if skip(UInt8(ascii: "}")) { return .object([]) }
    var members: [JSONValue.Member] = []
    while true {
      skipBlanks()
      let name = try scanString()
      skipBlanks()
      guard skip(UInt8(ascii: ":")) else { throw Malformed() }
      members.append(.init(name: name, value: try scanValue(depth: depth + 1)))
      skipBlanks()
      if skip(UInt8(ascii: "}")) { return .object(members) }
      guard skip(UInt8(ascii: ",")) else { throw Malformed() }
    }
  }

  private mutating func scanArray(depth: Int) throws(Malformed) -> JSONValue {
    position += 1
    skipBlanks()
    if skip(UInt8(ascii: "]")) { return .array([]) }
    var elements: [JSONValue] = []
    while true {
      elements.append(try scanValue(depth: depth + 1))
      skipBlanks()
      if skip(UInt8(ascii: "]")) { return .array(elements) }
      guard skip(UInt8(ascii: ",")) else { throw Malformed() }
    }
  }

  private mutating func scanNumber() throws(Malformed) -> JSONValue {
    let start = position
    _ = skip(UInt8(ascii: "-"))
    if !skip(UInt8(ascii: "0")) { try scanDigits() }
    if skip(UInt8(ascii: ".")) { try scanDigits() }
    if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
      _ = skip(UInt8(ascii: "+")) || skip(UInt8(ascii: "-"))
      try scanDigits()
    }
    return .number(Array(text[start..<position]))
  }

  private mutating func scanDigits() throws(Malformed) {
    let start = position
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    guard position > start else { throw Malformed() }
  }

  private mutating func scanString() throws(Malformed) -> [UInt8] {
    guard skip(UInt8(ascii: "\"")) else { throw Malformed() }
    var content: [UInt8] = []
    var start = position
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        content += text[start..<position]
        position += 1
        return content
      case UInt8(ascii: "\\"):
        content += text[start..<position]
        position += 1
        content += try scanEscape()
        start = position
      case 0..<0x20:
        throw Malformed()
      default:
        position += 1
      }
    }
    throw Malformed()
  }

  /// The bytes of the escape whose letter comes next.
  private mutating func scanEscape() throws(Malformed) -> [UInt8] {
    guard let letter = next else { throw Malformed() }
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [letter]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): break
    default: throw Malformed()
    }
    var code = try scanHex()
    if (0xD800..<0xDC00).contains(code) {
      guard skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) else { throw Malformed() }
      let low = try scanHex()
      guard (0xDC00..<0xE000).contains(low) else { throw Malformed() }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw Malformed() }
    return Array(String(Character(scalar)).utf8)
  }

  private mutating func scanHex() throws(Malformed) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw Malformed()
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
