public import Bytes

/// Reads JSON (RFC 8259) as it is asked for: no tree is built, and nothing is kept of what no caller
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
/// one is asked for, text that is not UTF-8 and anything after the end are errors. Unknown keys are
/// passed over, whatever their values. A file is read piece by piece and may be of any length.
public struct JSONReader {
  /// Levels of objects and arrays.
  @usableFromInline static let maxDepth = 64

  /// The piece at hand; all there is, unless there is a source.
  @usableFromInline var bytes: [UInt8]
  @usableFromInline var position = 0
  @usableFromInline var depth = 0
  /// Where the next piece comes from.
  private let source: ByteSource?
  /// Why the source could not be read any further, if so; the text then ends there.
  public private(set) var failure: ReadFailure?
  /// The text of the string read last, escapes resolved.
  public private(set) var text: [UInt8] = []

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    source = nil
    passMark()
  }

  /// Reads what a source gives.
  public init(_ source: ByteSource) {
    bytes = []
    self.source = source
    var chunk: [UInt8] = []
    var hasMore = true
    while hasMore, bytes.count < Self.byteOrderMark.count {
      do throws(ReadFailure) {
        try source.read(into: &chunk)
      } catch {
        failure = error
        break
      }
      hasMore = !chunk.isEmpty
      bytes += chunk
    }
    passMark()
  }

  /// A byte order mark is nothing; some servers send one.
  private mutating func passMark() {
    if bytes.starts(with: Self.byteOrderMark) { position = Self.byteOrderMark.count }
  }

  // MARK: - Structure

  /// Reads an object, its known keys by `field` and the others by `other`, each of which must read
  /// the value; says which known keys there were.
  @discardableResult
  @inlinable public mutating func object<Key>(
    _ table: KeyTable<Key>,
    other: (inout JSONReader) throws(JSONError) -> Void = { (json) throws(JSONError) in
      try json.skip()
    },
    _ field: (inout JSONReader, Key) throws(JSONError) -> Void
  ) throws(JSONError) -> SeenKeys<Key> {
    var seen = SeenKeys<Key>()
    try enclosed("{", "}") { (json) throws(JSONError) in
      try json.readString()
      let known = table.find(json.text)
      try json.expect(":")
      guard let (index, key) = known else { return try other(&json) }
      guard seen.insert(index) else { throw JSONError() }
      try field(&json, key)
    }
    return seen
  }

  /// Reads an array, its elements by `element`.
  @inlinable public mutating func array(
    _ element: (inout JSONReader) throws(JSONError) -> Void
  ) throws(JSONError) {
    try enclosed("[", "]", element)
  }

  /// Reads `null` as nil, and anything else by `value`.
  @inlinable public mutating func optional<Value>(
    _ value: (inout JSONReader) throws(JSONError) -> Value
  ) throws(JSONError) -> Value? {
    guard next() == UInt8(ascii: "n") else { return try value(&self) }
    try word("null")
    return nil
  }

  /// Makes sure that nothing follows.
  public mutating func end() throws(JSONError) {
    if next() != nil { throw JSONError() }
  }

  /// Passes over a value of any kind.
  public mutating func skip() throws(JSONError) {
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

  /// Passes over a value of any kind; whether it is an object or an array that holds something.
  public mutating func skipTellingContent() throws(JSONError) -> Bool {
    let opening = next()
    let start = position
    try skip()
    guard opening == UInt8(ascii: "{") || opening == UInt8(ascii: "[") else { return false }
    return bytes[(start + 1)..<(position - 1)].contains { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
  }

  @inlinable mutating func enclosed(
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
  public mutating func boolean() throws(JSONError) -> Bool {
    let isTrue = next() == UInt8(ascii: "t")
    try word(isTrue ? "true" : "false")
    return isTrue
  }

  /// Reads a whole number without fraction and exponent that fits.
  @inlinable public mutating func integer<Number: FixedWidthInteger>() throws(JSONError) -> Number {
    _ = next()
    let isNegative = take("-")
    let startsWithZero = peek() == UInt8(ascii: "0")
    var digits = 0
    var number: Number = 0
    while let byte = peek() {
      let digit = byte &- UInt8(ascii: "0")
      if digit > 9 { break }
      let (tens, isTooLarge) = number.multipliedReportingOverflow(by: 10)
      let (sum, isTooLargeNow) =
        isNegative
        ? tens.subtractingReportingOverflow(Number(digit))
        : tens.addingReportingOverflow(Number(digit))
      if isTooLarge || isTooLargeNow { throw JSONError() }
      number = sum
      position += 1
      digits += 1
    }
    guard digits == 1 || (digits > 1 && !startsWithZero) else { throw JSONError() }
    switch peek() {
    case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): throw JSONError()
    default: return number
    }
  }

  /// Reads a string.
  public mutating func string() throws(JSONError) -> String {
    try readString()
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads a string into `text`.
  public mutating func readString() throws(JSONError) {
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
      text.append(contentsOf: bytes[start..<position])
      if position == bytes.count {
        guard fill() else { throw JSONError() }
        continue
      }
      guard byte >= 0x20 else { throw JSONError() }
      position += 1
      if byte == UInt8(ascii: "\"") { break }
      if try !readEscape() { isASCII = false }
    }
    if !isASCII, String(validating: text, as: UTF8.self) == nil { throw JSONError() }
  }

  /// Reads what follows a backslash; whether it is ASCII.
  private mutating func readEscape() throws(JSONError) -> Bool {
    let letter = try take()
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
        guard take("\\"), take("u") else { throw JSONError() }
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
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(try take())).hexDigitValue else {
        throw JSONError()
      }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }

  // MARK: - Bytes

  /// Goes on to the next piece, once this one is read; false at the end.
  @usableFromInline mutating func fill() -> Bool {
    guard let source, failure == nil else { return false }
    position = 0
    do throws(ReadFailure) {
      try source.read(into: &bytes)
    } catch {
      failure = error
      bytes = []
    }
    return !bytes.isEmpty
  }

  /// The byte that comes next; nil at the end.
  @inlinable mutating func peek() -> UInt8? {
    if position == bytes.count, !fill() { return nil }
    return bytes[position]
  }

  /// Takes the byte that comes next.
  private mutating func take() throws(JSONError) -> UInt8 {
    guard let byte = peek() else { throw JSONError() }
    position += 1
    return byte
  }

  /// The byte that comes next, white space passed over; nil at the end.
  @inlinable mutating func next() -> UInt8? {
    repeat {
      while position < bytes.count {
        let byte = bytes[position]
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D: position += 1
        default: return byte
        }
      }
    } while fill()
    return nil
  }

  @inlinable mutating func expect(_ character: Unicode.Scalar) throws(JSONError) {
    guard next() == UInt8(ascii: character) else { throw JSONError() }
    position += 1
  }

  @usableFromInline mutating func word(_ word: StaticString) throws(JSONError) {
    _ = next()
    for byte in word.description.utf8 {
      guard try take() == byte else { throw JSONError() }
    }
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
  @usableFromInline mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipDigits() throws(JSONError) {
    var digits = 0
    while let byte = peek(), byte &- UInt8(ascii: "0") <= 9 {
      position += 1
      digits += 1
    }
    if digits == 0 { throw JSONError() }
  }
}
