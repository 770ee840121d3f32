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
  /// The text of the string read last, escapes resolved, or of the number read last.
  public internal(set) var text: [UInt8] = []

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

  /// What a value can be.
  public enum Kind: Sendable {
    case object, array, string, number, boolean, null
  }

  /// The kind of the value that comes next. What begins like no value counts as a number, which then
  /// cannot be read.
  public mutating func kind() -> Kind {
    switch next() {
    case UInt8(ascii: "{"): .object
    case UInt8(ascii: "["): .array
    case UInt8(ascii: "\""): .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
    case UInt8(ascii: "n"): .null
    default: .number
    }
  }

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
    try members { (json) throws(JSONError) in
      guard let (index, key) = table.find(json.text) else { return try other(&json) }
      guard seen.insert(index) else { throw JSONError() }
      try field(&json, key)
    }
    return seen
  }

  /// Reads an object with keys of any names, also if a name is there twice: `member` finds the name
  /// in `text` and must read the value.
  @inlinable public mutating func members(
    _ member: (inout JSONReader) throws(JSONError) -> Void
  ) throws(JSONError) {
    try enclosed("{", "}") { (json) throws(JSONError) in
      try json.readString()
      try json.expect(":")
      try member(&json)
    }
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
    switch kind() {
    case .object: try members { (json) throws(JSONError) in try json.skip() }
    case .array: try array { (json) throws(JSONError) in try json.skip() }
    case .string: try readString()
    case .number: try readNumber()
    case .boolean: _ = try boolean()
    case .null: try word("null")
    }
  }

  /// Passes over a value of any kind; whether it is an object or an array that holds something.
  public mutating func skipTellingContent() throws(JSONError) -> Bool {
    let opening = next()
    let start = position
    try skip()
    guard opening == UInt8(ascii: "{") || opening == UInt8(ascii: "[") else { return false }
    return bytes[(start + 1)..<(position - 1)].contains { !$0.isBlank }
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
  mutating func take() throws(JSONError) -> UInt8 {
    guard let byte = peek() else { throw JSONError() }
    position += 1
    return byte
  }

  /// The byte that comes next, white space passed over; nil at the end.
  @inlinable mutating func next() -> UInt8? {
    repeat {
      while position < bytes.count {
        let byte = bytes[position]
        if !byte.isBlank { return byte }
        position += 1
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

  @discardableResult
  @usableFromInline mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }
}
