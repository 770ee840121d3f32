/// A text is not the JSON that was asked for.
struct JSONError: Error {}

/// Reads JSON (RFC 8259) as it is asked for: no tree is built, and nothing is kept of what nobody
/// asks for. Answers and plan files name users by the million.
///
/// ```swift
/// var json = JSONReader(bytes)
/// try json.object(keys) { (json, key) throws(JSONError) in
///   switch key {
///   case .code: code = try json.integer()
///   case .info: info = try json.optional { (json) throws(JSONError) in try json.string() }
///   }
/// }
/// try json.end()
/// ```
///
/// It is strict: a known key that stands twice, a number with a fraction or an exponent where a whole
/// one is asked for, text that is not UTF-8 and anything after the end are errors. Unknown keys are passed over, whatever their values.
struct JSONReader {
  /// Levels of objects and arrays.
  private static let maxDepth = 64

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0
  /// The text of the string read last, escapes resolved.
  private(set) var text: [UInt8] = []

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    // A byte order mark is nothing; some servers send one.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  // MARK: - Structure

  /// Reads an object, its known keys by `field`, which must read the value; says which there were.
  @discardableResult
  mutating func object<Key>(
    _ table: KeyTable<Key>, _ field: (inout JSONReader, Key) throws(JSONError) -> Void
  ) throws(JSONError) -> SeenKeys<Key> {
    var seen = SeenKeys<Key>()
    try enclosed("{", "}") { (json) throws(JSONError) in
      try json.readString()
      let known = table.find(json.text)
      try json.expect(":")
      guard let (index, key) = known else { return try json.skip() }
      guard seen.insert(index) else { throw JSONError() }
      try field(&json, key)
    }
    return seen
  }

  /// Reads an array, its elements by `element`.
  mutating func array(
    _ element: (inout JSONReader) throws(JSONError) -> Void
  ) throws(JSONError) {
    try enclosed("[", "]", element)
  }

  /// Reads `null` as nil, and anything else by `value`.
  mutating func optional<Value>(
    _ value: (inout JSONReader) throws(JSONError) -> Value
  ) throws(JSONError) -> Value? {
    guard next() == UInt8(ascii: "n") else { return try value(&self) }
    try word("null")
    return nil
  }

  /// Makes sure that nothing follows.
  mutating func end() throws(JSONError) {
    if next() != nil { throw JSONError() }
  }

  /// Passes over a value of any kind.
  mutating func skip() throws(JSONError) {
    switch next() {
    case UInt8(ascii: "{"):
      try enclosed("{", "}") { (json) throws(JSONError) in
        try json.readString()
        try json.expect(":")
        try json.skip()
      }
    case UInt8(ascii: "["): try array { (json) throws(JSONError) in try json.skip() }
    case UInt8(ascii: "\""): try readString()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    default: try skipNumber()
    }
  }

  private mutating func enclosed(
    _ opening: Unicode.Scalar, _ closing: Unicode.Scalar,
    _ part: (inout JSONReader) throws(JSONError) -> Void
  ) throws(JSONError) {
    try expect(opening)
    depth += 1
    guard depth <= Self.maxDepth else { throw JSONError() }
    defer { depth -= 1 }
    if next() == UInt8(ascii: closing) {
      position += 1
      return
    }
    while true {
      try part(&self)
      let byte = next()
      position += 1
      if byte == UInt8(ascii: closing) { return }
      guard byte == UInt8(ascii: ",") else { throw JSONError() }
    }
  }

  // MARK: - Values

  /// Reads `true` or `false`.
  mutating func boolean() throws(JSONError) -> Bool {
    let isTrue = next() == UInt8(ascii: "t")
    try word(isTrue ? "true" : "false")
    return isTrue
  }

  /// Reads a whole number without fraction and exponent that fits.
  mutating func integer<Number: FixedWidthInteger>() throws(JSONError) -> Number {
    _ = next()
    let isNegative = position < bytes.count && bytes[position] == UInt8(ascii: "-")
    if isNegative { position += 1 }
    let start = position
    var number: Number = 0
    while position < bytes.count {
      let digit = bytes[position] &- UInt8(ascii: "0")
      if digit > 9 { break }
      let (tens, isTooLarge) = number.multipliedReportingOverflow(by: 10)
      let (sum, isTooLargeNow) =
        isNegative
        ? tens.subtractingReportingOverflow(Number(digit))
        : tens.addingReportingOverflow(Number(digit))
      if isTooLarge || isTooLargeNow { throw JSONError() }
      number = sum
      position += 1
    }
    guard position > start, position - start == 1 || bytes[start] != UInt8(ascii: "0") else {
      throw JSONError()
    }
    if position < bytes.count, ".eE".utf8.contains(bytes[position]) { throw JSONError() }
    return number
  }

  /// Reads a string.
  mutating func string() throws(JSONError) -> String {
    try readString()
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads a string into `text`.
  mutating func readString() throws(JSONError) {
    try expect("\"")
    text.removeAll(keepingCapacity: true)
    var isASCII = true
    while true {
      let start = position
      var byte: UInt8 = 0
      // What stands as it is, is copied as one.
      while position < bytes.count {
        byte = bytes[position]
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
        if byte >= 0x80 { isASCII = false }
        position += 1
      }
      guard position < bytes.count, byte >= 0x20 else { throw JSONError() }
      text.append(contentsOf: bytes[start..<position])
      position += 1
      if byte == UInt8(ascii: "\"") { break }
      if try !readEscape() { isASCII = false }
    }
    if !isASCII, String(validating: text, as: UTF8.self) == nil { throw JSONError() }
  }

  /// Reads what follows a backslash; whether it is ASCII.
  private mutating func readEscape() throws(JSONError) -> Bool {
    guard position < bytes.count else { throw JSONError() }
    let letter = bytes[position]
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "u"):
      var units = [try readUnit()]
      if UTF16.isLeadSurrogate(units[0]) {
        guard bytes[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
          throw JSONError()
        }
        position += 2
        units.append(try readUnit())
      }
      guard let scalars = String(validating: units, as: UTF16.self) else { throw JSONError() }
      text.append(contentsOf: scalars.utf8)
      return units[0] < 0x80
    default: throw JSONError()
    }
    return true
  }

  /// Reads four hexadecimal digits.
  private mutating func readUnit() throws(JSONError) -> UInt16 {
    guard position + 4 <= bytes.count else { throw JSONError() }
    var unit: UInt16 = 0
    for byte in bytes[position..<(position + 4)] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw JSONError() }
      unit = unit << 4 | UInt16(digit)
    }
    position += 4
    return unit
  }

  // MARK: - Bytes

  /// The byte that comes next, white space passed over; nil at the end.
  private mutating func next() -> UInt8? {
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return byte
      }
    }
    return nil
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(JSONError) {
    guard next() == UInt8(ascii: character) else { throw JSONError() }
    position += 1
  }

  private mutating func word(_ word: StaticString) throws(JSONError) {
    _ = next()
    let end = position + word.utf8CodeUnitCount
    guard end <= bytes.count, bytes[position..<end].elementsEqual(word.description.utf8) else {
      throw JSONError()
    }
    position = end
  }

  /// A number of any kind: `-0.5e+10`.
  private mutating func skipNumber() throws(JSONError) {
    take("-")
    if !take("0") { try skipDigits() }
    if take(".") { try skipDigits() }
    guard take("e") || take("E") else { return }
    if !take("+") { take("-") }
    try skipDigits()
  }

  @discardableResult
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipDigits() throws(JSONError) {
    let start = position
    while position < bytes.count, bytes[position] &- UInt8(ascii: "0") <= 9 { position += 1 }
    if position == start { throw JSONError() }
  }
}
